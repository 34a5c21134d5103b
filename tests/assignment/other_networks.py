"""Second DCGANs, right and written differently: a product for each tap of a kernel."""

from tf_cs231n.compat import tf


def _variable(name, *shape):
    return tf.get_variable(name, shape)


def _dense(name, x, units):
    size = x.shape.as_list()[1]
    return tf.einsum("nd,dm->nm", x, _variable(name + "/w", size, units)) + _variable(
        name + "/b", units
    )


def _conv_5x5(name, x, filters):
    """No padding: for each tap the shifted images times that tap's matrix."""
    size, channels = x.shape.as_list()[1] - 4, x.shape.as_list()[3]
    w = _variable(name + "/w", 5, 5, channels, filters)
    taps = [
        tf.tensordot(x[:, i : i + size, j : j + size], w[i, j], [[3], [0]])
        for i in range(5)
        for j in range(5)
    ]
    return tf.add_n(taps) + _variable(name + "/b", filters)


def _pool(x):
    rows = tf.maximum(x[:, ::2], x[:, 1::2])
    return tf.maximum(rows[:, :, ::2], rows[:, :, 1::2])


def _leaky(x):
    return 0.505 * x + 0.495 * tf.abs(x)


def dcgan_discriminator(x):
    with tf.variable_scope("discriminator"):
        h = tf.reshape(x, (tf.shape(x)[0], 28, 28, 1))
        for name, filters in (("one", 32), ("two", 64)):
            h = _pool(_leaky(_conv_5x5(name, h, filters)))
        h = _leaky(_dense("three", tf.reshape(h, (-1, 4 * 4 * 64)), 1024))
        return _dense("four", h, 1)


def _norm(name, x, epsilon):
    """The variance as the mean of squares less the square of the mean."""
    axes = list(range(x.shape.ndims - 1))
    mean = tf.reduce_mean(x, axes, keepdims=True)
    variance = tf.maximum(tf.reduce_mean(x * x, axes, keepdims=True) - mean * mean, 0)
    channels = x.shape.as_list()[-1]
    unit = (x - mean) / tf.sqrt(variance + epsilon)
    return _variable(name + "/scale", channels) * unit + _variable(name + "/shift", channels)


def _deconv_4x4(name, x, filters):
    """Stride 2, same padding: each pixel paints a patch of 4x4, two to the next one's."""
    N, side, channels = tf.shape(x)[0], x.shape.as_list()[1], x.shape.as_list()[3]
    w = _variable(name + "/w", 4, 4, filters, channels)
    total = _variable(name + "/b", filters)
    for i in range(4):
        for j in range(4):
            paint = tf.tensordot(x, w[i, j], [[3], [1]])[:, :, None, :, None]
            paint = tf.pad(paint, [[0, 0], [0, 0], [0, 1], [0, 0], [0, 1], [0, 0]])
            paint = tf.reshape(paint, (N, 2 * side, 2 * side, filters))
            paint = tf.pad(paint, [[0, 0], [i, 3 - i], [j, 3 - j], [0, 0]])
            total = total + paint[:, 1:-2, 1:-2]
    return tf.reshape(total, (N, 2 * side, 2 * side, filters))


def dcgan_generator(z, epsilon=1e-3):
    with tf.variable_scope("generator"):
        h = _norm("one", tf.maximum(_dense("one", z, 1024), 0.0), epsilon)
        h = _norm("two", tf.maximum(_dense("two", h, 6272), 0.0), epsilon)
        h = tf.reshape(h, (tf.shape(z)[0], 7, 7, 128))
        h.set_shape([None, 7, 7, 128])
        h = _deconv_4x4("three", h, 64)
        h.set_shape([None, 14, 14, 64])
        h = _norm("three", tf.maximum(h, 0.0), epsilon)
        h = _deconv_4x4("four", h, 1)
        return tf.reshape(2 * tf.sigmoid(2 * h) - 1, (-1, 784))
