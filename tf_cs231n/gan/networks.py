"""The course's generators and discriminators for 28x28 pictures.

Each opens its variables under ``tf.variable_scope('generator')`` or ``('discriminator')`` in the
current scope; a second call shares them where that scope reuses. Pictures are rows of 784 numbers
in [-1, 1]; noise z is uniform in [-1, 1]. NaN is carried on; what is no picture and no noise by its
shape or dtype is an `InputError`.
"""

import collections

from tf_cs231n.arguments import float_tensor, number_or_scalar
from tf_cs231n.arrays import real_array
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, check_count, check_seed, one_of
from tf_cs231n.layers import batch_norm, conv2d, deconv2d, dense, max_pool
from tf_cs231n.limits import MAX_NOISE_DIM
from tf_cs231n.training.minibatches import step_seed

IMAGE_SIZE = 28
PIXELS = IMAGE_SIZE**2


def leaky_relu(x, alpha=0.01):
    """``max(x, alpha x)``, for alpha below 1: a ReLU that keeps a slope alpha where x < 0."""
    return tf.nn.leaky_relu(float_tensor("x", x, None), number_or_scalar("alpha", alpha))


def sample_noise(batch_size, dim, seed=None, stream=0):
    """Uniform noise in [-1, 1) for a generator.

    Args:
      batch_size: N.  dim: the length of a code.
      seed: an int: other noise at each global step, the same for the same step (`step_seed`), so
        that a resumed training goes on as if undisturbed; None: TensorFlow's own stream.
      stream: tells apart the noises of one step.

    Returns:
      float32 Tensor (N, dim).
    """
    if not tf.is_tensor(batch_size):
        check_count("batch_size", batch_size, 1, 2**31 - 1)
    check_count("dim", dim, 1, MAX_NOISE_DIM)
    check_count("stream", stream, 0)
    if check_seed("seed", seed) is None:
        return tf.random_uniform([batch_size, dim], -1, 1)
    return tf.random.stateless_uniform([batch_size, dim], step_seed(seed, stream), -1, 1)


def preprocess_img(x):
    """Pixels in [0, 1] to the generator's range [-1, 1]."""
    return 2 * _pixels(x) - 1.0


def deprocess_img(x):
    """The generator's range [-1, 1] to pixels in [0, 1]."""
    return (_pixels(x) + 1.0) / 2.0


def discriminator(x):
    """Fully connected: 784-256-256-1 with leaky ReLUs.

    Args:
      x: pictures (N, 784) in [-1, 1].

    Returns:
      logits (N, 1): the larger, the more real.
    """
    x = _pictures(x)
    with tf.variable_scope("discriminator"):
        h = leaky_relu(_dense("fc1", x, 256))
        h = leaky_relu(_dense("fc2", h, 256))
        return _dense("logits", h, 1)


def generator(z):
    """Fully connected: noise-1024-1024-784 with ReLUs, tanh at the end.

    Args:
      z: noise (N, dim).

    Returns:
      pictures (N, 784) in [-1, 1].
    """
    with tf.variable_scope("generator"):
        h = tf.nn.relu(_dense("fc1", _noise(z), 1024))
        h = tf.nn.relu(_dense("fc2", h, 1024))
        return tf.tanh(_dense("image", h, PIXELS))


def dcgan_discriminator(x):
    """Convolutional: two 5x5 convolutions with pooling, then two dense layers.

    Args:
      x: pictures (N, 784) in [-1, 1].

    Returns:
      logits (N, 1).
    """
    x = _pictures(x)
    with tf.variable_scope("discriminator"):
        h = tf.reshape(x, [-1, IMAGE_SIZE, IMAGE_SIZE, 1])
        with tf.variable_scope("conv1"):
            h = conv2d(h, [5, 5, 1, 32], [32], padding="VALID")  # (N, 24, 24, 32)
        # The course has the ReLU first; it keeps the order of numbers, so the maximum is the same,
        # and a quarter of the numbers is left for it.
        h = leaky_relu(max_pool(h))  # (N, 12, 12, 32)
        with tf.variable_scope("conv2"):
            h = conv2d(h, [5, 5, 32, 64], [64], padding="VALID")  # (N, 8, 8, 64)
        h = leaky_relu(max_pool(h))  # (N, 4, 4, 64)
        h = leaky_relu(_dense("fc1", tf.reshape(h, [-1, 4 * 4 * 64]), 1024))
        return _dense("logits", h, 1)


def dcgan_generator(z, training=True):
    """Convolutional: two dense layers, two 4x4 transposed convolutions of stride 2, batch norm.

    Args:
      z: noise (N, dim).
      training: True: batch norm with the batch's statistics; the operations that move its moving
        averages are added to ``tf.GraphKeys.UPDATE_OPS``, and the training step must run them
        (the course's notebook collects and never runs them). False: with the moving averages, so
        that a picture depends on its own code alone.

    Returns:
      pictures (N, 784) in [-1, 1].
    """
    one_of("training", training, (True, False))
    with tf.variable_scope("generator"):
        h = _relu_batch_norm("bn1", _dense("fc1", _noise(z), 1024), training)
        h = _relu_batch_norm("bn2", _dense("fc2", h, 7 * 7 * 128), training)
        h = tf.reshape(h, [-1, 7, 7, 128])
        with tf.variable_scope("deconv1"):
            h = deconv2d(h, [4, 4, 64, 128], [64])  # (N, 14, 14, 64)
        h = _relu_batch_norm("bn3", h, training)
        with tf.variable_scope("deconv2"):
            h = tf.tanh(deconv2d(h, [4, 4, 1, 64], [1]))  # (N, 28, 28, 1)
        return tf.reshape(h, [-1, PIXELS])


def _pixels(x):
    """x, if it is an array or a Tensor of floats: bytes would overflow."""
    if tf.is_tensor(x):
        return float_tensor("x", x, None)
    x = real_array("x", x)
    if x.dtype.kind != "f":
        raise InputError(f"x: got {x.dtype}, expected floats; divide bytes by 255")
    return x


def _dense(name, x, units):
    with tf.variable_scope(name):
        return dense(x, units)


def _relu_batch_norm(name, x, training):
    with tf.variable_scope(name):
        return batch_norm(tf.nn.relu(x), training)  # in this order, as the course has it


def _pictures(x):
    x = float_tensor("x", x, [None, PIXELS])
    if x.shape.ndims is None or x.shape.as_list()[1] is None:
        return tf.ensure_shape(x, [None, PIXELS])
    return x


def _noise(z):
    z = float_tensor("z", z, [None, None])
    if z.shape.ndims is None or z.shape.as_list()[1] is None:
        raise InputError(f"z: got shape {z.shape}, expected (N, dim), dim known")
    return z


# discriminator: x -> logits. generator: z, training -> pictures.
Architecture = collections.namedtuple("Architecture", "discriminator generator")

ARCHITECTURES = {
    "fc": Architecture(discriminator, lambda z, training: generator(z)),  # nothing to freeze
    "dcgan": Architecture(dcgan_discriminator, dcgan_generator),
}
