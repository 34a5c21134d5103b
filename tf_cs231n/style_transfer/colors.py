"""Keep the content's colours, and its transparency.

Gatys, Bethge, Hertzmann, Shechtman 2016, "Preserving Color in Neural Artistic Style Transfer",
arXiv 1606.05897: section 2.1 (colour histogram matching), 2.2 (luminance only).
"""

import os

import numpy as np
from PIL import Image, ImageOps

from tf_cs231n.arrays import check_array

# NTSC: luma, and two chroma axes, of RGB.
_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])


def match_colors(picture, reference):
    """Give a picture another's mean and covariance of RGB.

    ``x -> S (x - mean) + reference mean`` with ``S = C_r^(1/2) C_p^(-1/2)``, C the covariances
    (the paper's "image analogies" form, which turns hues least).

    Args:
      picture, reference: uint8 (H, W, 3), of any two sizes.

    Returns:
      uint8 array of the picture's shape, clipped to 0..255.
    """
    picture, reference = _picture("picture", picture), _picture("reference", reference)
    x = picture.reshape(-1, 3) / 255.0
    r = reference.reshape(-1, 3) / 255.0
    S = _root(np.cov(r.T), 0.5) @ _root(np.cov(x.T), -0.5)
    matched = (x - x.mean(axis=0)) @ S.T + r.mean(axis=0)
    return _uint8(matched).reshape(picture.shape)


def _root(covariance, power):
    """The symmetric matrix power of a covariance; a colour that never varies stays put."""
    values, vectors = np.linalg.eigh(covariance + 1e-5 * np.eye(3))
    return (vectors * values**power) @ vectors.T


def gray(picture):
    """The luma of a picture, as three equal channels; uint8 (H, W, 3) to the same."""
    luma = _picture("picture", picture) / 255.0 @ _YIQ[0]
    return _uint8(np.repeat(luma[..., None], 3, axis=-1))


def match_luma(picture, reference):
    """Give a gray picture the mean and standard deviation of another's luma; uint8 (H, W, 3)."""
    x, r = _picture("picture", picture) / 255.0, _picture("reference", reference) / 255.0
    return _uint8((x - x.mean()) * (r.std() / max(x.std(), 1e-3)) + r.mean())


def with_chroma_of(picture, reference):
    """The picture's luma with the reference's chroma; two uint8 (H, W, 3) of one size to one."""
    picture = _picture("picture", picture)
    reference = _picture("reference", reference, picture.shape[:2])
    luma = picture / 255.0 @ _YIQ[0]
    chroma = reference / 255.0 @ _YIQ[1:].T
    yiq = np.concatenate([luma[..., None], chroma], axis=-1)
    return _uint8(yiq @ np.linalg.inv(_YIQ).T)


def _picture(name, picture, size=(None, None)):
    return check_array(name, picture, (*size, 3), np.uint8)


def _uint8(picture):
    return np.clip(255 * picture, 0, 255).round().astype(np.uint8)


def read_alpha(filename, size):
    """How opaque a picture is, if any of it is transparent.

    Args:
      filename: as for `images.load_image`.
      size: (H, W) to resize to.

    Returns:
      uint8 (H, W), 255 is opaque; None where all is, or where the file has no such channel.
    """
    if isinstance(filename, np.ndarray):
        if filename.ndim != 3 or filename.shape[2] != 4:
            return None
        alpha = filename[..., 3]
        if alpha.dtype != np.uint8:
            alpha = _uint8(alpha)
        alpha = Image.fromarray(np.ascontiguousarray(alpha))
    else:
        if hasattr(filename, "read"):
            filename.seek(0)
        elif not os.path.isfile(filename):  # `sample:NAME`, which has none
            return None
        with Image.open(filename) as image:
            if "A" not in image.mode and "transparency" not in image.info:
                return None
            image.load()
            image = ImageOps.exif_transpose(image) or image
            alpha = image.convert("RGBA").getchannel("A")
    alpha = np.array(alpha.resize((size[1], size[0]), Image.BICUBIC))
    return alpha if (alpha < 255).any() else None
