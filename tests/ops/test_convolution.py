"""Gradients as convolutions are TensorFlow's own, and those of central differences."""

import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.gradient_check import eval_numerical_gradient_array, rel_error
from tf_cs231n.ops import convolution
from tf_cs231n.ops.convolution import (
    convolve,
    convolve_transposed,
    correlate,
    transposed_by_taps,
    transposed_in_phases,
)

# N, H, W, C; kernel height and width; F; padding. The last two have enough for dw as a convolution.
CASES = [
    ((2, 7, 6, 3), (1, 1), 4, "SAME"),
    ((2, 7, 6, 3), (3, 3), 4, "SAME"),
    ((1, 6, 9, 2), (3, 5), 3, "SAME"),
    ((2, 7, 6, 3), (2, 3), 4, "SAME"),
    ((2, 7, 6, 3), (3, 2), 4, "VALID"),
    ((17, 6, 5, 16), (3, 2), 5, "VALID"),
    ((16, 5, 5, 19), (5, 5), 3, "VALID"),
]


def second_derivatives(y, inputs, dy):
    """y, its gradients, and theirs, which a gradient penalty takes."""
    first = tf.gradients(y, inputs, dy)
    return [y, *first, *tf.gradients([tf.reduce_sum(g**2) for g in first], [*inputs, dy])]


@pytest.mark.parametrize("shape, kernel, F, padding", CASES)
def test_gradients_as_convolutions_are_tensorflows_own(shape, kernel, F, padding, rng):
    with graph_session() as sess:
        x = tf.constant(rng.randn(*shape))
        w = tf.constant(rng.randn(*kernel, shape[-1], F))
        pairs = []
        for faster in (True, False):
            y = convolve(x, w, 1, padding, faster)
            factors = tf.constant(np.random.RandomState(1).randn(*y.shape.as_list()))
            pairs.append(second_derivatives(y, [x, w], factors))
        results = sess.run(pairs)
    for ours, theirs in zip(*results):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_gradients_as_convolutions_are_those_of_central_differences(rng):
    x, w, dy = rng.randn(16, 5, 4, 16), rng.randn(3, 2, 16, 2), rng.randn(16, 3, 3, 2)
    with graph_session() as sess:
        x_t, w_t = tf.placeholder(tf.float64, x.shape), tf.placeholder(tf.float64, w.shape)
        y = convolve(x_t, w_t, 1, "VALID", faster=True)
        dx, dw = sess.run(tf.gradients(y, [x_t, w_t], dy), {x_t: x, w_t: w})

        def of_w(w):
            return sess.run(y, {x_t: x, w_t: w})

        assert rel_error(dw, eval_numerical_gradient_array(of_w, w, dy)) < 1e-7
        part = x[:1]

        def of_x(part):
            return sess.run(y, {x_t: np.concatenate([part, x[1:]]), w_t: w})

        assert rel_error(dx[:1], eval_numerical_gradient_array(of_x, part, dy)) < 1e-6


# N, H, W, C; kernel height and width; F; stride. Maps smaller than the kernel, sides that differ.
TRANSPOSED = [
    ((17, 4, 5, 16), (5, 5), 17, 2),
    ((3, 1, 2, 16), (5, 4), 20, 2),
    ((16, 3, 3, 18), (3, 2), 16, 2),
    ((2, 1, 1, 5), (7, 9), 4, 3),
    ((2, 4, 3, 5), (3, 6), 4, 3),
    ((2, 3, 4, 6), (4, 4), 5, 2),
]


@pytest.mark.parametrize("shape, kernel, F, stride", TRANSPOSED)
def test_transposed_convolutions_and_strided_gradients_are_tensorflows_own(
    shape, kernel, F, stride, rng
):
    N, H, W, C = shape
    strides = [1, stride, stride, 1]
    with graph_session() as sess:
        x, w = tf.constant(rng.randn(*shape)), tf.constant(rng.randn(*kernel, F, C))
        dy = tf.constant(rng.randn(N, stride * H, stride * W, F))
        theirs = tf.nn.conv2d_transpose(x, w, dy.shape, strides, "SAME")
        ours = [convolve_transposed(x, w, stride), transposed_by_taps(x, w, stride)]
        if (*kernel, stride) == (4, 4, 2):
            ours.append(transposed_in_phases(x, w))
        for y in ours:
            assert y.shape == dy.shape
            pairs = second_derivatives(y, [x, w], dy), second_derivatives(theirs, [x, w], dy)
            for got, expected in zip(*sess.run(pairs)):
                np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)
        convolved = (
            convolve(dy, w, stride, "SAME", faster=True),
            tf.nn.conv2d(dy, w, strides, "SAME"),
        )
        pairs = [second_derivatives(y, [dy, w], x) for y in convolved]
        for got, expected in zip(*sess.run(pairs)):
            np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)


@pytest.fixture
def always_by_taps(monkeypatch):
    """As on TensorFlow 1.15 with large kernels."""
    monkeypatch.setattr(convolution, "FASTER", True)
    monkeypatch.setattr(convolution, "HAS_GPU", False)
    monkeypatch.setattr(convolution, "FEWEST_WEIGHTS", 0)


# The sides of images and kernel, stride, padding: one that fits; sides that the stride does not
# divide; a kernel smaller than the stride; zeros on no side.
STRIDED = [(8, 5, 2, "SAME"), (7, 5, 2, "SAME"), (6, 2, 3, "SAME"), (8, 5, 2, "VALID")]


@pytest.mark.parametrize("side, kernel, stride, padding", STRIDED)
def test_only_strided_convolutions_that_fit_go_by_taps(
    side, kernel, stride, padding, always_by_taps, rng
):
    with graph_session() as sess:
        x = tf.constant(rng.randn(2, side, side, 3))
        w = tf.constant(rng.randn(kernel, kernel, 3, 4))
        ours = tf.gradients(tf.sin(convolve(x, w, stride, padding)), [x, w])
        kinds = {op.type for op in sess.graph.get_operations()}
        assert ("Conv2DBackpropInput" in kinds) == ((side, padding) != (8, "SAME"))
        theirs = tf.nn.conv2d(x, w, [1, stride, stride, 1], padding)
        for got, expected in zip(*sess.run([ours, tf.gradients(tf.sin(theirs), [x, w])])):
            np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)


def test_correlate_is_the_gradient_of_the_weights_at_stride_2(rng):
    x, dy = rng.randn(3, 10, 9, 4), rng.randn(3, 4, 4, 5)
    with graph_session() as sess:
        ours = correlate(tf.constant(x), tf.constant(dy), stride=2)
        # H' = 4 rows at stride 2 leave a kernel of 10 - 3 * 2 = 4 rows, and 9 - 6 = 3 columns.
        theirs = tf.nn.conv2d_backprop_filter(x, [4, 3, 4, 5], dy, [1, 2, 2, 1], "VALID")
        np.testing.assert_allclose(*sess.run([ours, theirs]), rtol=1e-10, atol=1e-10)


def test_the_faster_gradients_hold_no_gradient_operation_of_tensorflow(rng):
    with graph_session() as sess:
        x = tf.constant(rng.randn(16, 6, 6, 16))
        y = convolve(x, tf.constant(rng.randn(3, 3, 16, 4)), 1, "SAME", faster=True)
        tf.gradients(y, x)
        kinds = {op.type for op in sess.graph.get_operations()}
        assert "Conv2DBackpropInput" not in kinds
