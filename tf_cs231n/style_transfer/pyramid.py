"""Coarse to fine: begin small, where a step is cheap and shapes are laid out, and double up.

Gatys et al. 2017, "Controlling Perceptual Factors", section 6.
"""

import numpy as np
from PIL import Image

from tf_cs231n.style_transfer.optimizers import LBFGSMemory
from tf_cs231n.style_transfer.settings import check_size


def level_sizes(image_size, start_size=None):
    """The sizes to go through, by doubling, the last being ``image_size``.

    >>> level_sizes(1000, start_size=256)
    [250, 500, 1000]
    >>> level_sizes(192)
    [192]
    """
    if start_size is not None:
        check_size("start_size", start_size)
    sizes = [image_size]
    while start_size is not None and sizes[0] > start_size:
        sizes.insert(0, (sizes[0] + 1) // 2)
    return sizes


def level_evaluations(num_evaluations, levels):
    """How many evaluations each level gets: half as many as the one before, at least a tenth.

    >>> level_evaluations(200, 4)
    [200, 100, 50, 25]
    """
    least = max(1, num_evaluations // 10)
    return [max(least, num_evaluations >> level) for level in range(levels)]


def resize_pixels(pixels, size):
    """Resize preprocessed pixels float32 (H, W, 3) to ``size`` = (H', W'), bicubic."""
    channels = [
        np.asarray(Image.fromarray(pixels[..., c]).resize((size[1], size[0]), Image.BICUBIC))
        for c in range(pixels.shape[2])
    ]
    return np.ascontiguousarray(np.stack(channels, axis=-1), dtype=np.float32)


def memory_size(size):
    """How many pairs L-BFGS keeps: ten, or five of pictures above two million pixels.

    At 3070x2048 a pair takes 150 MB.
    """
    return 10 if size[0] * size[1] <= 2e6 else 5


def resize_memory(memory, old, new, keep=5):
    """Carry an `LBFGSMemory` over to another size.

    Steps are pictures and grow as the picture does. Where the losses mean the same at both sizes,
    a pixel's part in them, so its gradient, shrinks as pixels become more.

    Args:
      memory: of pictures of size ``old`` = (H, W).
      new: (H', W').
      keep: how many of the newest pairs, which know most of where we are.

    Returns:
      A new `LBFGSMemory`.
    """
    shrink = np.float32(old[0] * old[1] / (new[0] * new[1]))
    carried = LBFGSMemory(memory_size(new))
    for s, y, _ in list(memory.pairs)[-keep:]:
        s, y = (resize_pixels(flat.reshape(*old, 3), new).ravel() for flat in (s, y))
        carried.update(s, shrink * y)
    return carried
