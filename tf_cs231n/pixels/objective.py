"""The loss of an image as a function of its pixels: a graph, built once for a size, run often."""

import numpy as np

from sessions import get_session
from tf_cs231n import checks
from tf_cs231n.compat import forget_custom_gradients, return_freed_memory, tf
from tf_cs231n.squeezenet.architecture import layer_size
from tf_cs231n.squeezenet.frozen import frozen_features


class PixelNetwork:
    """SqueezeNet with fixed weights in a graph and session of its own; a context manager.

    Fixed weights become constants, which TensorFlow can fold; a graph of its own leaves the
    caller's as it is.

    Args:
      weights: dict of checkpoint name to array.
      last: the last layer that is needed.

    Attributes:
      layers: features of an image of any size, Tensors (1, H', W', C) by number; for `run`.
    """

    def __init__(self, weights, last):
        self.weights, self.last = weights, last
        self.graph = tf.Graph()
        with self.graph.as_default():
            self._image = tf.placeholder(tf.float32, [1, None, None, 3], name="image")
            self.layers = frozen_features(self._image, weights, last)
        self.sess = get_session(self.graph)

    def run(self, tensors, pixels):
        """Arrays of Tensors made of `layers`, for preprocessed pixels (H, W, 3)."""
        return self.sess.run(tensors, {self._image: pixels[None]})

    def sized(self, layer, size):
        """A layer's features (1, H', W', C) of an image of this size (H, W), with H', W' known."""
        features = self.layers[layer]
        return tf.ensure_shape(features, [1, *layer_size(layer, size), features.shape[-1]])

    def constant(self, array):
        """A Tensor of this value, kept out of the graph's definition, which must stay small."""
        value = tf.placeholder(tf.float32, array.shape)
        variable = tf.Variable(value, trainable=False)
        self.sess.run(variable.initializer, {value: array})
        return variable

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sess.close()
        forget_custom_gradients(self.graph)
        return_freed_memory()


class Objective:
    """Losses and gradient of pixels at one size.

    Args:
      network: a `PixelNetwork`.
      size: (H, W) of the image.
      losses: called once with the pixels (1, H, W, 3) and the list of their features, Tensors;
        returns a namedtuple of scalar Tensors, of which ``total`` is what is minimized.
    """

    def __init__(self, network, size, losses):
        with network.graph.as_default():
            pixels = tf.placeholder(tf.float32, [1, *size, 3], name="pixels")
            parts = losses(pixels, frozen_features(pixels, network.weights, network.last))
            checks.shapes(**{f"{name}_loss": (part, "") for name, part in parts._asdict().items()})
            (gradient,) = tf.gradients(parts.total, pixels)
        self._named = type(parts)
        self._run = network.sess.make_callable([*parts, gradient], [pixels])

    def __call__(self, pixels):
        """The losses, floats, and the total's gradient of pixels, both float32 (H, W, 3)."""
        *losses, gradient = self._run(pixels[None])
        return self._named(*(float(loss) for loss in losses)), gradient[0]


def shared_targets(style_layers, style_terms):
    """What styles that go everywhere share: one weighted target a layer, and a constant loss.

    Args:
      style_layers: list of (layer, weight).
      style_terms: for each style its ``share`` and its ``grams``, one for each layer.

    Returns:
      The layers, their weights, their mean targets, and the loss where these are met.
    """
    shares = [style.share for style in style_terms]
    scaled = [sum(shares) * weight for _, weight in style_layers]
    targets = [mean_target(shares, grams) for grams in zip(*(s.grams for s in style_terms))]
    constant = sum(weight * spread for weight, (_, spread) in zip(scaled, targets))
    return [layer for layer, _ in style_layers], scaled, [mean for mean, _ in targets], constant


def mean_target(shares, targets):
    """One target instead of several: ``sum of s_i (x - t_i)^2 = s (x - t)^2 + s spread``.

    Args:
      shares: the numbers s_i; s is their sum.
      targets: the arrays t_i, of one shape.

    Returns:
      The mean t of the targets by share, float32, and the spread of the targets about it, a float.
    """
    parts = [share / (sum(shares) or 1) for share in shares]
    targets = [target.astype(np.float64) for target in targets]
    mean = sum(part * target for part, target in zip(parts, targets))
    spread = sum(part * np.sum((target - mean) ** 2) for part, target in zip(parts, targets))
    return mean.astype(np.float32), spread
