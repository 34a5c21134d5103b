"""Arithmetic whose values and gradients stay finite: the small print of `norms` and `information`.

Each function is the textbook one except where that overflows, or has an infinite or undefined
gradient at a point which data reach: zero, equal singular values, a zero probability.
"""

import numpy as np

from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError


def to_unit_scale(x, axes):
    """``x / m`` and ``m``: the largest magnitude along axes, or 1 where that is 0 or not finite.

    A norm is homogeneous, ||x|| = m ||x / m|| for any constant m, so its gradient need not pass
    through m, and does not.

    Args:
      x: a real or complex Tensor.
      axes: the axes, a tuple, that are scaled together.

    Returns:
      x / m as x, and m, real, with size 1 along axes.
    """
    m = tf.stop_gradient(tf.reduce_max(magnitude(x), axes, keepdims=True))
    usable = tf.logical_and(m >= np.finfo(m.dtype.as_numpy_dtype).tiny, tf.math.is_finite(m))
    m = tf.where_v2(usable, m, tf.ones_like(m))
    if x.dtype.is_complex:  # dividing by the complex number m + 0i would square it
        return tf.complex(tf.math.real(x) / m, tf.math.imag(x) / m), m
    return x / m, m


def magnitude(x):
    """|x|; for complex x the larger of |Re| and |Im|, which is within sqrt(2) of it."""
    if x.dtype.is_complex:
        return tf.maximum(tf.abs(tf.math.real(x)), tf.abs(tf.math.imag(x)))
    return tf.abs(x)


def keep_nan(result, x, axes):
    """``result``, or NaN where x has one along axes: TensorFlow 1.15's maximum skips it."""
    hidden = tf.reduce_any(tf.math.is_nan(magnitude(x)), axes, keepdims=True)
    return tf.where_v2(hidden, tf.constant(np.nan, result.dtype), result)


def power(a, exponent):
    """``a^exponent`` of a >= 0, with the gradient 0 at 0 where pow's may be infinite or NaN."""
    zero = tf.equal(a, 0)
    raised = tf.pow(tf.where_v2(zero, tf.ones_like(a), a), tf.constant(exponent, a.dtype))
    return tf.where_v2(zero, tf.zeros_like(a), raised)


def log(a):
    """``log a`` of a >= 0: -inf at 0, with the gradient 0 there, so that 0 times it is no NaN."""
    zero = tf.equal(a, 0)
    logarithm = tf.math.log(tf.where_v2(zero, tf.ones_like(a), a))
    return tf.where_v2(zero, tf.constant(-np.inf, a.dtype), logarithm)


def svd(A, compute_uv=True):
    """``tf.linalg.svd``, which on 1.15 crashes for a matrix of no entries."""
    if A.shape.ndims and 0 in A.shape.as_list()[-2:]:
        raise InputError(f"A: got shape {A.shape}, expected at least one row and one column")
    return tf.linalg.svd(A, compute_uv=compute_uv)


def singular_values(A, order=1):
    """The singular values of A (..., M, N), largest first, with the gradient U diag(ds) V^H.

    From ds_i = Re(u_i^H dA v_i). TensorFlow's own gradient differentiates U and V as well, which
    is NaN where values repeat and missing for complex A. Values that are rounding of zero get no
    gradient: their u_i and v_i are arbitrary. For the second derivative see `_spectral`.

    Args:
      A: (..., M, N).
      order: the p of the Schatten norm that is made of them.

    Returns:
      (..., min(M, N)), real; NaN where A is not finite.
    """

    @tf.custom_gradient
    def values(A):
        unit, scale = to_unit_scale(A, (-2, -1))
        # TensorFlow 1.15 gives finite nonsense for NaN; 2.x logs an error for each.
        finite = tf.reduce_all(tf.math.is_finite(magnitude(unit)), axis=(-2, -1), keepdims=True)
        unit = tf.where_v2(finite, unit, tf.zeros_like(unit))
        finite, scale = finite[..., 0], scale[..., 0]
        s = svd(unit, compute_uv=False)
        nan = tf.constant(np.nan, s.dtype)
        return (
            tf.where_v2(finite, s * scale, nan),
            lambda ds: _spectral(unit, tf.where_v2(finite, ds, nan), order),
        )

    return values(A)


def _spectral(A, ds, order):
    """``U diag(ds) V^H`` of A = U diag(s) V^H; zero singular values have no part in it.

    Its differential is U (F o Herm(P) + E o Skew(P)) V^H + (I - U U^H) dA V R V^H
    + U R U^H dA (I - V V^H) + U diag(d ds) V^H, with P = U^H dA V, R = diag(ds / s), and

        F_ij = (ds_j - ds_i) / (s_j - s_i),    E_ij = (ds_j + ds_i) / (s_j + s_i),

    a map that is its own adjoint. Where s_i = s_j, F is the slope of ds as a function of s, which
    for the norm of order p is (p - 1) ds / s.

    Source: Lewis and Sendov, Twice differentiable spectral functions (2001).
    """

    @tf.custom_gradient
    def spectral(A, ds):
        s, u, v = svd(A)
        zero = is_rounding(s, A)
        ds = tf.where_v2(zero, tf.zeros_like(ds), ds)

        def diagonal_times(u, d):
            return u * tf.cast(d, u.dtype)[..., tf.newaxis, :]

        def gradient(W):
            column, row = tf.expand_dims(s, -1), tf.expand_dims(s, -2)
            d_column, d_row = tf.expand_dims(ds, -1), tf.expand_dims(ds, -2)
            ratio = ds / tf.where_v2(zero, tf.ones_like(s), s)
            tie = abs(row - column) <= np.finfo(s.dtype.as_numpy_dtype).eps ** 0.5 * (row + column)
            one = tf.ones_like(row + column)
            slope = (order - 1 if order < np.inf else 0) * tf.expand_dims(ratio, -1)
            F = tf.where_v2(tie, slope, (d_row - d_column) / tf.where_v2(tie, one, row - column))
            F = tf.linalg.set_diag(F, tf.zeros_like(s))  # there it is what d ds counts
            total = row + column
            E = (d_row + d_column) / tf.where_v2(tf.equal(total, 0), one, total)
            P = tf.matmul(u, tf.matmul(W, v), adjoint_a=True)
            adjoint = tf.linalg.adjoint(P)
            F, E = tf.cast(F / 2, P.dtype), tf.cast(E / 2, P.dtype)
            middle = F * (P + adjoint) + E * (P - adjoint)
            right = tf.matmul(u, W, adjoint_a=True) - tf.matmul(P, v, adjoint_b=True)
            left = tf.matmul(u, middle) + diagonal_times(tf.matmul(W, v) - tf.matmul(u, P), ratio)
            dA = tf.matmul(left, v, adjoint_b=True) + tf.matmul(diagonal_times(u, ratio), right)
            d_ds = tf.math.real(tf.linalg.diag_part(P))
            return dA, tf.where_v2(zero, tf.zeros_like(ds), d_ds)

        return tf.matmul(diagonal_times(u, ds), v, adjoint_b=True), gradient

    return spectral(A, ds)


def is_rounding(s, A):
    """Which singular values of A are zero but for rounding: s_i <= eps max(M, N) s_1.

    The rule by which NumPy and MATLAB tell the rank.
    """
    larger_side = tf.cast(tf.reduce_max(tf.shape(A)[-2:]), s.dtype)
    return s <= np.finfo(s.dtype.as_numpy_dtype).eps * larger_side * s[..., :1]
