"""Checks of arguments that name the argument, what came and what was expected."""

import re

import numpy as np

from tf_cs231n.arrays import check_array
from tf_cs231n.errors import InputError, short, shown

ANY = None  # as many axes as one likes
_SIZE = re.compile(r"(\d*)([A-Z])")


def open_cache(cache, layer, *ndims):
    """The parts of a cache, known as ``layer``'s by their number of axes; 0: no array."""
    parts = cache if isinstance(cache, tuple) else ()
    fits = len(parts) == len(ndims)
    for part, ndim in zip(parts, ndims):
        fits = fits and (ndim is ANY or getattr(part, "ndim", 0) == ndim)
    if not fits:
        raise InputError(f"cache: got {_kind(cache)}, expected the one that {layer} returned")
    return cache


def check_vocabulary(word_to_idx, required, holes=False):
    """Return ``word_to_idx`` if it numbers its words 0 to V - 1 and has the required ones.

    Args:
      word_to_idx: dict of word to index.
      required: special words that must be in it.
      holes: whether words without angle brackets may have any number.
    """
    if not isinstance(word_to_idx, dict) or not all(isinstance(w, str) for w in word_to_idx):
        raise InputError(
            f"word_to_idx: got {shown(word_to_idx)}, expected a dict from word to index that has "
            f"{', '.join(required)}"
        )
    missing = [word for word in required if word not in word_to_idx]
    if missing:
        raise InputError(f"word_to_idx: {', '.join(missing)} is missing")
    V, seen = len(word_to_idx), set()
    for word, index in word_to_idx.items():
        good = isinstance(index, (int, np.integer)) and not isinstance(index, bool)
        if not holes or word.startswith("<"):
            good = good and 0 <= index < V and index not in seen
        if not good:
            raise InputError(
                f"word_to_idx: got {shown(index)} for {short(word)}, expected 0 to {V - 1}: its "
                "values must be 0, 1, ..., V - 1, each once"
            )
        seen.add(index)
    return word_to_idx


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
        check_array(name, array, array.shape)  # too large to look at
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
