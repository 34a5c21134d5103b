"""Numeric gradients by centred differences, and the relative error to judge others by.

The difference quotient ``(f(x + h) - f(x - h)) / 2h`` is off by about ``h^2 f'''(x) / 6`` from
truncation and ``1e-16 f(x) / h`` from rounding; with ``h = 1e-5`` in float64 both are near 1e-11.
"""

import itertools

import numpy as np

from tf_cs231n import checks
from tf_cs231n.errors import InputError


def eval_numerical_gradient(f, x, verbose=True, h=1e-5):
    """Gradient of a scalar function: ``df/dx[k] = (f(x + h e_k) - f(x - h e_k)) / 2h``.

    >>> x = np.array([1.0, 2.0, 3.0])
    >>> eval_numerical_gradient(lambda x: np.sum(x**3), x, verbose=False).round(6)
    array([ 3., 12., 27.])

    Args:
      f: function of one array that returns a number.
      x: float64 array, the point; it is changed in place while this runs, and put back.
      verbose: print each component as it is found.
      h: half the width of the difference, greater than 0.

    Returns:
      Float64 array of x's shape.

    Raises:
      InputError: ``x`` is not a float64 array, or ``h`` is not positive.
      ValueError: ``f`` returns more than one number, as `eval_numerical_gradient_array` takes.
    """

    _check_point(x, h)
    grad = np.zeros_like(x)
    for index, rise in _differences(lambda x: np.asarray(f(x)).item(), x, h):
        grad[index] = rise / (2 * h)
        if verbose:
            print(index, grad[index])
    return grad


def eval_numerical_gradient_array(f, x, df, h=1e-5):
    """Gradient of ``sum(f(x) * df)``: what a backward pass returns for the upstream ``df``.

    >>> x = np.array([[1.0, 2.0]])
    >>> upstream = np.array([[1.0], [10.0]])
    >>> eval_numerical_gradient_array(lambda x: x.T**2, x, upstream).round(6)
    array([[ 2., 40.]])

    Args:
      f: function of one array that returns an array.
      x: float64 array, the point; it is changed in place while this runs, and put back.
      df: array of f(x)'s shape, or a number: the gradient of a scalar with respect to ``f(x)``.
      h: half the width of the difference, greater than 0.

    Returns:
      Float64 array of x's shape.

    Raises:
      InputError: ``x`` is not a float64 array, ``df`` does not fit, or ``h`` is not positive.
    """
    _check_point(x, h)
    grad, df = np.zeros_like(x), _floats(df)
    # f may return its own buffer, or x itself: keep a copy of the value.
    for index, rise in _differences(lambda x: np.array(_floats(f(x))), x, h):
        if df.ndim and df.shape != rise.shape:
            raise InputError(f"df: got shape {df.shape}, expected that of f(x), {rise.shape}")
        grad[index] = np.sum(rise * df) / (2 * h)
    return grad


def rel_error(x, y):
    """Largest relative difference, ``max |x - y| / max(1e-8, |x| + |y|)``: 0 alike, 1 worst.

    Below 1e-7 a float64 gradient is right; above 1e-4 it is wrong, or ``f`` has a kink.

    >>> round(rel_error(np.array([1.0, 2.0]), np.array([1.0, 2.2])), 4)
    0.0476

    Args:
      x, y: arrays of one shape, or numbers; real or complex.

    Returns:
      A float in [0, 1]; NaN if either has a NaN.

    Raises:
      InputError: the shapes differ.
    """
    x, y = _floats(x), _floats(y)
    if x.shape != y.shape and x.ndim and y.ndim:
        raise InputError(f"x and y: got shapes {x.shape} and {y.shape}, expected one shape")
    if x.size == 0:
        return 0.0
    return float(np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y))))


def _differences(f, x, h):
    """Yield ``(index, f(x + h e_index) - f(x - h e_index))`` for every index of ``x``."""
    for index in itertools.product(*map(range, x.shape)):
        value = x[index]
        try:
            x[index] = value + h
            above = f(x)
            x[index] = value - h
            below = f(x)
        finally:
            x[index] = value
        yield index, above - below


def _floats(value):
    """``value`` as an array; whole numbers as floats, since differences of uint8 wrap around."""
    array = np.asarray(value)
    return array if array.dtype.kind in "fc" else array.astype(np.float64)


def _check_point(x, h):
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        raise InputError(
            f"x: got {getattr(x, 'dtype', type(x).__name__)}, expected a float64 array:"
            " anything coarser drowns a difference of h"
        )
    checks.numbers(h=h, above=0)
