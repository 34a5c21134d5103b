"""What `saliency`, `fool` and `visualize` share: options, checks of outputs, printed warnings."""

import contextlib
import functools
import os
import warnings

import click

from tf_cs231n.commands.option_types import PATH
from tf_cs231n.terminal import STANDARD, echo

GIF_FRAMES = 20  # about: enough to see the progress, few enough to mail

OVERWRITE = click.option("--overwrite", is_flag=True, help="Replace files that exist.")
GIF = click.option(
    "--gif",
    type=PATH,
    metavar="FILE",
    help="The progress animation, or 'none'.  [default: OUT.gif]",
)


@contextlib.contextmanager
def printed_warnings(say=None):
    """Print each warning of the library in a line; ``say`` prints it, to standard error if None."""
    say = say or functools.partial(echo, err=True)
    with warnings.catch_warnings():
        warnings.simplefilter("always", RuntimeWarning)
        warnings.showwarning = lambda message, *_, **__: say(f"warning: {message}")
        yield


def check_figure(out, overwrite):
    """Complain now about a figure that could not be written later."""
    from tf_cs231n.files import check_output, figure_extension

    figure_extension(out)
    check_output(out, overwrite)


def check_gif(gif, out, overwrite):
    """The animation's name, or None; complain now if it could not be written later.

    ``out`` is the figure beside which it lies unless it was named, if there is one.
    """
    from tf_cs231n.files import animation_extension, check_output

    if gif is None:
        if not out or out == STANDARD:
            return None
        gif = os.path.splitext(out)[0] + ".gif"
    if gif == "none":
        return None
    animation_extension(gif)
    return check_output(gif, overwrite)


def thinned(steps):
    """About `GIF_FRAMES` of the steps, with the first and the last."""
    every = max(1, len(steps) // GIF_FRAMES)
    return steps[:-1:every] + steps[-1:]
