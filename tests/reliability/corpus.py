"""What people pass by mistake, made by code: values of every wrong kind, for any function.

    REFUSED = {"x": bad_arrays(x), "p": bad_numbers(least=1)}
    check_refusals(vector_norm, {"x": x, "p": 2}, REFUSED, takes={("x", "NaN")})

A case is one call with one bad argument among good ones. It must raise an `InputError` of one line
that names an argument; or, where ``takes`` says so because the docstring does, return.
"""

import numpy as np

from tf_cs231n.errors import InputError

HUGE = 2**20  # along every axis; a view of one number, which takes no memory until it is copied
MOST = 54  # powers of two in all, so that NumPy can still count the bytes


def bad_arrays(good):
    """Kinds of mistake in the place of the array ``good``, as dict of kind to value."""
    good = np.asarray(good)
    bad = {
        "None": None,
        "text": "a cat",
        "an object": object(),
        "a dict": {},
        "text dtype": np.full(good.shape, "x"),
        "object dtype": np.full(good.shape, None),
        "an axis too many": good[np.newaxis],
        "an axis too few": good[0] if good.ndim else np.zeros(0, good.dtype),
        "ragged": [[1.0], [1.0, 2.0]],
        "empty": np.zeros((0,) * good.ndim, good.dtype),
        "no rows": good[:0] if good.ndim else np.zeros(0, good.dtype),
        "huge": _huge(good),
    }
    if good.dtype.kind == "f":
        bad.update(
            {
                "ints": np.ones(good.shape, np.int64),
                "bools": np.ones(good.shape, bool),
                "complex": good.astype(complex),
                "NaN": _with(good, np.nan),
                "infinite": _with(good, np.inf),
            }
        )
    elif good.dtype.kind in "iu":
        bad.update(
            {
                "floats": good + 0.5,
                "NaN": _with(good.astype(float), np.nan),
                "negative": _with(good.astype(np.int64), -1),
                "too large": _with(good.astype(np.int64), 2**40),
            }
        )
    return bad


def bad_numbers(least=None, most=None, above=None):
    """In the place of a real number: at least ``least``, at most ``most``, above ``above``."""
    bad = {
        "None": None,
        "text": "many",
        "a list": [1, 2],
        "an object": object(),
        "NaN": float("nan"),
        "infinite": float("inf"),
        "minus infinite": float("-inf"),
        "400 digits": 10**400,
    }
    if least is not None:
        bad["too small"] = least - 1
    if most is not None:
        bad["too large"] = most + 1
    if above is not None:
        bad.update({"the bound": above, "below the bound": above - 1})
    return bad


def bad_counts(least=1, most=None):
    """In the place of a whole number of at least ``least``."""
    return {**bad_numbers(least, most), "a fraction": least + 0.5, "an array": np.array([1, 2])}


def bad_choices():
    """In the place of one word of a few."""
    return {"None": None, "another": "no such choice", "a number": 7, "a list": ["x"], "empty": ""}


def optional(bad):
    """The same where None may stand."""
    return {kind: value for kind, value in bad.items() if kind != "None"}


def check_refusals(function, good, bad, takes=()):
    """Call ``function`` with one bad argument at a time.

    Args:
      function: what is tried.
      good: dict of its keyword arguments; with all of them it must return.
      bad: dict of argument to dict of kind to bad value.
      takes: pairs (argument, kind) that are documented to be taken.

    Returns:
      The number of cases.
    """
    function(**good)
    unused = set(takes) - {(name, kind) for name in bad for kind in bad[name]}
    assert not unused, f"takes what is never tried: {unused}"
    wrong, cases = [], 0
    for name, values in bad.items():
        for kind, value in values.items():
            cases += 1
            outcome = _outcome(function, {**good, name: value})
            expected = "taken" if (name, kind) in takes else "refused"
            if outcome != expected:
                wrong.append(f"{name}, {kind}: {outcome}, expected to be {expected}")
    assert not wrong, "\n".join(wrong)
    return cases


def _outcome(function, arguments):
    """'taken', 'refused', or what went wrong."""
    try:
        function(**arguments)
    except InputError as error:
        message = str(error)
        if "\n" in message:
            return f"InputError of several lines: {message!r}"
        if len(message) > 400:
            return f"InputError of {len(message)} characters"
        if not any(name in message for name in arguments):
            return f"InputError that names no argument: {message}"
        return "refused"
    except Exception as error:  # whatever else is what the test looks for
        return f"{type(error).__name__}: {str(error)[:150]}"
    return "taken"


def _huge(good):
    """One number of ``good``, claimed to be so many along each axis that no memory holds them."""
    side = min(HUGE, 2 ** (MOST // max(good.ndim, 1)))
    return np.broadcast_to(good.ravel()[:1].reshape((1,) * good.ndim), (side,) * good.ndim)


def _with(good, value):
    """``good`` with one number replaced."""
    bad = good.copy()
    if bad.ndim:
        bad[(0,) * bad.ndim] = value
        return bad
    return np.asarray(value)
