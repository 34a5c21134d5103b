"""Between the pixels of a file, 0..255, and what a network takes: a straight line a channel."""

import numpy as np

from tf_cs231n.images import SQUEEZENET_MEAN, SQUEEZENET_STD, preprocess_image

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as Pillow's


class Scaling:
    """``x = scale (p - mean)``, where p is a pixel of 0..255 and x the network's input.

    Args:
      scale: above 0, a number or one for each channel.
      mean: in 0..255, a number or one for each channel, in the network's order.
      channels: 3, or 1: the network sees gray.
      bgr: whether the network's order of channels is blue, green, red.

    Attributes:
      bounds: black and white in the network's input, a pair of arrays (channels,).
      unit: one of 255 levels of brightness in it, an array (channels,).
      middle: the input of the mean, an array (channels,): 0, or middle gray where there is no mean.
    """

    def __init__(self, scale=1 / 255, mean=0, channels=3, bgr=False):
        self.channels, self._order = channels, slice(None, None, -1 if bgr else 1)
        self.unit, self._mean = (
            np.broadcast_to(np.asarray(value, np.float32), (channels,)) for value in (scale, mean)
        )
        self.bounds = self.unit * (0 - self._mean), self.unit * (255 - self._mean)
        self.middle = 0 * self.unit if self._mean.any() else self.unit * np.float32(127.5)

    def preprocess(self, images):
        """uint8 (..., 3), RGB, to the network's input (..., channels), float32."""
        pixels = images.astype(np.float32)
        if self.channels == 1:
            pixels = np.round(pixels @ _LUMA)[..., None]
        return (pixels[..., self._order] - self._mean) * self.unit

    def levels(self, x):
        """The network's input (..., channels) to RGB (..., 3) in 0..255, floats, not rounded.

        Changes that fool a network may be below one level.
        """
        levels = (x / self.unit + self._mean)[..., self._order]
        return np.repeat(levels, 3, axis=-1) if self.channels == 1 else levels


class SqueezeNetScaling(Scaling):
    """SqueezeNet's, by the very arithmetic of `images.preprocess_image`."""

    def __init__(self):
        super().__init__(1 / (255 * SQUEEZENET_STD), 255 * SQUEEZENET_MEAN)

    def preprocess(self, images):
        return preprocess_image(images)

    def levels(self, x):
        return 255 * (x * SQUEEZENET_STD + SQUEEZENET_MEAN)
