"""Normalization by a minibatch is its definition, in one operation as in many."""

import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.ops.moments import normalize_by_batch

EPSILON = 1e-3


def written_out(x, gamma, beta):
    mean = tf.reduce_mean(x, [0, 1, 2])
    variance = tf.reduce_mean(tf.square(x - mean), [0, 1, 2])
    return gamma * (x - mean) / tf.sqrt(variance + EPSILON) + beta, mean, variance


@pytest.mark.parametrize("dtype, tolerance", [(tf.float32, 2e-5), (tf.float64, 1e-10)])
@pytest.mark.parametrize("shape", [(4, 3, 5, 6), (2, 1, 1, 3), (1, 1, 1, 2)])
def test_normalization_is_its_definition_to_the_second_derivative(shape, dtype, tolerance, rng):
    arrays = 3 + 2 * rng.randn(*shape), rng.rand(shape[3]), rng.randn(shape[3])
    factors = rng.randn(*shape)
    with graph_session() as sess:

        def results(function, dtype):
            inputs = [tf.constant(array, dtype) for array in arrays]
            outputs = function(*inputs)
            first = tf.gradients(outputs[0], inputs, tf.constant(factors, dtype))
            # Of the parameters as well: they are what a gradient penalty trains.
            second = tf.gradients(tf.reduce_sum(first[0] ** 2), inputs[:2])
            return [*outputs, *first, *second]

        ours = results(lambda *inputs: normalize_by_batch(*inputs, EPSILON), dtype)
        assert ours[0].shape == shape
        expected = results(written_out, tf.float64)
        for got, right in zip(*sess.run([ours, expected])):
            scale = 1 + np.abs(right).max()
            np.testing.assert_allclose(got, right, atol=tolerance * scale)
