"""Norms of vectors and matrices as TensorFlow graphs: batched, differentiable, safe at any scale.

Vector p-norm          ||x||_p     = (sum_i |x_i|^p)^(1/p),  ||x||_inf = max_i |x_i|
Induced norm           ||A||_p     = max of ||A x||_p over ||x||_p = 1
Entrywise norm         ||vec(A)||_p; p = 2: Frobenius, p = inf: max norm
L_{p,q} norm           the q-norm of the columns' p-norms
Schatten norm          the p-norm of the singular values; p = 1: nuclear, p = inf: spectral

Vectors lie along the last axis, matrices (M, N) along the last two; every axis before them is a
batch axis. A vector of no entries has norm 0; singular values need a row and a column. Inputs are
float32, float64, complex64 or complex128; a norm has the matching real type.
``p`` is a number known when the graph is built.

Scale. A norm is computed as m ||x / m|| with m the largest magnitude, so nothing overflows or
vanishes on the way: only a norm that is itself out of range is infinite or zero. (TensorFlow reads
subnormal numbers, below 2.2e-308 in float64, as zero.) NaN in, NaN out; an infinite entry makes a
vector's norm infinite and a singular value NaN.

Gradients are finite for every finite input. Where a norm has a kink, the gradient is one member of
its subdifferential:
  at a zero vector or matrix    0
  |x_i| at x_i = 0              0 (also for p < 1, where the slope is infinite)
  a maximum that k share        1/k for each of them
  a zero singular value         nothing of its direction: the nuclear norm gives U V^H of A's range
Second derivatives are right wherever the norm has them, at equal singular values too; what a kink
leaves undefined counts as 0. For complex input gradients are d/dRe + i d/dIm, as everywhere in
TensorFlow: the steepest ascent.

Sources: Horn and Johnson, Matrix Analysis, ch. 5; Watson, Characterization of the subdifferential
of some matrix norms (1992); Boyd, The power method for l^p norms (1974).
"""

import numpy as np

from tf_cs231n import checks
from tf_cs231n.compat import tf
from tf_cs231n.ops.safe_math import (
    is_rounding,
    keep_nan,
    power,
    singular_values,
    svd,
    to_unit_scale,
)
from tf_cs231n.ops.tensors import to_tensor


def vector_norm(x, p=2, axis=-1, keepdims=False):
    """The p-norm of vectors, ``(sum_i |x_i|^p)^(1/p)``.

    For 0 < p < 1 this is a quasi-norm (the triangle inequality fails); p = 0 counts the entries
    that are not zero, which does not even scale. Both go by the name of norms in the literature.

    Args:
      x: (..., N), real or complex.
      p: a number from 0 to ``numpy.inf``.
      axis: the axis, or the axes together, that hold a vector.
      keepdims: keep those axes with size 1.

    Returns:
      The norms (...), real.

    Raises:
      InputError: p is not such a number, or x has no such axes or another dtype.

    Source: Golub and Van Loan, Matrix Computations, eq. 2.2.1.
    """
    x = to_tensor("x", x)
    checks.shapes(x=(x, "... N"), kinds="fc")
    checks.numbers(p=p, least=0, finite=False)
    axes = axis if isinstance(axis, tuple) else (axis,)
    unit, scale = to_unit_scale(x, axes)
    if p == 0:
        norm = keep_nan(tf.reduce_sum(tf.sign(tf.abs(x)), axes, keepdims=True), x, axes)
    elif p == np.inf:
        peak = tf.maximum(tf.reduce_max(tf.abs(unit), axes, keepdims=True), 0)  # 0 if N = 0
        norm = scale * keep_nan(peak, x, axes)
    elif p == 1:
        norm = scale * tf.reduce_sum(tf.abs(unit), axes, keepdims=True)
    elif p == 2:  # as below, with |x|^2 = x x* for speed
        squares = tf.math.real(unit * tf.math.conj(unit))
        norm = scale * power(tf.reduce_sum(squares, axes, keepdims=True), 1 / 2)
    else:
        norm = scale * power(tf.reduce_sum(power(tf.abs(unit), p), axes, keepdims=True), 1 / p)
    return norm if keepdims else tf.squeeze(norm, axes)


