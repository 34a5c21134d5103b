"""The one exception for a user's mistakes."""


class InputError(ValueError):
    """A mistake that the user can mend: what is wrong and what to do, in one line.

    The command line prints the message alone and exits with status 2; a library caller catches
    it as the ``ValueError`` it is.
    """


def short(error):
    """What an exception of another library says, in the room that one line has."""
    return " ".join(str(error).split())[:120] or type(error).__name__


def one_of(name, value, choices):
    """Return ``value`` if it is one of ``choices``, else raise an `InputError` that lists them."""
    if value not in choices:
        listed = ", ".join(str(choice) for choice in choices)
        raise InputError(f"{name}: got {value!r}, expected one of {listed}")
    return value


def check_count(name, value, least=1):
    """Return ``value`` as an int if it is a whole number of at least ``least``, else say so."""
    try:
        if int(value) == value and value >= least:
            return int(value)
    except (TypeError, ValueError, OverflowError):  # not a number, NaN, infinity
        pass
    raise InputError(f"{name}: got {value}, expected a whole number of at least {least}")
