"""Ascent in decorrelated frequencies and colors, which draws shapes that photographs have.

The pixels of photographs are correlated: neighbors are alike (amplitudes fall as 1/frequency) and
so are the three colors. A gradient with respect to pixels ignores that and prefers fine, gaudy
noise. In coordinates z in which photographs are uncorrelated, x = C z, a step along the gradient of
z is the step ``C C^T g`` of x. This is what Lucid's image parameterization does, written as a
filter on the gradient.

Ours differs in one thing: colors get C C^T, but frequencies C, 1/f instead of 1/f^2. With 1/f^2 the
same number of steps of the same length draws washed-out shapes (scores of a tarantula, a gorilla
and an hourglass after 60 steps, initial contrast 0.2: 82, 62, 94; with 1/f 183, 240, 161), and at
full initial contrast nothing.

Source: Olah, Mordvintsev, Schubert 2017, "Feature Visualization", Distill, on preconditioning.
"""

import functools

import numpy as np
import scipy.fft
from scipy.ndimage import convolve1d

# A square root of the covariance of colors (R, G, B) in ImageNet's photographs, as Lucid has it:
# its columns are light, blue to yellow, and green to purple, the first by far the longest.
COLOR_ROOT = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
_COLOR_COVARIANCE = (COLOR_ROOT @ COLOR_ROOT.T / (COLOR_ROOT**2).sum(axis=0).max()).astype("f")


def decorrelate(gradient):
    """Weight a gradient's frequencies by 1/f, relative to the lowest, and its colors by C C^T.

    C is the square root of the colors' covariance; it is used where there are three channels. The
    map is positive definite, so the step still ascends.

    Args:
      gradient: float32 (N, H, W, C).

    Returns:
      float32 array of the same shape.
    """
    H, W, C = gradient.shape[1:]
    spectrum = scipy.fft.rfft2(gradient, axes=(1, 2))
    spectrum *= _inverse_frequencies(H, W)[None, :, :, None]
    step = scipy.fft.irfft2(spectrum, s=(H, W), axes=(1, 2))
    return step @ _COLOR_COVARIANCE if C == 3 else step


@functools.lru_cache(maxsize=8)
def _inverse_frequencies(H, W):
    """Lowest frequency over frequency, (H, W // 2 + 1); 1 at the constant."""
    frequencies = np.hypot(scipy.fft.fftfreq(H)[:, None], scipy.fft.rfftfreq(W)[None])
    lowest = 1 / max(H, W)
    return (lowest / np.maximum(frequencies, lowest)).astype(np.float32)


# Binomial: no frequency is turned round, and the finest, pixels that alternate, are gone.
_FINE = np.float32([1, 2, 1]) / 4
_COARSE = np.float32([1, 6, 15, 20, 15, 6, 1]) / 64
FRAME = 4  # pixels: a step of the features' grid


def smooth_steps(gradient, frame=0):
    """Smooth a gradient, its colors more than its lightness: steps along it make no color specks.

    SqueezeNet looks at every second pixel, so the gradient is noise from pixel to pixel, which
    nothing but total variation sees. Colors are what differs from the mean of the three channels;
    they get half the weight, too. At the edges it sees zeros beside the image and colors a frame;
    there the outermost pixels can move as their mirror images. The map is symmetric and positive.

    Args:
      gradient: float32 (H, W, 3).
      frame: how many pixels move so. Not for an image that begins as noise, which would stay there.

    Returns:
      float32 array of the same shape.
    """
    gradient = _mirrored_frame(gradient, frame)
    light = gradient.mean(axis=2, keepdims=True)
    step = _blur(light, _FINE) + np.float32(0.5) * _blur(gradient - light, _COARSE)
    return _mirrored_frame(step, frame)


def _mirrored_frame(image, frame):
    """An image whose outermost pixels and their mirror images are replaced by their means."""
    n = min(frame, min(image.shape[:2]) // 4)
    image = image.copy() if n else image
    for rows in (image, image[::-1], image.swapaxes(0, 1), image.swapaxes(0, 1)[::-1]):
        mean = (rows[:n] + rows[2 * n - 1 : n - 1 : -1]) / 2
        rows[:n], rows[n : 2 * n] = mean, mean[::-1]
    return image


def _blur(image, kernel):
    for axis in (0, 1):
        image = convolve1d(image, kernel, axis=axis, mode="reflect")
    return image