def entrywise_norm(A, p=2):
    """The p-norm of a matrix read as one long vector, ``(sum_ij |a_ij|^p)^(1/p)``.

    Args:
      A: (..., M, N).
      p: a number from 0 to ``numpy.inf``, as for `vector_norm`.

    Returns:
      The norms (...), real.
    """
    return vector_norm(_matrix(A, p=p), p, axis=(-2, -1))


def lpq_norm(A, p=2, q=1):
    """The q-norm of the columns' p-norms, ``(sum_j (sum_i |a_ij|^p)^(q/p))^(1/q)``.

    ``lpq_norm(A, 2, 1)`` sums the columns' Euclidean lengths (group sparsity).

    Args:
      A: (..., M, N).
      p: order within a column, from 0 to ``numpy.inf``.
      q: order over the columns, from 0 to ``numpy.inf``.

    Returns:
      The norms (...), real.
    """
    return vector_norm(vector_norm(_matrix(A, p=p, q=q), p, axis=-2), q)


def frobenius_norm(A):
    """``sqrt(sum_ij |a_ij|^2) = sqrt(trace(A^H A))`` of A (..., M, N)."""
    return entrywise_norm(A, 2)


def max_norm(A):
    """``max_ij |a_ij|`` of A (..., M, N). A norm, but not submultiplicative."""
    return entrywise_norm(A, np.inf)


def schatten_norm(A, p=2):
    """The p-norm of the singular values, ``(sum_i s_i^p)^(1/p)``.

    p < 1 gives the quasi-norms and p = 0 the rank; there, singular values that are rounding of
    zero (``s_i <= eps max(M, N) s_1``) count as zero.

    Args:
      A: (..., M, N).
      p: a number from 0 to ``numpy.inf``.

    Returns:
      The norms (...), real.
    """
    A = _matrix(A, p=p)
    s = singular_values(A, p)
    if p < 1:
        s = tf.where_v2(is_rounding(s, A), tf.zeros_like(s), s)
    return vector_norm(s, p)


def nuclear_norm(A):
    """The sum of the singular values of A (..., M, N): the dual of the spectral norm."""
    return schatten_norm(A, 1)


def spectral_norm(A):
    """The largest singular value of A (..., M, N): the norm induced by Euclidean length."""
    return schatten_norm(A, np.inf)


def induced_norm(A, p=2, iterations=200, starts=8, seed=0):
    """The norm that the vector p-norm induces, ``max ||A x||_p over ||x||_p = 1``.

    p = 1 (largest column sum), 2 (largest singular value) and inf (largest row sum) are exact.
    Any other p is NP-hard in general: the result is a LOWER BOUND, the best ``||A x||_p`` that a
    power method finds. It cannot exceed the norm. For matrices of positive entries it is the norm
    itself, by Boyd's theorem; for small matrices it is so in practice.

    Args:
      A: (..., M, N).
      p: a number from 1 to ``numpy.inf``.
      iterations: at most so many steps of the power method; it stops when no start gains.
      starts: random first guesses, next to the three that are exact for p = 1, 2 and inf.
      seed: of those guesses.

    Returns:
      The norms (...), real. The gradient of a power method's result is that of ``||A x||_p`` at
      the x found, which is the norm's own where x is the maximizer (envelope theorem).
    """
    A = _matrix(A, least=1, p=p)
    checks.counts(least=0, iterations=iterations, starts=starts, seed=seed)
    if p == 1:
        return vector_norm(vector_norm(A, 1, axis=-2), np.inf)
    if p == 2:
        return spectral_norm(A)
    if p == np.inf:
        return vector_norm(vector_norm(A, 1, axis=-1), np.inf)
    unit, scale = to_unit_scale(A, (-2, -1))
    x = tf.stop_gradient(_power_method(tf.stop_gradient(unit), p, iterations, starts, seed))
    bounds = vector_norm(tf.matmul(unit, x), p, axis=-2)  # one for each start
    return vector_norm(bounds, np.inf) * scale[..., 0, 0]


