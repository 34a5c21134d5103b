import numpy as np
import pytest
from scipy.signal import correlate

from sessions import graph_session
from tf_cs231n import layers
from tf_cs231n.compat import tf


def names():
    return sorted(variable.op.name for variable in tf.global_variables())


def two_convolutions(images):
    with tf.variable_scope("conv1"):
        hidden = layers.conv_relu(images, [5, 5, 3, 4], [4])
    with tf.variable_scope("conv2"):
        return layers.conv_relu(hidden, [5, 5, 4, 2], [2])


def test_distinct_scopes_make_distinct_variables():
    with graph_session():
        two_convolutions(tf.zeros([1, 8, 8, 3]))
        assert names() == ["conv1/bias", "conv1/weights", "conv2/bias", "conv2/weights"]


def test_a_second_use_without_reuse_is_an_error():
    with graph_session():
        two_convolutions(tf.zeros([1, 8, 8, 3]))
        with pytest.raises(ValueError, match="conv1/weights already exists"):
            two_convolutions(tf.zeros([1, 8, 8, 3]))


@pytest.mark.parametrize("way", ["reuse=True", "reuse_variables"])
def test_reuse_shares_the_variables(way, rng):
    images = rng.randn(1, 8, 8, 3).astype(np.float32)
    with graph_session() as sess:
        if way == "reuse=True":
            with tf.variable_scope("net"):
                first = two_convolutions(tf.constant(images))
            with tf.variable_scope("net", reuse=True):
                second = two_convolutions(tf.constant(images))
        else:
            with tf.variable_scope("net") as scope:
                first = two_convolutions(tf.constant(images))
                scope.reuse_variables()
                second = two_convolutions(tf.constant(images))
        assert len(tf.global_variables()) == 4
        sess.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(*sess.run([first, second]))
        # One set of weights: changing it changes both.
        with tf.variable_scope("net", reuse=True):
            bias = tf.get_variable("conv2/bias")
        sess.run(bias.assign([7.0, 8.0]))
        one, other = sess.run([first, second])
        assert one.max() > 7
        np.testing.assert_array_equal(one, other)


def test_reuse_of_what_was_never_made_is_an_error():
    with graph_session():
        images = tf.zeros([1, 8, 8, 3])
        with tf.variable_scope("net", reuse=True), pytest.raises(ValueError, match="not exist"):
            two_convolutions(images)


def run_layer(layer, x, **values):
    """Build a layer on x in scope 'l', set its variables, run it."""
    with graph_session() as sess:
        with tf.variable_scope("l"):
            output = layer(tf.constant(x))
        sess.run(tf.global_variables_initializer())
        for variable in tf.global_variables():
            name = variable.op.name[2:]
            if name in values:
                variable.load(values.pop(name), sess)
        assert not values, values
        return sess.run(output), output.shape.as_list()


def test_conv_relu_is_a_correlation_plus_bias_cut_at_zero(rng):
    x, w, b = rng.randn(2, 7, 6, 3), rng.randn(3, 3, 3, 4), rng.randn(4)
    got, _ = run_layer(
        lambda x: layers.conv_relu(x, [3, 3, 3, 4], [4], padding="VALID"), x, weights=w, bias=b
    )
    for n in range(2):
        for f in range(4):
            expected = correlate(x[n], w[..., f], "valid")[:, :, 0] + b[f]
            np.testing.assert_allclose(got[n, :, :, f], np.maximum(expected, 0), atol=1e-12)


def test_deconv2d_is_the_transpose_of_the_convolution(rng):
    """<conv(x), y> = <x, deconv(y)>, the definition of a transpose."""
    x, y, w = rng.randn(2, 8, 6, 3), rng.randn(2, 4, 3, 5), rng.randn(4, 4, 3, 5)
    convolved, _ = run_layer(
        lambda x: layers.conv2d(x, [4, 4, 3, 5], [5], stride=2), x, weights=w, bias=np.zeros(5)
    )
    upsampled, shape = run_layer(
        lambda y: layers.deconv2d(y, [4, 4, 3, 5], [3]), y, weights=w, bias=np.zeros(3)
    )
    assert shape[1:] == [8, 6, 3]
    np.testing.assert_allclose(np.sum(convolved * y), np.sum(x * upsampled), rtol=1e-12)


