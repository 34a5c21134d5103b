"""Checks of arguments that name the argument, what came and what was expected."""

import re

import numpy as np

from tf_cs231n.errors import InputError

_SIZE = re.compile(r"(\d*)([A-Z])")


def check_shapes(known=None, **arguments):
    """Check floating-point arrays against shapes in letters; equal letters are equal sizes.

    >>> sizes = check_shapes(x=(np.ones((3, 5)), "N D"), Wx=(np.ones((5, 8)), "D 4H"))
    >>> sizes == {"N": 3, "D": 5, "H": 2}
    True

    Args:
      known: a dict from letter to size, where sizes are known beforehand.
      **arguments: ``name=(array, letters)``; a new letter takes its size where it first stands.

    Returns:
      A dict from letter to size.

    Raises:
      InputError: not a floating-point NumPy array, an empty axis, or sizes that disagree.
    """
    sizes = dict(known or {})
    for name, (array, letters) in arguments.items():
        if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
            raise InputError(
                f"{name}: got {_kind(array)}, expected a float32 or float64 NumPy array "
                f"of shape {_shape(letters.split())}"
            )
        _bind(name, array, letters, sizes)
    return sizes


def check_indices(known, why="the vocabulary has {} words", **arguments):
    """Check integer arrays whose values are words of a vocabulary, in [0, V).

    Args:
      known: a dict from letter to size; V is the size of the vocabulary.
      why: the reason that the message gives, if it is not a vocabulary.
      **arguments: ``name=(array, letters)``, as for `check_shapes`.

    Raises:
      InputError: not an integer NumPy array, another shape, or an index out of range.
    """
    sizes, V = dict(known), known["V"]
    for name, (array, letters) in arguments.items():
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "iu":
            raise InputError(
                f"{name}: got {_kind(array)}, expected a NumPy array of integers "
                f"of shape {_shape(letters.split())}"
            )
        _bind(name, array, letters, sizes)
        low, high = array.min(), array.max()
        if low < 0 or high >= V:
            raise InputError(
                f"{name}: got index {low if low < 0 else high}, expected 0 to {V - 1}: "
                f"{why.format(V)}"
            )


def _bind(name, array, letters, sizes):
    """Compare a shape with ``letters``; put the sizes of new letters into ``sizes``."""
    tokens = [(int(factor or 1), letter) for factor, letter in _SIZE.findall(letters)]
    bound = dict(sizes)
    fits = len(tokens) == array.ndim and array.size > 0
    for (factor, letter), size in zip(tokens, array.shape):
        fits = fits and bound.setdefault(letter, size // factor) * factor == size
    if not fits:
        named = letters.split()
        known = [
            str(factor * sizes[letter]) if letter in sizes else token
            for (factor, letter), token in zip(tokens, named)
        ]
        expected = _shape(named) if known == named else f"{_shape(named)} = {_shape(known)}"
        raise InputError(
            f"{name}: got shape {array.shape}, expected {expected}, every axis at least 1"
        )
    sizes.update(bound)


def _shape(sizes):
    return f"({', '.join(sizes)}{',' * (len(sizes) == 1)})"


def _kind(value):
    is_array = isinstance(value, np.ndarray)
    return f"an array of {value.dtype}" if is_array else f"a {type(value).__name__}"