def _power_method(A, p, iterations, starts, seed):
    """Unit vectors x (..., N, K) at which ||A x||_p is large, climbing from K first guesses.

    At a maximizer, x is dual to A^H y*, with y* dual to y = A x; iterating this never lowers
    ||A x||_p. The vector dual to y is sign(y) |y|^(p-1), and 1/p + 1/q = 1 makes q - 1 = 1/(p-1).
    """
    tolerance = 4 * np.finfo(A.dtype.real_dtype.as_numpy_dtype).eps

    def advance(x):
        return _unit(
            _dual(tf.matmul(A, _dual(tf.matmul(A, x), p - 1), adjoint_a=True), 1 / (p - 1)), p
        )

    def body(step, x, value, _):
        x = advance(x)
        gained = vector_norm(tf.matmul(A, x), p, axis=-2)
        return step + 1, x, gained, tf.reduce_any(gained > value * (1 + tolerance))

    x = _unit(_first_guesses(A, starts, seed), p)
    state = (0, x, vector_norm(tf.matmul(A, x), p, axis=-2), True)
    return tf.while_loop(
        lambda step, x, value, gains: tf.logical_and(step < iterations, gains),
        body,
        state,
        shape_invariants=(
            tf.TensorShape([]),
            x.shape,
            tf.TensorShape(None),
            tf.TensorShape([]),
        ),
        back_prop=False,
    )[1]


def _first_guesses(A, starts, seed):
    """(..., N, 3 + starts): the maximizers for p = 1, 2 and inf, and random directions."""
    column = tf.argmax(vector_norm(A, 1, axis=-2), axis=-1)
    largest_column = tf.one_hot(column, tf.shape(A)[-1], dtype=A.dtype)[..., tf.newaxis]
    row = tf.argmax(vector_norm(A, 1, axis=-1), axis=-1)
    pick = tf.one_hot(row, tf.shape(A)[-2], dtype=A.dtype)[..., tf.newaxis]
    row_signs = tf.sign(tf.matmul(A, pick, adjoint_a=True))
    singular_vector = svd(A)[2][..., :1]
    shape = tf.concat([tf.shape(A)[:-2], [tf.shape(A)[-1], starts]], 0)
    real = A.dtype.real_dtype
    noise = tf.random.stateless_normal(shape, [seed, 0], dtype=real)
    if A.dtype.is_complex:
        noise = tf.complex(noise, tf.random.stateless_normal(shape, [seed, 1], dtype=real))
    return tf.concat([largest_column, singular_vector, row_signs, noise], axis=-1)


def _dual(y, exponent):
    """sign(y) |y|^exponent of each column, scaled so that its largest entry is 1."""
    y, _ = to_unit_scale(y, (-2,))
    return tf.sign(y) * tf.cast(power(tf.abs(y), exponent), y.dtype)


def _unit(x, p):
    """The columns of x with p-norm 1; a zero column stays."""
    norm = vector_norm(x, p, axis=-2, keepdims=True)
    return x / tf.cast(tf.where_v2(tf.equal(norm, 0), tf.ones_like(norm), norm), x.dtype)


def _matrix(A, least=0, **orders):
    """A as a Tensor (..., M, N); it and the norm's orders, of at least ``least``, are checked."""
    A = to_tensor("A", A)
    checks.shapes(A=(A, "... M N"), kinds="fc")
    checks.numbers(least=least, finite=False, **orders)
    return A


if __name__ == "__main__":
    from tf_cs231n.cli import main

    main("norms")
