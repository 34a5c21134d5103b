"""The loss of a picture as a function of its pixels: a graph, built once for a size, run often."""

import collections

import numpy as np

from sessions import get_session
from tf_cs231n.compat import forget_custom_gradients, tf
from tf_cs231n.squeezenet.frozen import frozen_features
from tf_cs231n.style_transfer.losses import content_loss, gram_matrix, style_loss, tv_loss
from tf_cs231n.style_transfer.regions import mask_for_layer

# One content layer: its index, its weight, the features to meet (1, H', W', C).
ContentTarget = collections.namedtuple("ContentTarget", "layer weight features")

# One style: its share of the style loss, a Gram matrix (C, C) for each style layer, and where it
# goes: a float mask (H, W) in 0..1, or None: everywhere.
StyleTarget = collections.namedtuple("StyleTarget", "share grams mask")

Losses = collections.namedtuple("Losses", "content style tv total")


class PixelNetwork:
    """SqueezeNet with fixed weights in a graph and session of its own; a context manager.

    Fixed weights become constants, which TensorFlow can fold; a graph of its own leaves the
    caller's as it is.

    Args:
      arrays: the weights, dict of checkpoint name to array.
      last: the last layer that anything asks for.
    """

    def __init__(self, arrays, last):
        self.arrays, self.last = arrays, last
        self.graph = tf.Graph()
        with self.graph.as_default():
            self.image = tf.placeholder(tf.float32, [1, None, None, 3], name="image")
            self.layers = frozen_features(self.image, arrays, last)
            self.grams = [gram_matrix(layer) for layer in self.layers]
        self.sess = get_session(self.graph)

    def features(self, pixels, layers):
        """Features (1, H', W', C) of preprocessed pixels (H, W, 3), one for each of ``layers``."""
        return self._run([self.layers[layer] for layer in layers], pixels)

    def gram_matrices(self, pixels, layers):
        """Normalised Gram matrices (C, C) of preprocessed pixels, one for each of ``layers``."""
        return self._run([self.grams[layer] for layer in layers], pixels)

    def _run(self, tensors, pixels):
        return self.sess.run(tensors, {self.image: pixels[None]}) if tensors else []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sess.close()
        forget_custom_gradients(self.graph)


class Objective:
    """``loss, gradient`` of pixels at one size.

    Args:
      network: a `PixelNetwork`.
      size: (H, W) of the picture.
      contents: list of `ContentTarget`.
      styles: list of `StyleTarget`.
      style_layers: list of (layer, weight), the layers of the Gram matrices.
      tv_weight: of the total variation.
    """

    def __init__(self, network, size, contents, styles, style_layers, tv_weight):
        sess = network.sess
        with network.graph.as_default():
            self.pixels = tf.placeholder(tf.float32, [1, *size, 3], name="pixels")
            feats = frozen_features(self.pixels, network.arrays, network.last)
            content = tf.zeros(())
            for target in contents:
                original = _fixed(target.features, sess)
                content += content_loss(target.weight, feats[target.layer], original)
            style = styles_loss(feats, style_layers, styles)
            tv = tv_loss(self.pixels, tv_weight)
            total = content + style + tv
            (gradient,) = tf.gradients(total, self.pixels)
        self.fetches = [content, style, tv, total, gradient]
        self._run = sess.make_callable(self.fetches, [self.pixels])

    def __call__(self, pixels):
        """The losses and the gradient of the total.

        Args:
          pixels: float32 (H, W, 3), preprocessed.

        Returns:
          `Losses` of floats, and the gradient (H, W, 3).
        """
        *losses, gradient = self._run(pixels[None])
        return Losses(*(float(loss) for loss in losses)), gradient[0]


def styles_loss(feats, style_layers, styles):
    """The style loss of several styles: ``sum over styles of share * style_loss``.

    Those that go everywhere share one Gram matrix G a layer, and
    ``sum of share_s (G - A_s)^2 = share (G - A)^2 + constant``, where share is the sum of the
    shares and A the mean of the A_s by share; so they cost as much as one.
    """
    loss = tf.zeros(())
    layers = [layer for layer, _ in style_layers]
    everywhere = [style for style in styles if style.mask is None]
    if everywhere:
        share = sum(style.share for style in everywhere)
        means, constant = [], 0.0
        for i, (_, weight) in enumerate(style_layers):
            grams = [style.grams[i].astype(np.float64) for style in everywhere]
            shares = [style.share / share for style in everywhere]
            mean = sum(part * gram for part, gram in zip(shares, grams))
            constant += (
                weight
                * share
                * sum(part * np.sum((gram - mean) ** 2) for part, gram in zip(shares, grams))
            )
            means.append(mean.astype(np.float32))
        weights = [share * weight for _, weight in style_layers]
        loss += style_loss(feats, layers, means, weights) + np.float32(constant)
    for style in styles:
        if style.mask is not None:
            masked = dict(enumerate(feats))
            for layer in layers:
                mask = mask_for_layer(style.mask, feats[layer].shape.as_list()[1:3])
                masked[layer] = feats[layer] * mask[None, :, :, None]
            weights = [style.share * weight for _, weight in style_layers]
            loss += style_loss(masked, layers, style.grams, weights)
    return loss


def _fixed(array, sess):
    """A Tensor of this value that isn't part of the graph's definition, which must stay small."""
    value = tf.placeholder(tf.float32, array.shape)
    variable = tf.Variable(value, trainable=False)
    sess.run(variable.initializer, {value: array})
    return variable
