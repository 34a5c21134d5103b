"""The one checker: counts, numbers, names, and shapes by their letters, for arrays and Tensors.

A public function checks its arguments in its first lines and then trusts them; what it calls checks
nothing. Each check names the argument, says what came and what was expected, as an `InputError`::

    checks.counts(batch_size=batch_size, num_steps=num_steps)
    sizes = checks.shapes(x=(x, "N T D"), Wx=(Wx, "D 4H"))
"""

import math
import numbers as python_numbers
import re

import numpy as np

from tf_cs231n.errors import InputError, shown

_AXIS = re.compile(r"(\d*)([A-Za-z']*)")


def counts(least=1, most=None, **values):
    """Whole numbers from ``least`` to ``most``; None: any."""
    for name, value in values.items():
        whole = isinstance(value, python_numbers.Integral) and not isinstance(value, bool)
        if not whole or value < least or (most is not None and value > most):
            bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
            raise InputError(f"{name}: got {shown(value)}, expected a whole number {bounds}")


def numbers(least=None, above=None, most=None, finite=True, **values):
    """Real numbers within the bounds; ``above`` is one that a number must exceed.

    Infinity is refused unless ``finite`` is False; NaN always is.
    """
    bounds = [("of at least", least), ("above", above), ("of at most", most)]
    expected = " and ".join(f"{words} {bound}" for words, bound in bounds if bound is not None)
    for name, value in values.items():
        good = isinstance(value, python_numbers.Real) and not isinstance(value, bool)
        good = good and not math.isnan(value) and (not finite or math.isfinite(value))
        good = good and (least is None or value >= least) and (above is None or value > above)
        if not good or (most is not None and value > most):
            raise InputError(f"{name}: got {shown(value)}, expected a number {expected}".rstrip())


def one_of(choices, **values):
    """Values that are among ``choices``, whose names the message lists."""
    for name, value in values.items():
        if not any(type(value) is type(choice) and value == choice for choice in choices):
            listed = ", ".join(map(str, choices))
            raise InputError(f"{name}: got {shown(value)}, expected one of {listed}")


def same_length(**lists):
    """Lists of one length."""
    lengths = {name: len(values) for name, values in lists.items()}
    if len(set(lengths.values())) > 1:
        got = ", ".join(f"{length} {name}" for name, length in lengths.items())
        raise InputError(f"got {got}; expected as many of each")


def shapes(sizes=None, kinds="f", **arguments):
    """Arrays or Tensors whose shapes fit their letters; equal letters are equal sizes.

    >>> sizes = shapes(x=(np.ones((3, 5)), "N D"), Wx=(np.ones((5, 8)), "D 4H"))
    >>> sizes == {"N": 3, "D": 5, "H": 2}
    True

    Args:
      sizes: dict of letter to size, where sizes are known beforehand.
      kinds: NumPy's letters of the types allowed: "f", floats, "fc" or "iu", integers.
      **arguments: ``name=(array, letters)``. A letter takes its size where it first stands; 4H is a
        multiple of four; a number is itself; "..." at the start is any axes. A Tensor's axis of
        unknown size fits everything.

    Returns:
      Dict of letter to size, without those that are unknown.

    Raises:
      InputError: not an array or a Tensor of such numbers, or a shape that does not fit.
    """
    return _shapes(kinds, sizes, arguments)


def indices(below, sizes=None, **arguments):
    """Arrays or Tensors of integers, ``name=(array, letters)``; an array's are in 0..below - 1."""
    sizes = _shapes("iu", sizes, arguments)
    for name, (array, _) in arguments.items():
        if isinstance(array, np.ndarray) and array.size:
            for index in (array.min(), array.max()):
                if not 0 <= index < below:
                    raise InputError(f"{name}: got index {index}, expected 0 to {below - 1}")
    return sizes


def finite(**arrays):
    """Arrays without NaN and infinity."""
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise InputError(f"{name}: got NaN or infinite numbers, expected finite ones")


def array(name, value, letters, sizes=None):
    """``value`` as an array of finite real numbers whose shape fits the letters, else say so.

    Args:
      name: of the argument, for the message.
      value: anything that `np.asarray` takes.
      letters, sizes: as for `shapes`.

    Returns:
      The array in this machine's byte order, in which TensorFlow reads any; ``value`` itself if
      that is one.
    """
    try:
        found = np.asarray(value)
    except (TypeError, ValueError, NotImplementedError) as error:  # ragged lists, Tensors
        raise InputError(f"{name}: got {shown(value)}, expected an array") from error
    _shapes("fiu", sizes, {name: (found, letters)})
    finite(**{name: found})
    return found.astype(found.dtype.newbyteorder("="), copy=False)


def broadcast(name, value, like):
    """``value``, finite real numbers, as an array of the shape and dtype of the array ``like``."""
    found = array(name, value, "...")
    try:
        return np.broadcast_to(found.astype(like.dtype, copy=False), like.shape)
    except ValueError as error:
        raise InputError(
            f"{name}: got shape {found.shape}, expected one that broadcasts to {like.shape}"
        ) from error


_WORDS = {"f": "floats", "fc": "floats or complex numbers", "iu": "integers", "fiu": "real numbers"}


def _shapes(kinds, sizes, arguments):
    sizes = dict(sizes or {})
    for name, (value, letters) in arguments.items():
        shape = getattr(value, "shape", None)
        if shape is None or not hasattr(value, "dtype"):
            raise InputError(f"{name}: got {shown(value)}, expected an array {letters}")
        dtype = np.dtype(getattr(value.dtype, "as_numpy_dtype", value.dtype))
        if dtype.kind not in kinds:
            raise InputError(f"{name}: got {dtype}, expected {_WORDS[kinds]}")
        if getattr(shape, "ndims", 0) is not None:  # of a Tensor it may be unknown
            axes = shape.as_list() if hasattr(shape, "as_list") else list(shape)
            _fit(name, axes, letters, sizes)
    return sizes


def _fit(name, shape, letters, sizes):
    """Compare a shape with its letters, and note the sizes of letters that are new."""
    axes, before = letters.split(), dict(sizes)
    tail = shape
    if "..." in axes:
        named = len(axes) - 1
        tail = shape[:named] if axes[-1] == "..." else shape[max(len(shape) - named, 0) :]
        axes.remove("...")
    fits = len(tail) == len(axes)
    for axis, size in zip(axes, tail):
        factor, letter = _AXIS.match(axis).groups()
        factor = int(factor or 1)
        if size is not None:
            expected = sizes.setdefault(letter, size // factor) * factor if letter else factor
            fits = fits and size == expected
    if not fits:
        known = [f"{axis}={before[axis]}" for axis in axes if axis in before]
        with_sizes = f" with {', '.join(known)}" if known else ""
        raise InputError(
            f"{name}: got shape {tuple(shape)}, expected ({', '.join(letters.split())}){with_sizes}"
        )
