import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.layers import max_pool
from tf_cs231n.ops.pooling import max_pool_3x3


def pool_and_gradient(pool, x, dout, known=True):
    with graph_session() as sess:
        inputs = tf.placeholder(tf.float32, x.shape if known else [None, None, None, x.shape[3]])
        out = pool(inputs)
        return sess.run([out] + tf.gradients(out, inputs, dout), {inputs: x})


def stock(x):
    return tf.nn.max_pool(x, [1, 3, 3, 1], [1, 2, 2, 1], "VALID")


def numpy_pool_gradient(x, dout):
    """The definition in loops: each window's gradient goes to the place of its maximum."""
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(*dout.shape):
        window = x[n, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3, c]
        row, column = np.unravel_index(window.argmax(), (3, 3))
        dx[n, 2 * i + row, 2 * j + column, c] += dout[n, i, j, c]
    return dx


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("shape", [(1, 9, 11, 5), (2, 10, 8, 3), (3, 3, 4, 2), (1, 14, 3, 1)])
def test_values_and_gradients_are_those_of_the_definition(rng, shape, known):
    x = (rng.randn(*shape) * 10 ** rng.uniform(-20, 20, shape)).astype(np.float32)
    dout = rng.randn(shape[0], (shape[1] - 3) // 2 + 1, (shape[2] - 3) // 2 + 1, shape[3])
    dout = dout.astype(np.float32)
    out, dx = pool_and_gradient(max_pool_3x3, x, dout, known)
    np.testing.assert_array_equal(out, pool_and_gradient(stock, x, dout)[0])
    np.testing.assert_allclose(dx, numpy_pool_gradient(x, dout), rtol=1e-5, atol=1e-6)


def test_after_a_relu_the_gradient_where_it_counts_is_tensorflows_own(rng):
    x = np.maximum(rng.randn(2, 21, 16, 7), 0).astype(np.float32)
    dout = rng.randn(2, 10, 7, 7).astype(np.float32)
    _, ours = pool_and_gradient(max_pool_3x3, x, dout)
    _, theirs = pool_and_gradient(stock, x, dout)
    np.testing.assert_allclose(ours * (x > 0), theirs * (x > 0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("fill", [0, 1, -3, 1e-42, np.nan, np.inf, 3e38])
def test_ties_give_each_windows_gradient_to_one_pixel_of_it(fill):
    x = np.full((1, 9, 9, 2), fill, np.float32)
    x[0, :3, :3, 0] = 1  # so that not all is of one kind
    dout = np.zeros((1, 4, 4, 2), np.float32)
    dout[0, 2, 1] = 5
    _, dx = pool_and_gradient(max_pool_3x3, x, dout)
    assert dx[0, 4:7, 2:5].sum() == dx.sum() == 10
    assert np.count_nonzero(dx) == 2


def test_second_derivatives_are_tensorflows_own(rng):
    x = rng.randn(2, 7, 9, 3).astype(np.float32)
    seconds = []
    for pool in (max_pool_3x3, stock):
        with graph_session() as sess:
            inputs = tf.placeholder(tf.float32, x.shape)
            (dx,) = tf.gradients(tf.reduce_sum(pool(inputs) ** 3), inputs)
            seconds.append(sess.run(tf.gradients(tf.reduce_sum(dx**2), inputs)[0], {inputs: x}))
    np.testing.assert_allclose(*seconds, rtol=1e-4, atol=1e-4)


def test_max_pool_of_another_window_or_type_is_tensorflows_own(rng):
    x = rng.randn(1, 8, 8, 2)
    for size, dtype in ((2, np.float32), (3, np.float64)):
        with graph_session() as sess:
            ours = max_pool(tf.constant(x, dtype), size)
            theirs = tf.nn.max_pool(
                tf.constant(x, dtype), [1, size, size, 1], [1, 2, 2, 1], "VALID"
            )
            np.testing.assert_array_equal(*sess.run([ours, theirs]))
