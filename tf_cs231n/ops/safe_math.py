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


@tf.custom_gradient
def singular_values(A):
    """The singular values of A (..., M, N), largest first, with the gradient U diag(ds) V^H.

    From ds_i = Re(u_i^H dA v_i). TensorFlow's own gradient differentiates U and V as well, which
    is NaN where values repeat and missing for complex A. Values that are rounding of zero get no
    gradient: their u_i and v_i are arbitrary.

    Returns:
      (..., min(M, N)), real; NaN where A is not finite.
    """
    unit, scale = to_unit_scale(A, (-2, -1))
    # TensorFlow 1.15 gives finite nonsense for NaN; 2.x logs an error for each.
    finite = tf.reduce_all(tf.math.is_finite(magnitude(unit)), axis=(-2, -1), keepdims=True)
    unit = tf.where_v2(finite, unit, tf.zeros_like(unit))
    finite, scale = finite[..., 0], scale[..., 0]
    s = svd(unit, compute_uv=False)
    nan = tf.constant(np.nan, s.dtype)

    def gradient(ds):
        s, u, v = svd(unit)
        ds = tf.where_v2(is_rounding(s, A), tf.zeros_like(ds), ds)
        ds = tf.where_v2(finite, ds, nan)
        return tf.matmul(u * tf.cast(ds, A.dtype)[..., tf.newaxis, :], v, adjoint_b=True)

    return tf.where_v2(finite, s * scale, nan), gradient


def is_rounding(s, A):
    """Which singular values of A are zero but for rounding: s_i <= eps max(M, N) s_1.

    The rule by which NumPy and MATLAB tell the rank.
    """
    larger_side = tf.cast(tf.reduce_max(tf.shape(A)[-2:]), s.dtype)
    return s <= np.finfo(s.dtype.as_numpy_dtype).eps * larger_side * s[..., :1]
