"""Keep the content's colors, its smooth parts, and its transparency.

Gatys, Bethge, Hertzmann, Shechtman 2016, "Preserving Color in Neural Artistic Style Transfer",
arXiv 1606.05897: section 2.1 (color histogram matching), 2.2 (luminance only).
"""

import numpy as np
from scipy.ndimage import maximum_filter, minimum_filter, uniform_filter

from tf_cs231n.datasets import SAMPLE_PREFIX
from tf_cs231n.images import deprocess_image, load_alpha

KEEP = ("no", "luminance", "match")  # the ways to keep the content's colors, or not

SMOOTH, SPECK = 3, 40  # levels of 0..255

# NTSC: luma, and two chroma axes, of RGB.
_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])


def of_content(image, keep_colors):
    """What the network is to see of a content image; uint8 (H, W, 3) to the same."""
    return gray(image) if keep_colors == "luminance" else image


def of_style(image, content, keep_colors):
    """What the network is to see of a style image, for this content; uint8 (H, W, 3)."""
    if keep_colors == "match":
        return match_colors(image, content)
    if keep_colors == "luminance":
        return match_luma(gray(image), gray(content))
    return image


def finish(pixels, content, keep_colors):
    """The image of preprocessed pixels, uint8, with the content's chroma if that is kept."""
    image = deprocess_image(pixels)
    return with_chroma_of(image, content) if keep_colors == "luminance" else image


def match_colors(image, reference):
    """Give an image another's mean and covariance of RGB.

    ``x -> S (x - mean) + reference mean`` with ``S = C_r^(1/2) C_p^(-1/2)``, C the covariances
    (the paper's "image analogies" form, which changes hues least).

    Args:
      image, reference: uint8 (H, W, 3), of any two sizes.

    Returns:
      uint8 array of the image's shape, clipped to 0..255.
    """
    x = image.reshape(-1, 3) / 255.0
    r = reference.reshape(-1, 3) / 255.0
    S = _root(np.cov(r.T), 0.5) @ _root(np.cov(x.T), -0.5)
    matched = (x - x.mean(axis=0)) @ S.T + r.mean(axis=0)
    return _uint8(matched).reshape(image.shape)


def _root(covariance, power):
    """The symmetric matrix power of a covariance; a color that never varies stays put."""
    values, vectors = np.linalg.eigh(covariance + 1e-5 * np.eye(3))
    return (vectors * values**power) @ vectors.T


def gray(image):
    """The luma of an image, as three equal channels; uint8 (H, W, 3) to the same."""
    luma = image / 255.0 @ _YIQ[0]
    return _uint8(np.repeat(luma[..., None], 3, axis=-1))


def match_luma(image, reference):
    """Give a gray image the mean and standard deviation of another's luma; uint8 (H, W, 3)."""
    x, r = image / 255.0, reference / 255.0
    return _uint8((x - x.mean()) * (r.std() / max(x.std(), 1e-3)) + r.mean())


def with_chroma_of(image, reference):
    """The image's luma with the reference's chroma; two uint8 (H, W, 3) of one size to one."""
    luma = image / 255.0 @ _YIQ[0]
    chroma = reference / 255.0 @ _YIQ[1:].T
    yiq = np.concatenate([luma[..., None], chroma], axis=-1)
    return _uint8(yiq @ np.linalg.inv(_YIQ).T)


def without_specks(image, content):
    """Give pixels that stick out where the content is smooth their neighborhood's median.

    Smooth is where the content's standard deviation over 5x5 pixels is below `SMOOTH`; to stick
    out is to differ by more than `SPECK` levels in a channel from the median of 5x5 pixels. What
    `smooth_steps` leaves of specks are a few that SqueezeNet's pooling likes.

    Args:
      image, content: uint8 (H, W, 3), of one size.

    Returns:
      uint8 array of that shape.
    """
    window = (5, 5, 1)
    mean, square = (uniform_filter(content.astype(np.float32) ** n, window) for n in (1, 2))
    smooth = (square - mean**2).max(axis=2) < SMOOTH**2
    for _ in range(20):  # a median moves with the pixels that it is of
        low, high = minimum_filter(image, window), maximum_filter(image, window)
        far = np.maximum(image - low, high - image) > SPECK  # as it must be for a speck
        rows, columns = (smooth & far.any(axis=2)).nonzero()
        around = np.pad(image, ((2, 2), (2, 2), (0, 0)), "symmetric")
        windows = np.array([around[rows + i, columns + j] for i in range(5) for j in range(5)])
        median = np.sort(windows, axis=0)[12].astype(np.int16)
        speck = (np.abs(image[rows, columns] - median) > SPECK).any(axis=1)
        if not speck.any():
            break
        image = image.copy()
        image[rows[speck], columns[speck]] = median[speck]
    return image


def _uint8(image):
    return np.clip(255 * image, 0, 255).round().astype(np.uint8)


def with_alpha_of(image, content_image):
    """An image, uint8 (H, W, 3), with the transparency of the content, (H, W, 4) if it has any.

    Args:
      content_image: as for `images.load_image`, or `sample:NAME`, which has none.
    """
    if isinstance(content_image, str) and content_image.startswith(SAMPLE_PREFIX):
        return image
    alpha = load_alpha(content_image, image.shape[:2])
    return image if alpha is None else np.dstack([image, alpha])
