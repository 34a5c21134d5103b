"""The one exception for a user's mistakes, and how its messages show what came."""

import unicodedata


class InputError(ValueError):
    """A mistake the user can fix: what is wrong and what to do, in one line.

    The command line prints the message alone and exits with status 2; a library caller catches
    it as the ``ValueError`` it is.
    """

    def __init__(self, message):
        super().__init__(printable(" ".join(message.splitlines())))


def printable(text):
    r"""A text without what acts on a terminal: escape codes, line ends, direction marks.

    Names of files, and data in files, may hold them. Spaces of any width stay, and the joiners with
    which Persian and Hindi are written.

    >>> printable("\x1b[31mred\u202e")
    '\\x1b[31mred\\u202e'
    """
    return "".join(
        letter
        if letter.isprintable() or letter in _JOINERS or unicodedata.category(letter) == "Zs"
        else letter.encode("unicode_escape").decode()
        for letter in text
    )


_JOINERS = "\u200c\u200d"


def short(error):
    """What an exception of another library says, cut to fit in a line."""
    return printable(" ".join(str(error).split()))[:120] or type(error).__name__


def shown(value):
    """A value, cut to fit in a line: a text in quotes, all else as it prints."""
    text = printable(" ".join((repr(value) if isinstance(value, str) else str(value)).split()))
    return text if len(text) <= 60 else text[:57] + "..."
