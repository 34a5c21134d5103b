"""`tf-cs231n TASK ...` = `python -m tf_cs231n TASK ...`: a line a task, loaded when called."""

import contextlib
import importlib
import os
import signal
import sys
import traceback

import click

from tf_cs231n.errors import InputError, first_line, is_lack_of_memory
from tf_cs231n.interruption import interruptible

# task: (module, one line of help); the module's click command is named as the task.
TASKS = {
    "demo": ("tf_cs231n.commands.demo", "Run every task on built-in data: outputs/index.html."),
    "classify": ("tf_cs231n.commands.classify", "Say what SqueezeNet sees in pictures."),
    "weights": ("tf_cs231n.commands.weights", "Tell of SqueezeNet's weights, or convert them."),
    "saliency": ("tf_cs231n.commands.saliency", "Show which pixels made a class's score."),
    "fool": ("tf_cs231n.commands.fool", "Change a picture unseen until another class is seen."),
    "visualize": ("tf_cs231n.commands.visualize", "Draw what SqueezeNet looks for in a class."),
    "style": ("tf_cs231n.commands.style", "Paint a picture in the manner of others."),
    "invert": ("tf_cs231n.commands.style", "Show what a layer of SqueezeNet keeps of a picture."),
    "texture": ("tf_cs231n.commands.style", "Make more of a picture's texture."),
    "gan": ("tf_cs231n.commands.gan", "Train GANs on digits, draw from them, judge them."),
    "caption": ("tf_cs231n.commands.caption", "Train a captioner, caption pictures, score them."),
    "norms": ("tf_cs231n.commands.norms", "Print every norm of a matrix."),
}


class _Tasks(click.Group):
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
    Ctrl-C or SIGTERM, and with 1, as click, where `| head` has closed our output.
    ``--debug`` anywhere, or ``TF_CS231N_DEBUG`` set, shows the traceback instead.
    """
    _open_standard_error()
    # Of notebooks' shells, such as "inline"; we draw without one, and matplotlib may not know it.
    os.environ.pop("MPLBACKEND", None)
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    debug = bool(os.environ.get("TF_CS231N_DEBUG")) or "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    program = f"tf-cs231n {task}" if task else "tf-cs231n"
    command = tf_cs231n.get_command(None, task) if task else tf_cs231n
    try:
        _run(command, arguments, program)
    except (click.exceptions.Abort, KeyboardInterrupt) as stop:
        # click wraps Ctrl-C; training.Stopped, which is one, says how to go on.
        _fail(str(stop.__cause__ or stop) or "stopped", debug, status=130)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        _fail(error.format_message(), debug)
    except InputError as error:
        _fail(str(error), debug)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}{error.strerror or error}", debug)
    except Exception as error:
        if not is_lack_of_memory(error):
            raise
        _fail_without_memory(error, debug)


def _open_standard_error():
    """Where it is closed, messages go nowhere, and not into the next file that is opened."""
    if sys.stderr is None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        sys.stderr = os.fdopen(2, "w", closefd=False)


@interruptible(signal.SIGINT, signal.SIGTERM)
def _run(command, arguments, program):
    """A function of its own, so that a signal that comes at the very end is raised in a `try`."""
    command.main(arguments, prog_name=program, standalone_mode=False)


def _fail_without_memory(error, debug):
    reason = "" if isinstance(error, SystemError) else first_line(error)
    try:
        _fail(f"out of memory: {reason}" if reason else "out of memory", debug)
    finally:
        # C++ threw this through TensorFlow, whose allocator stays locked: to free a Tensor, as
        # Python does at its end, would take for ever.
        if reason == "std::bad_alloc":
            with contextlib.suppress(AttributeError, OSError, ValueError):  # no standard output
                sys.stdout.flush()
            os._exit(2)


def _fail(message, debug, status=2):
    if debug:
        traceback.print_exc()
    with contextlib.suppress(OSError):  # nobody may be listening
        click.echo(f"error: {' '.join(message.split())}", err=True)
    sys.exit(status)
