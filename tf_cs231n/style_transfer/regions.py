"""Masks: which style goes where. Gatys et al. 2017, "Controlling Perceptual Factors", section 4."""

import numpy as np

from tf_cs231n.errors import InputError
from tf_cs231n.images import load_image


def load_mask(filename, size):
    """A mask as numbers in 0..1: white is where the style goes.

    Args:
      filename: a picture file, or an array as `images.load_image` takes it.
      size: (H, W) of the content picture before resizing; the mask must have that size.

    Returns:
      float32 array (H, W).

    Raises:
      InputError: not a picture, another size, or black all over.
    """
    mask = load_image(filename).mean(axis=2, dtype=np.float32) / 255
    name = "masks" if isinstance(filename, np.ndarray) else f"mask {filename}"
    if mask.shape != tuple(size):
        raise InputError(
            f"{name}: got {mask.shape[1]}x{mask.shape[0]} pixels, "
            f"expected the content picture's {size[1]}x{size[0]}"
        )
    if not mask.any():
        raise InputError(f"{name}: it is black all over; white is where the style goes")
    return mask


def resize_mask(mask, size):
    """Resize a mask (H, W) to ``size`` = (H', W'); each number is the mean over its area."""
    from PIL import Image

    image = Image.fromarray(mask).resize((size[1], size[0]), Image.BOX)
    return np.asarray(image, np.float32)


def mask_for_layer(mask, size):
    """The mask T that features are multiplied with: the mask at their size, ``mean(T^2) = 1``.

    So that the Gram matrix of T F, divided by H*W*C, is that of a whole picture that looks like
    the masked part.

    >>> T = mask_for_layer(np.float32([[1, 0], [1, 0]]), (2, 2))
    >>> float((T ** 2).mean().round(4))
    1.0
    """
    mask = resize_mask(mask, size)
    return mask / np.sqrt(max(float(np.mean(np.square(mask))), 1e-12))
