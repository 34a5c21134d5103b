"""`tf-cs231n TASK ...` = `python -m tf_cs231n TASK ...`: one line a task, loaded when called."""

import contextlib
import importlib
import os
import sys
import traceback

import click

from tf_cs231n.commands.groups import Group
from tf_cs231n.errors import InputError, printable
from tf_cs231n.interruption import stoppable
from tf_cs231n.terminal import standard_output

# task: (module, one line of help); the module's click command is named as the task.
TASKS = {
    "demo": ("tf_cs231n.commands.demo", "Run every task on built-in data: outputs/index.html."),
    "classify": ("tf_cs231n.commands.classify", "Print what SqueezeNet sees in images."),
    "weights": ("tf_cs231n.commands.weights", "Inspect or convert SqueezeNet's weights."),
    "saliency": ("tf_cs231n.commands.saliency", "Show which pixels a class's score depends on."),
    "fool": ("tf_cs231n.commands.fool", "Make a small change that fools SqueezeNet."),
    "visualize": ("tf_cs231n.commands.visualize", "Draw what SqueezeNet looks for in a class."),
    "style": ("tf_cs231n.commands.style", "Paint an image in the style of others."),
    "invert": ("tf_cs231n.commands.style", "Show what a layer of SqueezeNet keeps of an image."),
    "texture": ("tf_cs231n.commands.style", "Make a new image with another's texture."),
    "gan": ("tf_cs231n.commands.gan", "Train GANs on digits, sample and score them."),
    "caption": ("tf_cs231n.commands.caption", "Train a captioner, caption images, score captions."),
    "worker": ("tf_cs231n.commands.worker", "Compute for a training on another machine."),
    "norms": ("tf_cs231n.commands.norms", "Print every norm of a matrix."),
    "information": ("tf_cs231n.commands.theory", "Print entropies and KL of two distributions."),
    "likelihood": ("tf_cs231n.commands.theory", "Fit a distribution by maximum likelihood."),
    "studio": ("tf_cs231n.commands.studio", "Open the toolkit as a page in the browser."),
    "assignment": ("tf_cs231n.commands.assignment", "Exercises: skeletons, hints, your progress."),
    "check": ("tf_cs231n.commands.check", "Check your functions of the assignment."),
    "grade": ("tf_cs231n.commands.grade", "Grade a class."),
}


class _Tasks(Group):
    """Imports a task's module when the task is called, so that `--help` needs no TensorFlow."""

    def list_commands(self, ctx):
        return list(TASKS)

    def get_command(self, ctx, name):
        if name not in TASKS:
            return None
        return getattr(importlib.import_module(TASKS[name][0]), name)

    def format_commands(self, ctx, formatter):
        with formatter.section("Tasks"):
            formatter.write_dl([(name, text) for name, (_, text) in TASKS.items()])


@click.group(cls=_Tasks, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="tf-cs231n")
def tf_cs231n(debug):
    """CS231n assignment 3 in TensorFlow graph mode; see `tf-cs231n TASK --help`."""


def main(task=None, arguments=None):
    """Run the command line; with ``task``, as if its name stood before the arguments.

    Exits with 0, with 2 and one line on standard error for a user's mistake, with 130 after
    Ctrl-C, SIGTERM or SIGHUP, and with 1 where some of many inputs were skipped and, as click,
    where `| head` has closed our output.
    ``--debug`` anywhere, or ``TF_CS231N_DEBUG`` set, shows the traceback instead.
    """
    _open_standard_error()
    # A notebook's shell sets it, to "inline" for example; we draw without a display.
    os.environ.pop("MPLBACKEND", None)
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    debug = bool(os.environ.get("TF_CS231N_DEBUG")) or "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    program = f"tf-cs231n {task}" if task else "tf-cs231n"
    try:
        with stoppable(command_line=True) as stop, standard_output():
            command = tf_cs231n.get_command(None, task) if task else tf_cs231n
            status = command.main(arguments, prog_name=program, standalone_mode=False)
            stop.check()  # a command without a loop stops here
            if status:  # what `Context.exit` was given
                sys.exit(status)
    except (click.exceptions.Abort, KeyboardInterrupt) as stopped:
        # click wraps a KeyboardInterrupt; a `Stopped` says what is kept.
        _fail(str(stopped.__cause__ or stopped) or "stopped", debug, status=130)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        _fail(error.format_message(), debug)
    except InputError as error:
        _fail(str(error), debug)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}{error.strerror or error}", debug)
    except Exception as error:
        # By its name, since TensorFlow may not be loaded.
        if not isinstance(error, MemoryError) and type(error).__name__ != "ResourceExhaustedError":
            raise
        _fail("out of memory: close other programs, or ask for smaller or fewer images", debug)


def _open_standard_error():
    """Where it is closed, messages go nowhere instead of into the next file that is opened."""
    if sys.stderr is None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        sys.stderr = os.fdopen(2, "w", closefd=False)


def _fail(message, debug, status=2):
    if debug:
        traceback.print_exc()
    with contextlib.suppress(OSError):  # nobody may be listening
        click.echo(f"error: {printable(' '.join(message.split()))}", err=True)
    sys.exit(status)
