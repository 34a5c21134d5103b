"""Max-pooling's gradient goes to each window's first maximum, also where many are equal."""

import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.layers import max_pool


def pool_and_gradient(x, dout):
    with graph_session() as sess:
        inputs = tf.placeholder(tf.float32, [None, None, None, x.shape[3]])
        out = max_pool(inputs, size=3)
        return sess.run([out] + tf.gradients(out, inputs, dout), {inputs: x})


def numpy_pool_and_gradient(x, dout):
    """The definition in loops: the maximum, and its gradient at the first place that has it."""
    out, dx = np.zeros(dout.shape), np.zeros(x.shape)
    for n, i, j, c in np.ndindex(*dout.shape):
        window = x[n, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3, c]
        out[n, i, j, c] = window.max()
        row, column = np.unravel_index(window.argmax(), (3, 3))  # the first in reading order
        dx[n, 2 * i + row, 2 * j + column, c] += dout[n, i, j, c]
    return out, dx


def images(rng):
    x = rng.randn(2, 17, 14, 3).astype(np.float32)
    letterboxed = x.copy()
    letterboxed[:, :5] = letterboxed[:, -5:] = -2.1
    near = np.ones_like(x)
    near[:, ::2, ::3] += np.float32(9.5e-7)
    return {
        "random": x,
        "after a ReLU": np.maximum(x, 0),
        "flat": np.full_like(x, 0.7),
        "letterboxed": letterboxed,
        "saturated": np.clip(x, -0.3, 0.3),
        "near ties": near,
    }


@pytest.mark.parametrize("kind", images(np.random.RandomState(0)))
def test_pooling_is_its_definition_ties_included(rng, kind):
    x, dout = images(rng)[kind], rng.randn(2, 8, 6, 3).astype(np.float32)
    for ours, defined in zip(pool_and_gradient(x, dout), numpy_pool_and_gradient(x, dout)):
        np.testing.assert_allclose(ours, defined, rtol=1e-5, atol=1e-6)
