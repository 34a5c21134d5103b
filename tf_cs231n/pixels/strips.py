"""The loss of a large image and its gradient, strip by strip, in the memory of a strip.

Content and total variation are sums over positions, and so are the Gram matrices, of which the
style loss is a function. A first pass over all strips but one adds up these sums; a second goes
over all and adds up the gradients, each strip being told the sums of the others. So the features of
one strip are computed once, of the others twice. Strips overlap by what a feature sees of the
image, so nothing is approximate.
"""

import numpy as np

from tf_cs231n.compat import tf
from tf_cs231n.images import preprocess_image
from tf_cs231n.squeezenet.architecture import FIRE_MODULES, LAYERS, layer_size
from tf_cs231n.squeezenet.frozen import frozen_features

WHOLE = 4_000_000  # pixels that go through the network at once; larger images go in strips
ALIGN = 16  # the step of the deepest layers: where strips begin, rows of all layers do


def strip_rows(size, last, pixels=WHOLE):
    """Where the strips of an image lie: all of one height, for which the graph is built.

    Args:
      size: (H, W) of the image.
      last: the last layer that is needed.
      pixels: how many a strip may have; more if it would be mostly margin.

    Returns:
      For each strip its rows (start, stop), and the rows (top, bottom) whose features are its own.
    """
    H, W = size
    above, below = margins(last)
    least = above + below + ALIGN
    most = max(least + ALIGN, pixels // W)
    count = max(1, -(-(H - above - below) // (most - above - below)))
    height = max(least, -(-(H + (count - 1) * (above + below)) // count))
    height = H - max(0, H - height) // ALIGN * ALIGN  # so that the last begins at such a row, too
    step = max(1, (height - above - below) // ALIGN) * ALIGN
    starts = [min(start, H - height) for start in range(0, H - height + step, step)]
    tops = [0] + [start + above for start in starts[1:]]
    return [
        (start, start + height, top, bottom)
        for start, top, bottom in zip(starts, tops, tops[1:] + [H])
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
      pixels: how many a strip may have; more if it would be mostly margin.
    """

    def __init__(
        self, network, image, content_layers, styles, tv_weight, functions, named, pixels=WHOLE
    ):
        self._size, self._styles, self._named = image.shape[:2], styles, named
        self._last = network.last
        self._strips = strip_rows(self._size, self._last, pixels)
        with network.graph.as_default():
            height = self._strips[0][1]
            x = tf.placeholder(tf.float32, [1, height, self._size[1], 3], name="strip")
            feats = frozen_features(x, network.weights, network.last)
            rows = tf.placeholder(tf.int32, [network.last + 2, 2])  # of each layer, of the pixels
            own = [own_rows(f, rows[n, 0], rows[n, 1]) for n, f in enumerate(feats)]
            top, bottom = rows[-1, 0], rows[-1, 1]
            after = tf.minimum(bottom + 1, height)
            tv = functions.tv_loss(own_rows(x, top, after), tv_weight)
            tv -= functions.tv_loss(own_rows(x, bottom, after), tv_weight)
            features = [own[layer] for layer, _ in content_layers]
            originals = [tf.placeholder(tf.float32, f.shape) for f in features]
            content = tf.zeros(())
            for (_, weight), F, P in zip(content_layers, features, originals):
                content += functions.content_loss(weight, F, P)
            sums = [functions.gram_matrix(own[layer], normalize=False) for layer in styles.layers]
            others = [tf.placeholder(tf.float32, S.shape) for S in sums]
            style = styles.loss([S + other for S, other in zip(sums, others)], self._size)
            (gradient,) = tf.gradients(content + tv + style, x)
        feeds = [x, rows, *originals]
        self._features = network.sess.make_callable(features, [x, rows])
        self._sums = network.sess.make_callable([content, tv, *sums], feeds)
        self._step = network.sess.make_callable(
            [gradient, style, content, tv, *sums], [*feeds, *others]
        )
        shown = preprocess_image(image)
        self._originals = [self._features(*self._feed(shown, strip)) for strip in self._strips]
        self._shapes = [S.shape.as_list() for S in sums]

    def __call__(self, pixels):
        """The losses, floats, and the total's gradient of pixels, both float32 (H, W, 3)."""
        gradient = np.zeros_like(pixels)

        def step(strip, originals, others):
            start, stop, _, _ = strip
            part, *losses = self._step(*self._feed(pixels, strip), *originals, *others)
            gradient[start:stop] += part[0]
            return losses

        *before, last = zip(self._strips, self._originals)
        parts = [
            [np.float64(part) for part in self._sums(*self._feed(pixels, strip), *originals)]
            for strip, originals in before
        ]
        others = [sum(sums) for sums in zip(*parts)] or [0, 0, *map(np.zeros, self._shapes)]
        style, *own = step(*last, others[2:])
        content, tv, *sums = (other + part for other, part in zip(others, own))
        for strip, (_, _, *own) in zip(before, parts):
            step(*strip, [total - part for total, part in zip(sums, own)])
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


def own_rows(x, start, stop):
    """Rows ``x[:, start:stop]`` of a Tensor (1, H, W, C) whose shape is known.

    Neither they nor their gradient are gathered number by number, as TensorFlow's gradient of a
    slice is, which took longer than the network.
    """
    H, W, C = x.shape.as_list()[1:]

    @tf.custom_gradient
    def rows(x):
        def gradient(dout):
            before, after = tf.zeros([start, W, C]), tf.zeros([H - stop, W, C])
            return tf.concat([before, dout[0], after], axis=0)[None]

        return x[0][start:stop][None], gradient  # of the first axis, which is not copied

    return rows(x)


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
        """The loss of an image of ``size`` whose sums are these Tensors, a scalar Tensor."""
        loss = tf.constant(np.float32(self._constant))
        for layer, weight, A, S in zip(self.layers, self._weights, self._grams, sums):
            H, W = layer_size(layer, size)
            loss += weight * tf.reduce_sum(tf.square(S / (H * W * A.shape[0]) - A))
        return loss
