"""The loss of a large image and its gradient, strip by strip, in the memory of a strip.

Content and total variation are sums over positions, and so are the Gram matrices, of which the
style loss is a function. A first pass over the strips adds up these sums; a second adds up the
gradients of ``content + TV + sum over layers of <dL/dS, S>``, S a layer's sum ``F^T F``. Strips
overlap by what a feature sees of the image, so nothing is approximate.
"""

import numpy as np

from tf_cs231n.compat import tf
from tf_cs231n.images import preprocess_image
from tf_cs231n.squeezenet.architecture import FIRE_MODULES, LAYERS, layer_size
from tf_cs231n.squeezenet.frozen import frozen_features

WHOLE = 2_000_000  # pixels; larger images go in strips
STRIP = 1_500_000  # pixels of a strip
ALIGN = 16  # the step of the deepest layers: where strips begin, rows of all layers do


def strip_rows(size, last, pixels=STRIP):
    """Where the strips of an image lie.

    Args:
      size: (H, W) of the image.
      last: the last layer that is needed.
      pixels: how many a strip may have, about.

    Returns:
      For each strip its rows (start, stop), and the rows (top, bottom) whose features are its own.
    """
    H, W = size
    above, below = margins(last)
    rows = max(4, pixels // (W * ALIGN) - (above + below) // ALIGN) * ALIGN
    tops = list(range(0, max(1, H - 4 * ALIGN), rows))
    return [
        (max(0, top - above), min(H, bottom + below) if bottom < H else H, top, bottom)
        for top, bottom in zip(tops, tops[1:] + [H])
    ]


def margins(last):
    """How many rows above and below its own a strip must have, for features up to layer ``last``.

    >>> margins(7)
    (32, 31)
    """
    stride, above, below, margin = 1, 0, 0, 0  # position i sees rows stride i - above ... + below
    for kind in LAYERS[: last + 1]:
        if kind in ("convolution", "pool"):
            below += 2 * stride
            stride *= 2
        elif kind in FIRE_MODULES.values():
            above += stride
            below += stride
        margin = max(margin, below - stride + 1)
    return -(-above // ALIGN) * ALIGN, margin


class StripObjective:
    """Losses and gradient of pixels at one size, as an `Objective`'s.

    Args:
      network: a `PixelNetwork`.
      image: the content, uint8 (H, W, 3).
      content_layers: list of (layer, weight).
      styles: the styles' targets, a `StyleTargets`.
      tv_weight: of total variation.
      functions: a namespace with ``content_loss``, ``gram_matrix``, ``tv_loss``.
      named: the namedtuple of losses to return: content, style, tv, total.
      pixels: how many a strip may have, about.
    """

    def __init__(
        self, network, image, content_layers, styles, tv_weight, functions, named, pixels=STRIP
    ):
        self._size, self._styles, self._named = image.shape[:2], styles, named
        self._last = network.last
        self._strips = strip_rows(self._size, self._last, pixels)
        with network.graph.as_default():
            x = tf.placeholder(tf.float32, [1, None, self._size[1], 3], name="strip")
            feats = frozen_features(x, network.weights, network.last)
            rows = tf.placeholder(tf.int32, [network.last + 2, 2])  # of each layer, of the pixels
            own = [f[:, rows[n, 0] : rows[n, 1]] for n, f in enumerate(feats)]
            top, bottom = rows[-1, 0], rows[-1, 1]
            tv = functions.tv_loss(x[:, top : bottom + 1], tv_weight)
            tv -= functions.tv_loss(x[:, bottom : bottom + 1], tv_weight)
            features = [own[layer] for layer, _ in content_layers]
            originals = [tf.placeholder(tf.float32, f.shape) for f in features]
            content = tf.zeros(())
            for (_, weight), F, P in zip(content_layers, features, originals):
                content += functions.content_loss(weight, F, P)
            sums = [functions.gram_matrix(own[layer], normalize=False) for layer in styles.layers]
            slopes = [tf.placeholder(tf.float32, S.shape) for S in sums]
            ys = [tf.ones(()), *slopes]
            (gradient,) = tf.gradients([content + tv, *sums], x, grad_ys=ys)
        feeds = [x, rows, *originals]
        self._features = network.sess.make_callable(features, [x, rows])
        self._sums = network.sess.make_callable([content, tv, *sums], feeds)
        self._gradient = network.sess.make_callable(gradient, [*feeds, *slopes])
        shown = preprocess_image(image)
        self._originals = [self._features(*self._feed(shown, strip)) for strip in self._strips]

    def __call__(self, pixels):
        """The losses, floats, and the total's gradient of pixels, both float32 (H, W, 3)."""
        feeds = [
            [*self._feed(pixels, strip), *originals]
            for strip, originals in zip(self._strips, self._originals)
        ]
        parts = [np.float64(part) for part in self._sums(*feeds[0])]
        for feed in feeds[1:]:
            parts = [total + part for total, part in zip(parts, self._sums(*feed))]
        content, tv, *sums = parts
        style, slopes = self._styles.loss(sums, self._size)
        gradient = np.zeros_like(pixels)
        for (start, stop, _, _), feed in zip(self._strips, feeds):
            gradient[start:stop] += self._gradient(*feed, *slopes)[0]
        losses = (float(loss) for loss in (content, style, tv, content + style + tv))
        return self._named(*losses), gradient

    def _feed(self, pixels, strip):
        """A strip's pixels, and which rows of each of its layers are its own."""
        start, stop, top, bottom = strip
        rows, stride = [], 1
        for layer, kind in enumerate(LAYERS[: self._last + 1]):
            stride *= 2 if kind in ("convolution", "pool") else 1
            height, _ = layer_size(layer, self._size)
            end = height if bottom == self._size[0] else bottom // stride
            rows.append((top // stride - start // stride, end - start // stride))
        return pixels[None, start:stop], np.int32([*rows, (top - start, bottom - start)])


class StyleTargets:
    """The style loss as a function of the layers' sums ``S = F^T F``.

    ``constant + sum over layers of weight * sum (S / (H W C) - A)^2``

    Args:
      layers, weights: of each style layer.
      grams: the normalized Gram matrix A to meet there.
      constant: what is added.
    """

    def __init__(self, layers, weights, grams, constant):
        self.layers, self._weights, self._grams = layers, weights, grams
        self._constant = constant

    def loss(self, sums, size):
        """The loss, and its slope with respect to each sum."""
        total, slopes = self._constant, []
        for layer, weight, A, S in zip(self.layers, self._weights, self._grams, sums):
            H, W = layer_size(layer, size)
            difference = S / (H * W * len(S)) - A
            total += weight * np.square(difference).sum()
            slopes.append(np.float32(2 * weight / (H * W * len(S)) * difference))
        return total, slopes
