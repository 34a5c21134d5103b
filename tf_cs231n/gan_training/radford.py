"""The DCGAN of its paper, for square images of 28, 32 or 64 pixels, gray or in color.

No pooling and no hidden dense layer: D halves the image with strided convolutions, each with twice
the channels of the one before; G does the reverse with transposed ones::

    64 pixels   z -> 4x4x1024 -> 8x8x512 -> 16x16x256 -> 32x32x128 -> 64x64x3
    32 pixels   z -> 4x4x512 -> 8x8x256 -> 16x16x128 -> 32x32x3
    28 pixels   z -> 7x7x256 -> 14x14x128 -> 28x28x3

Kernels are 5x5. Batch norm follows every layer but G's last and D's first; then ReLU in G, leaky
ReLU of slope 0.2 in D, tanh at the end of G. Weights begin normal, of standard deviation 0.02.

Source: Radford, Metz and Chintala 2016, arXiv 1511.06434, section 3 and figure 1. Its experiment
with 32 pixels (section 5.1) has 512 channels at most, too. The 28 pixels are ours.
"""

import zlib

import numpy as np

from tf_cs231n.compat import tf
from tf_cs231n.gan import Architecture, leaky_relu
from tf_cs231n.layers import batch_norm, conv2d, deconv2d, dense
from tf_cs231n.ops.moments import normalize_by_batch

FIRST_SIDE = {28: 7, 32: 4, 64: 4}  # of G's first map, which doubles until it is the image
WIDTH = 128  # channels of D's first layer and G's last hidden one
SLOPE = 0.2
STANDARD_DEVIATION = 0.02


def radford(shape, width=WIDTH, normalize=True, seed=0):
    """Both networks, for images (N, H*W*C).

    Args:
      shape: (H, W) or (H, W, 3), with H = W one of `FIRST_SIDE`.
      width: channels of the layers next to the image; those farther away have 2, 4, 8 times it.
      normalize: whether D has batch norm. The gradient penalty wants each image by itself, so
        'wgan-gp' goes without (Gulrajani et al. 2017, section 4).
      seed: of the initial weights.

    Returns:
      `gan.Architecture`.
    """
    size, channels = shape[0], (*shape, 1)[2]
    doublings = int(np.log2(size // FIRST_SIDE[size]))
    widths = [width * 2**k for k in range(doublings)]

    def discriminator(x):
        with tf.variable_scope("discriminator"):
            h = tf.reshape(x, [-1, size, size, channels])
            for k, filters in enumerate(widths):
                with tf.variable_scope(f"conv{k + 1}"):
                    kernel = [5, 5, h.shape.as_list()[3], filters]
                    h = conv2d(h, kernel, [filters], stride=2, initializer=_normal(seed))
                    if k and normalize:
                        h = _norm_of_batch(h)
                    h = leaky_relu(h, SLOPE)
            rows = tf.reshape(h, [-1, FIRST_SIDE[size] ** 2 * widths[-1]])
            with tf.variable_scope("logits"):
                return dense(rows, 1, _normal(seed))

    def generator(z, training=True):
        with tf.variable_scope("generator"):
            side = FIRST_SIDE[size]
            with tf.variable_scope("project"):
                h = dense(z, side * side * widths[-1], _normal(seed))
                h = tf.reshape(h, [-1, side, side, widths[-1]])
                h = tf.nn.relu(batch_norm(h, training))
            for k, filters in enumerate([*widths[-2::-1], channels]):
                with tf.variable_scope(f"deconv{k + 1}"):
                    kernel = [5, 5, filters, h.shape.as_list()[3]]
                    h = deconv2d(h, kernel, [filters], initializer=_normal(seed))
                    if k + 1 < doublings:
                        h = tf.nn.relu(batch_norm(h, training))
            return tf.tanh(tf.reshape(h, [-1, size * size * channels]))

    return Architecture(discriminator, generator, tuple(shape), mixes_rows=normalize)


def _norm_of_batch(h):
    """Batch norm by the batch alone: D never sees single images, so it needs no averages."""
    channels = h.shape.as_list()[-1:]
    gamma = tf.get_variable("gamma", channels, h.dtype, tf.ones_initializer())
    beta = tf.get_variable("beta", channels, h.dtype, tf.zeros_initializer())
    normalized, _, _ = normalize_by_batch(h, gamma, beta, 1e-3)
    return normalized


def _normal(seed):
    """The current scope's initializer: other numbers in each layer, the same again."""
    layer = zlib.crc32(tf.get_variable_scope().name.encode()) % 2**20
    return tf.random_normal_initializer(stddev=STANDARD_DEVIATION, seed=1000 * seed + layer)
