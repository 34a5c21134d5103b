"""What an option takes, refused while the command line is read: before any work, in our words."""

import contextlib

import click
from click.core import ParameterSource

from tf_cs231n.errors import MAX_COUNT, InputError, check_count, check_number, check_path
from tf_cs231n.limits import MAX_AXIS, MAX_SIDE, MIN_SIZE


class Count(click.ParamType):
    """A whole number from ``least`` to ``most``."""

    name = "integer"

    def __init__(self, least=1, most=MAX_COUNT):
        self.least, self.most = least, most

    def get_metavar(self, param, ctx=None):
        return f"{self.least}..{self.most}" if self.most < MAX_COUNT else f"N>={self.least}"

    def convert(self, value, param, ctx):
        with contextlib.suppress(ValueError):
            value = int(value)
        return check_count(param.opts[-1], value, self.least, self.most)


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
        return check_number(param.opts[-1], value, **self.bounds)


class Path(click.ParamType):
    """The path of a file or folder; whether it is there, or can be written, is another question."""

    name = "path"

    def convert(self, value, param, ctx):
        return check_path(param.opts[-1], value)


SEED = Count(0, 2**32 - 1)
PIXELS = Count(MIN_SIZE, MAX_SIDE)
AXIS = Count(most=MAX_AXIS)
PATH = Path()


def refuse_given(names, why):
    """Raise an `InputError` if one of these options of the running command was given."""
    context = click.get_current_context()
    for option in context.command.params:
        source = context.get_parameter_source(option.name)
        if option.name in names and source is ParameterSource.COMMANDLINE:
            raise InputError(f"{option.opts[-1]}: {why}")
