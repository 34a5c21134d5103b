"""Masks: which style goes where. Gatys et al. 2017, "Controlling Perceptual Factors", section 4."""

import numpy as np

from tf_cs231n.datasets import open_image
from tf_cs231n.errors import InputError
from tf_cs231n.images import load_image, resize


def load_mask(filename, content_image):
    """A mask as numbers in 0..1: white is where the style goes.

    Args:
      filename: an image file, or an array as `images.load_image` takes it.
      content_image: likewise, or `sample:NAME`; the mask must have its size.

    Returns:
      float32 array (H, W).

    Raises:
      InputError: not an image, another size, or black all over.
    """
    size = open_image(content_image).shape[:2]
    mask = load_image(filename).mean(axis=2, dtype=np.float32) / 255
    name = "masks" if isinstance(filename, np.ndarray) else f"mask {filename}"
    if mask.shape != size:
        raise InputError(
            f"{name}: got {mask.shape[1]}x{mask.shape[0]} pixels, "
            f"expected the content image's {size[1]}x{size[0]}"
        )
    if not mask.any():
        raise InputError(f"{name}: it is black all over; white is where the style goes")
    return mask


def resize_mask(mask, size):
    """Resize a mask (H, W) to ``size`` = (H', W'); each number is the mean over its area."""
    return resize(mask, size, "box")


def mask_features(pixels, feats, layers, mask):
    """The features of ``layers`` where a mask is white, dict of layer to Tensor.

    Args:
      pixels: Tensor (1, H, W, 3).
      feats: list of Tensors (1, H', W', C); all shapes are known.
      mask: float32 array of any height and width.
    """
    mask = resize_mask(mask, pixels.shape.as_list()[1:3])
    masks = {layer: mask_for_layer(mask, feats[layer].shape.as_list()[1:3]) for layer in layers}
    return {layer: feats[layer] * mask[None, :, :, None] for layer, mask in masks.items()}


def mask_for_layer(mask, size):
    """The mask T that features are multiplied by: the mask at their size, ``mean(T^2) = 1``.

    So the Gram matrix of T F, divided by H*W*C, is that of a whole image that looks like the
    masked part.

    >>> T = mask_for_layer(np.float32([[1, 0], [1, 0]]), (2, 2))
    >>> float((T ** 2).mean().round(4))
    1.0
    """
    mask = resize_mask(mask, size)
    return mask / np.sqrt(max(float(np.mean(np.square(mask))), 1e-12))
