"""Types of options: what is wrong is said while the command line is read, before any work."""

import contextlib
import os

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from tf_cs231n import checks
from tf_cs231n.errors import InputError, shown
from tf_cs231n.terminal import STANDARD, keep_standard_output


class Count(click.ParamType):
    """A whole number from ``least`` to ``most``; None: any."""

    name = "integer"

    def __init__(self, least=1, most=None):
        self.least, self.most = least, most

    def get_metavar(self, param, ctx=None):
        return f"N>={self.least}" if self.most is None else f"{self.least}..{self.most}"

    def convert(self, value, param, ctx):
        with contextlib.suppress(ValueError):
            value = int(value)
        checks.counts(self.least, self.most, **{param.opts[-1]: value})
        return value


class Number(click.ParamType):
    """A finite number of at least ``least``, above ``above`` and of at most ``most``."""

    name = "float"

    def __init__(self, least=None, above=None, most=None):
        self.bounds = {"least": least, "above": above, "most": most}

    def get_metavar(self, param, ctx=None):
        signs = zip((">=", ">", "<="), self.bounds.values())
        return "X" + " ".join(f"{sign}{bound}" for sign, bound in signs if bound is not None)

    def convert(self, value, param, ctx):
        with contextlib.suppress(ValueError):
            value = float(value)
        checks.numbers(**self.bounds, **{param.opts[-1]: value})
        return value


class NumberList(click.ParamType):
    """Numbers such as ``0.5``, ``1/255`` or ``124,117,104``, a list; each above ``above``.

    Args:
      lengths: how many there may be; None: any number of them.
    """

    name = "numbers"

    def __init__(self, above=None, lengths=(1, 3)):
        self.above, self.lengths = above, lengths

    def get_metavar(self, param, ctx=None):
        return "X[,X,X]" if self.lengths else "X,X,..."

    def convert(self, value, param, ctx):
        if isinstance(value, list):
            return value
        name = param.opts[-1]
        try:
            parts = [word.partition("/") for word in value.replace(",", " ").split()]
            found = [float(above) / float(below or 1) for above, _, below in parts]
        except (ValueError, ZeroDivisionError):
            found = []
        if not found or self.lengths and len(found) not in self.lengths:
            expected = "a number, or one a channel" if self.lengths else "numbers such as 1/2,0.3"
            raise InputError(f"{name}: got {shown(value)}, expected {expected}")
        for number in found:
            checks.numbers(above=self.above, **{name: number})
        return found


class Square(click.ParamType):
    """A square of an image, ``LEFT,TOP,SIDE`` in pixels: three whole numbers."""

    name = "LEFT,TOP,SIDE"

    def convert(self, value, param, ctx):
        name = param.opts[-1]
        try:
            left, top, side = map(int, value.split(","))
        except ValueError as error:
            raise InputError(f"{name}: got {shown(value)}, expected LEFT,TOP,SIDE") from error
        checks.counts(0, **{f"{name} LEFT": left, f"{name} TOP": top})
        checks.counts(**{f"{name} SIDE": side})
        return left, top, side


class Path(click.ParamType):
    """The path of a file or folder, which need not be there."""

    name = "path"

    def convert(self, value, param, ctx):
        if not value:
            raise InputError(f"{param.opts[-1]}: got no name, expected a path")
        return os.fsdecode(value)

    def shell_complete(self, ctx, param, incomplete):
        return [CompletionItem(incomplete, type="file")]


class OutputPath(Path):
    """The path of a file to write; ``-`` keeps standard output for it."""

    def convert(self, value, param, ctx):
        if value == STANDARD:
            keep_standard_output()
        return super().convert(value, param, ctx)


SEED = Count(0, 2**32 - 1)
PIXELS = Count(32)  # SqueezeNet's least
AXIS = Count()
PATH = Path()
OUTPUT = OutputPath()


def refuse_given(names, why):
    """Raise an `InputError` if one of these options of the running command was given."""
    context = click.get_current_context()
    for option in context.command.params:
        source = context.get_parameter_source(option.name)
        if option.name in names and source is ParameterSource.COMMANDLINE:
            raise InputError(f"{option.opts[-1]}: {why}")
