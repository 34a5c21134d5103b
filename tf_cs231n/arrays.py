"""Checks of arrays that people pass: shape, dtype, finite numbers, a size that fits; of lists."""

import numpy as np

from tf_cs231n.errors import InputError, check_text, shown
from tf_cs231n.limits import MAX_ARRAY_BYTES


def check_array(name, value, shape, dtype=None, finite=True):
    """``value`` as an array of finite real numbers, or an `InputError`.

    Args:
      name: of the argument, for the message.
      value: anything that `np.asarray` takes.
      shape: a tuple of sizes; None: any of at least 1.
      dtype: the one that it must have; None: any floats or integers.
      finite: whether NaN and infinity are refused, which takes a look at every number.

    Returns:
      An array; ``value`` itself if it is one.
    """
    array = real_array(name, value, dtype)
    fits = array.ndim == len(shape)
    if not fits or any(n < 1 or e not in (None, n) for e, n in zip(shape, array.shape)):
        raise InputError(f"{name}: got shape {array.shape}, expected {named(shape)}")
    return _finite(name, array) if finite else array


def check_list(name, values, num=None, most=None):
    """Return ``values`` if it is a list, tuple or array of the right length, else say so.

    Args:
      name: of the argument, for the message.
      values: anything.
      num: the only length; None: any of at least 1.
      most: the greatest length; None: any.
    """
    is_list = isinstance(values, (list, tuple))
    is_list = is_list or (isinstance(values, np.ndarray) and values.ndim > 0)
    if num is not None:
        fits, expected = is_list and len(values) == num, num
    elif most is None:
        fits, expected = is_list and len(values) > 0, "at least 1"
    else:
        fits, expected = is_list and 0 < len(values) <= most, f"1 to {most}"
    if not fits:
        got = f"length {len(values)}" if is_list else shown(values)
        raise InputError(f"{name}: got {got}, expected a list of length {expected}")
    return values


def check_texts(name, values, num=None, most=None):
    """Return ``values`` if it is a `check_list` of str, else say so."""
    for value in check_list(name, values, num, most):
        check_text(f"{name}: each", value)
    return values


def named(shape):
    """How a message writes a shape: N for an unknown first axis, "any" for others."""
    sizes = ["N" if axis == 0 else "any" for axis in range(len(shape))]
    sizes = [str(e or size) for e, size in zip(shape, sizes)]
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"


def broadcast(name, value, like, finite=True):
    """``value`` as finite numbers of the shape and dtype of the array ``like``, or an `InputError`.

    Args:
      name: of the argument, for the message.
      value: a number or an array of fewer axes or of axes of size 1, such as (C,) to (N, H, W, C).
      like: an array of floats.
      finite: whether NaN and infinity are refused.
    """
    array = real_array(name, value)
    try:
        np.broadcast_to(array, like.shape)  # before anything is copied
    except ValueError as error:
        raise InputError(
            f"{name}: got shape {array.shape}, expected one that broadcasts to {like.shape}"
        ) from error
    array = array.astype(like.dtype, copy=False)
    return np.broadcast_to(_finite(name, array) if finite else array, like.shape)


def real_array(name, value, dtype=None):
    """``value`` as an array of floats or integers, or an `InputError`; of ``dtype``, if given."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, NotImplementedError) as error:  # ragged lists, Tensors
        raise InputError(f"{name}: got {shown(value)}, expected an array") from error
    if array.dtype.kind not in "fiu" or (dtype is not None and array.dtype != dtype):
        wanted = "real numbers" if dtype is None else np.dtype(dtype).name
        got = f"an array of {array.dtype}" if array.ndim else shown(value)
        raise InputError(f"{name}: got {got}, expected {wanted}")
    if array.nbytes > MAX_ARRAY_BYTES:
        raise InputError(
            f"{name}: got shape {array.shape}, expected at most {MAX_ARRAY_BYTES >> 30} GB"
        )
    return native(array)


def native(array):
    """The array in this machine's byte order, which TensorFlow takes any array to be in."""
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _finite(name, array):
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InputError(f"{name}: got NaN or infinite numbers, expected finite ones")
    return array
