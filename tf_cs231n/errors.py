"""The one exception for a user's mistakes, and checks that need neither NumPy nor TensorFlow."""

import math
import numbers
import os


class InputError(ValueError):
    """A mistake the user can fix: what is wrong and what to do, in one printable line.

    The command line prints the message alone and exits with status 2; a library caller catches
    it as the ``ValueError`` it is.
    """

    def __init__(self, message):
        super().__init__(printable(" ".join(message.splitlines())))


def printable(text):
    r"""A text without what acts on a terminal: escape codes, line ends, direction marks.

    Names of files, and data in files, may hold them.

    >>> printable("\x1b[31mred\u202e")
    '\\x1b[31mred\\u202e'
    """
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def short(error):
    """What an exception of another library says, in the room that one line has."""
    return printable(" ".join(str(error).split()))[:120] or type(error).__name__


def first_line(error):
    """What TensorFlow says went wrong, without the history of the graph that it adds."""
    message = str(getattr(error, "message", error))
    if message.startswith("Graph execution error:"):  # of TensorFlow 2: what failed comes last
        message = message.rpartition("\nNode: ")[2].partition("\n")[2]
    lines = [line for line in message.splitlines() if line.strip()]
    return " ".join(lines[0].split())[:200] if lines else ""


_LACK_OF_MEMORY = (  # what is raised in place of a MemoryError
    "error return without exception set",  # Python 3.11, of the frame of a call
    "can't start new thread",  # Python
    "Bad address",  # TensorFlow, of a buffer to read a file into
    "Operation received an exception:Status: 1,",  # TensorFlow, oneDNN's out_of_memory
)


def is_lack_of_memory(error):
    """Whether there was too little memory, in whichever words a library says so."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "ResourceExhaustedError"
        or any(words in str(error) for words in _LACK_OF_MEMORY)
    )


def shown(value):
    """What came, in the room that one line has: a text in quotes, all else as it prints."""
    text = printable(" ".join((repr(value) if isinstance(value, str) else str(value)).split()))
    return text if len(text) <= 60 else text[:57] + "..."


def one_of(name, value, choices):
    """Return ``value`` if it is one of ``choices``, else raise an `InputError` that lists them."""
    try:
        found = hash(value) is not None and value in choices
    except TypeError:  # a list, an array
        found = False
    if not found:
        listed = ", ".join(str(choice) for choice in choices)
        raise InputError(f"{name}: got {shown(value)}, expected one of {listed}")
    return value


MAX_COUNT = 2**31 - 1  # what TensorFlow and C libraries count to


def check_count(name, value, least=1, most=MAX_COUNT):
    """Return ``value`` as an int if it is whole and from ``least`` to ``most``, else say so."""
    too_large = most < MAX_COUNT
    try:
        if int(value) == value and least <= value <= most:
            return int(value)
        too_large = too_large or value > most
    except (TypeError, ValueError, OverflowError):  # not a number, NaN, infinity
        pass
    bounds = f"from {least} to {most}" if too_large else f"of at least {least}"
    raise InputError(f"{name}: got {shown(value)}, expected a whole number {bounds}")


def check_number(name, value, least=None, above=None, most=None):
    """Return ``value`` as a float if it is finite and within the bounds, else say so.

    Args:
      name: of the argument, for the message.
      value: a Python or NumPy number, or an array of no axes.
      least, above, most: the smallest value, what it must exceed, the greatest; None: any.
    """
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()
    bounds = (
        ("of at least", least, lambda bound: value >= bound),
        ("above", above, lambda bound: value > bound),
        ("of at most", most, lambda bound: value <= bound),
    )
    given = [(words, bound, holds) for words, bound, holds in bounds if bound is not None]
    if not is_finite(value) or not all(holds(bound) for _, bound, holds in given):
        expected = " and ".join(f"{words} {bound}" for words, bound, _ in given)
        raise InputError(
            f"{name}: got {shown(value)}, expected a finite number {expected}".rstrip()
        )
    return float(value)


def is_finite(value):
    """Whether ``value`` is a real number that a float can hold."""
    try:
        return isinstance(value, numbers.Real) and math.isfinite(value)
    except OverflowError:  # an int of more than 308 digits
        return False


def check_seed(name, value):
    """Return ``value`` if ``np.random.RandomState`` takes it as a seed: None, or 0 to 2**32 - 1."""
    return None if value is None else check_count(name, value, 0, 2**32 - 1)


def check_text(name, value):
    """Return ``value`` if it is a str, else say so."""
    if not isinstance(value, str):
        raise InputError(f"{name}: got {shown(value)}, expected a text")
    return value


def check_dict(name, value):
    """Return ``value`` if it is a dict that holds something, else say so."""
    if not isinstance(value, dict) or not value:
        raise InputError(f"{name}: got {shown(value)}, expected a dict that is not empty")
    return value


def check_function(name, value, optional=False):
    """Return ``value`` if it can be called, or is None and ``optional``, else say so."""
    if not callable(value) and not (optional and value is None):
        expected = "a function or None" if optional else "a function"
        raise InputError(f"{name}: got {shown(value)}, expected {expected}")
    return value


def check_path(name, value):
    """Return ``value`` as a str if it can be the path of a file or folder, else say so."""
    path = os.fsdecode(value) if isinstance(value, (str, bytes, os.PathLike)) else ""
    if not path or "\0" in path:
        raise InputError(f"{name}: got {shown(value)}, expected a path")
    return path
