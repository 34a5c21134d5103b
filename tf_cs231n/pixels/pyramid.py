"""Coarse to fine: begin small, where a step is cheap and shapes are laid out, and double.

Gatys et al. 2017, "Controlling Perceptual Factors in Neural Style Transfer", section 6.
"""

import numpy as np

from tf_cs231n.images import load_image, resize
from tf_cs231n.pixels.optimizers import LBFGSMemory
from tf_cs231n.squeezenet.architecture import MIN_SIZE, layer_size

LARGEST = 1024  # unless a larger size is asked for


def own_size(image):
    """The shorter side of an image (H, W, 3), at most `LARGEST` and at least what layers need."""
    return max(MIN_SIZE, min(LARGEST, *image.shape[:2]))


def level_sizes(image_size, initial_size=None):
    """The sizes to go through, each twice the one before, the last being ``image_size``.

    >>> level_sizes(1000, initial_size=256)
    [250, 500, 1000]
    >>> level_sizes(192)
    [192]
    """
    sizes = [image_size]
    while initial_size is not None and sizes[0] > initial_size:
        sizes.insert(0, (sizes[0] + 1) // 2)
    return sizes


def level_evaluations(max_evaluations, levels):
    """How many evaluations each level gets: half as many as the one before, at least a tenth.

    >>> level_evaluations(200, 4)
    [200, 100, 50, 25]
    """
    least = max(1, max_evaluations // 10)
    return [max(least, max_evaluations >> level) for level in range(levels)]


def resize_style(style, style_size, size, reference_size):
    """A style as it is seen beside an image: it grows with the image, up to its own size.

    Args:
      style: uint8 (H, W, 3).
      style_size: its shorter side beside an image of size ``reference_size``, and of a smaller one.
      size: (H, W) of the image.
      reference_size: None: ``style_size`` beside any image.
    """
    own, grown = min(style.shape[:2]), style_size
    if reference_size is not None:
        grown = style_size * min(size) // reference_size
    return load_image(style, max(style_size, min(grown, own)))


def sum_factor(size, reference_size, layer=None):
    """What turns a sum over an image's positions into that at another size.

    >>> sum_factor((384, 512), 192)
    0.25

    Args:
      size: (H, W) of the image.
      reference_size: the other size, of the shorter side; None: the factor is 1.
      layer: of SqueezeNet, whose positions are summed over; None: the pixels.
    """
    if reference_size is None:
        return 1.0
    reference = tuple(reference_size * side // min(size) for side in size)
    if layer is not None:
        size, reference = layer_size(layer, size), layer_size(layer, reference)
    return reference[0] * reference[1] / (size[0] * size[1])


def memory_size(size):
    """How many pairs L-BFGS keeps: ten, or five for images above two million pixels.

    At 3070x2048 a pair takes 150 MB.
    """
    return 10 if size[0] * size[1] <= 2e6 else 5


def resize_memory(memory, old, new, keep=5):
    """Carry an `LBFGSMemory` over to another size.

    Steps are images and grow as the image does. Where the losses mean the same at both sizes, a
    pixel's part in them, so its gradient, shrinks as pixels become more.

    Args:
      memory: of images of size ``old`` = (H, W).
      new: (H', W').
      keep: how many of the newest pairs, which know most about where we are.

    Returns:
      A new `LBFGSMemory`.
    """
    shrink = np.float32(old[0] * old[1] / (new[0] * new[1]))
    carried = LBFGSMemory(memory_size(new), memory.scale)
    for s, y, _ in list(memory.pairs)[-keep:]:
        s, y = (resize(flat.reshape(*old, 3), new, "bicubic").ravel() for flat in (s, y))
        carried.update(s, shrink * y)
    return carried
