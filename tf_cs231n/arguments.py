"""Checks of arguments when a graph is built, shared by whatever builds one."""

import numbers

import numpy as np

from tf_cs231n.arrays import named, native, real_array
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, check_number, is_finite, short, shown
from tf_cs231n.limits import MAX_CONSTANT_BYTES

REAL = (tf.float32, tf.float64)
REAL_OR_COMPLEX = REAL + (tf.complex64, tf.complex128)


def static_number(name, value, least=None, above=None):
    """``value`` as a float, or an `InputError`: it must be known when the graph is built.

    Args:
      name: of the argument, for the message.
      value: a Python or NumPy number; infinity is one.
      least: the smallest value allowed; None: any.
      above: every value above this one is allowed; None: any.
    """
    good = isinstance(value, numbers.Real) and not isinstance(value, bool)
    good = good and (value in (np.inf, -np.inf) or is_finite(value))
    good = good and (least is None or value >= least) and (above is None or value > above)
    if not good:
        what = "a Tensor" if isinstance(value, tf.Tensor) else shown(value)
        bound = f"of at least {least}" if least is not None else f"above {above}"
        raise InputError(
            f"{name}: got {what}, expected a number {bound}, known when the graph is built"
        )
    return float(value)


def as_tensor(name, x, dtypes, rank, axes="(..., N)"):
    """``x`` as a Tensor with at least ``rank`` axes, checked now or, if unknown, when it runs.

    Args:
      name: of the argument, for the messages.
      x: anything that `tf.convert_to_tensor` takes.
      dtypes: those allowed.
      rank: the fewest axes allowed.
      axes: how the message writes the shape.

    Raises:
      InputError: not a tensor, another dtype, or too few axes.
    """
    if isinstance(x, (np.ndarray, np.generic)):
        x = native(np.asarray(x))
    x = _converted(name, x)
    if x.dtype.base_dtype not in dtypes:
        listed = ", ".join(dtype.name for dtype in dtypes)
        raise InputError(
            f"{name}: got dtype {x.dtype.base_dtype.name}, expected one of {listed}; cast it"
        )
    wanted = f"{name}: expected at least {rank} {'axis' if rank == 1 else 'axes'}, {axes}"
    if x.shape.ndims is None:
        with tf.control_dependencies([tf.debugging.assert_rank_at_least(x, rank, message=wanted)]):
            return tf.identity(x)
    if x.shape.ndims < rank:
        raise InputError(f"{wanted}; got shape {tuple(x.shape.as_list())}")
    return x


def float_tensor(name, x, shape, dtype=None):
    """``x`` as a Tensor of real floats whose shape, as far as it is known, fits.

    Args:
      name: of the argument, for the messages.
      x: a Tensor, or an array of numbers.
      shape: a list of sizes, None: any of at least 1; or None: any shape.
      dtype: what an array becomes, and a Tensor must have; None: what it has.
    """
    if not tf.is_tensor(x):  # TensorFlow would make NaN of None, and cast what is complex
        x = real_array(name, x)
        if x.nbytes >= MAX_CONSTANT_BYTES:
            raise InputError(
                f"{name}: got shape {x.shape}, expected less than {MAX_CONSTANT_BYTES >> 30} GB"
            )
    x = _converted(name, x, dtype)
    if x.dtype.base_dtype not in REAL:
        raise InputError(f"{name}: got {x.dtype.name}, expected float32 or float64")
    known, shape = x.shape, tf.TensorShape(shape)
    if not known.is_compatible_with(shape) or (known.ndims and 0 in known.as_list()):
        expected = named(shape.as_list()) if shape.ndims is not None else "at least one number"
        raise InputError(f"{name}: got shape {known}, expected {expected}")
    return x


def _converted(name, x, dtype=None):
    try:
        return tf.convert_to_tensor(x, dtype)
    except (TypeError, ValueError, RuntimeError) as error:  # RuntimeError: an eager Tensor
        raise InputError(f"{name}: cannot be made a tensor: {short(error)}") from error


def number_or_scalar(name, value, least=None, most=None):
    """A scalar Tensor as it is, or a finite number, as `check_number`."""
    if tf.is_tensor(value) and value.shape.ndims in (None, 0):
        return value
    return check_number(name, value, least, most=most)


def check_dtype(name, dtype, dtypes):
    """``dtype`` as a ``tf.DType`` if it is one of ``dtypes``, else an `InputError`."""
    try:
        if dtype is not None and tf.as_dtype(dtype) in dtypes:  # NumPy takes None for float64
            return tf.as_dtype(dtype)
    except (TypeError, ValueError):
        pass
    listed = ", ".join(good.name for good in dtypes)
    raise InputError(f"{name}: got {shown(dtype)}, expected one of {listed}")


def require_entries(name, x, axes=slice(None)):
    """The Tensor ``x``, none of whose ``axes`` (a slice) is empty, checked as early as can be."""
    sizes = x.shape.as_list()[axes] if x.shape.ndims is not None else [None]
    message = f"{name}: expected at least one entry along each axis"
    if 0 in sizes:
        raise InputError(f"{message}; got shape {tuple(x.shape.as_list())}")
    if None in sizes:
        return require(x, message, lambda x: tf.shape(x)[axes] > 0, now=False)
    return x


def require(x, message, holds, now=True):
    """The Tensor ``x``, of which ``holds`` must be true, checked as early as can be.

    Args:
      x: a Tensor.
      message: what is wrong and what was expected.
      holds: function of x, as an array or as a Tensor, that gives booleans.
      now: try when the graph is built; false if ``holds`` works on Tensors alone.

    Returns:
      x; if its numbers are not known yet, with an assertion that runs before it is used.

    Raises:
      InputError: its numbers are known, and ``holds`` is false of one.
    """
    known = tf.get_static_value(x) if now else None
    if known is not None:
        with np.errstate(invalid="ignore"):  # NaN is the caller's to refuse
            good = np.all(holds(known))
        if not good:
            shown = np.array2string(known, precision=6, threshold=8, edgeitems=3)
            raise InputError(f"{message}; got {' '.join(shown.split())}")
        return x
    check = tf.debugging.Assert(tf.reduce_all(holds(x)), [message, x])
    with tf.control_dependencies([check]):
        return tf.identity(x)