def test_deconv2d_in_phases_has_the_values_and_gradients_of_tensorflow_s_own(rng):
    """Values, gradients asked more than once, their gradients: all as of `conv2d_transpose`."""
    arrays = rng.randn(2, 3, 5, 4), rng.randn(4, 4, 6, 4), rng.randn(2, 6, 10, 6)
    with graph_session() as sess:
        x, w, dy = (tf.constant(array) for array in arrays)
        with tf.variable_scope("deconv", custom_getter=lambda getter, name, *args, **kwargs: (
            w if name.endswith("weights") else getter(name, *args, **kwargs)
        )):  # fmt: skip
            ours = layers.deconv2d(x, [4, 4, 6, 4], [6])
        reference = tf.nn.conv2d_transpose(x, w, [2, 6, 10, 6], [1, 2, 2, 1], "SAME")
        results = []
        for y in (ours, reference):
            first = tf.gradients(tf.sin(y), [x, w], dy)
            again = [tf.gradients(f, [x, w], dy) for f in (tf.sin(y), tf.cos(y))]
            of_x = tf.gradients(tf.reduce_sum(first[0] ** 2), [x, w, dy])
            of_w = tf.gradients(tf.reduce_sum(first[1] ** 2), [x, w, dy])
            results.append([y, *first, *sum(again, []), *of_x, *of_w])
        sess.run(tf.global_variables_initializer())
        for got, expected in zip(*sess.run(results)):
            np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)


def test_dense_is_affine(rng):
    x, w, b = rng.randn(3, 5), rng.randn(5, 7), rng.randn(7)
    got, _ = run_layer(lambda x: layers.dense(x, 7), x, weights=w, bias=b)
    np.testing.assert_allclose(got, x @ w + b, rtol=1e-12)


def test_max_pool_takes_the_maximum_of_each_window(rng):
    x = rng.randn(2, 7, 9, 3)
    got, _ = run_layer(lambda x: layers.max_pool(x, size=3), x)
    expected = [[x[:, i : i + 3, j : j + 3].max((1, 2)) for j in (0, 2, 4, 6)] for i in (0, 2, 4)]
    np.testing.assert_array_equal(got, np.array(expected).transpose(2, 0, 1, 3))


@pytest.mark.parametrize("shape", [(64, 5), (8, 4, 4, 5)])
@pytest.mark.parametrize("dtype, atol", [("float64", 1e-9), ("float32", 1e-5)])
def test_batch_norm_normalises_in_training_and_uses_moving_averages_after(shape, dtype, atol, rng):
    x = (3 + 2 * rng.randn(*shape)).astype(dtype)
    axes = tuple(range(len(shape) - 1))
    mean, variance = x.mean(axes), x.var(axes)
    with graph_session() as sess:
        images = tf.constant(x)
        with tf.variable_scope("bn"):
            trained = layers.batch_norm(images, training=True, momentum=0.9)
        with tf.variable_scope("bn", reuse=True):
            sampled = layers.batch_norm(images, training=False)
        sess.run(tf.global_variables_initializer())
        np.testing.assert_allclose(
            sess.run(trained), (x - mean) / np.sqrt(variance + 1e-3), atol=atol
        )
        # Fresh moving averages are mean 0, variance 1.
        np.testing.assert_allclose(sess.run(sampled), x / np.sqrt(1 + 1e-3), atol=atol)
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
        for _ in range(2):
            sess.run(updates)
        moved = 1 - 0.9**2
        np.testing.assert_allclose(
            sess.run(sampled),
            (x - moved * mean) / np.sqrt(0.81 + moved * variance + 1e-3),
            atol=atol,
        )


@pytest.mark.parametrize("use_resource", [False, True])
def test_matmul_has_tensorflows_gradients_however_often_asked_to_second_order(use_resource, rng):
    x, w = rng.randn(5, 3), rng.randn(3, 4)
    with graph_session() as sess, tf.variable_scope("", use_resource=use_resource):
        images, weights = tf.constant(x), tf.get_variable("w", initializer=tf.constant(w))
        both = []
        for product in (layers.matmul, tf.matmul):
            loss = tf.reduce_sum(tf.tanh(product(images, tf.convert_to_tensor(weights))) ** 2)
            first = tf.gradients(loss, [images, weights])
            again = [tf.gradients(f, [images, weights]) for f in (loss, tf.exp(loss / 10))]
            squares = tf.reduce_sum(first[0] ** 3) + tf.reduce_sum(first[1] ** 2)
            both.append(first + sum(again, []) + tf.gradients(squares, [images, weights]))
        sess.run(tf.global_variables_initializer())
        for ours, theirs in zip(*sess.run(both)):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12)
