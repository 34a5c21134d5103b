"""What a command found as data: rows of one schema, for --json and --csv."""

import contextlib
import csv
import functools
import io
import json
import math
import os

import click

from tf_cs231n import terminal
from tf_cs231n.commands.option_types import PATH
from tf_cs231n.files import cannot_write, check_distinct, check_output, whole_file

# The columns of every command's rows, in their order; docs/results.md says the same.
COLUMNS = {
    "input": "the image, file or folder as it was named; - is standard input",
    "output": "the file that --out-dir has for it",
    "method": "how it was explained, attacked or captioned",
    "class": "number of a class",
    "class_name": "its name",
    "rank": "place among the classes or captions, 1 is the best",
    "score": "of the class, unnormalized",
    "probability": "of the class, 0 to 1",
    "fooled": "whether the network was fooled",
    "iterations": "steps that were taken",
    "l2": "the change's L2 norm, in levels of 0..255",
    "linf": "its greatest change of a pixel, in levels of 0..255",
    "text": "a caption",
    "log_probability": "of the caption, in nats",
    "true": "whether the caption is true, where the scene is known",
    "subject": "who or what is measured",
    "metric": "what is measured",
    "at": "for which order, digit or number of kernels, where a metric has several",
    "value": "the metric's value, mostly a number",
    "lower_bound": "whether the value is only a lower bound",
}
_NOT_SETTINGS = ("images", "out", "out_dir", "format", "gif", "image_out", "show", "digits")
_NOT_SETTINGS += ("resume", "jobs", "scheduler", "threads")
_NOT_SETTINGS += ("overwrite", "json_file", "csv_file")


def results_options(*columns):
    """Give a command --json, --csv and --overwrite, and its function a `Results` as ``results``."""
    options = (
        click.option("--json", "json_file", type=PATH, metavar="FILE", help="Results; -: printed."),
        click.option("--csv", "csv_file", type=PATH, metavar="FILE", help="The same as a table."),
        click.option("--overwrite", is_flag=True, help="Replace files that exist."),
    )

    def decorate(function):
        @functools.wraps(function)
        def command(*args, json_file, csv_file, overwrite, **arguments):
            results = Results(columns, json_file, csv_file, overwrite)
            return function(*args, results=results, **arguments)

        for option in reversed(options):
            command = option(command)
        return command

    return decorate


class Results:
    """Rows of numbers, written while they are found; a context manager.

    Args:
      columns: those of `COLUMNS` that the command fills.
      json_file, csv_file: where to; ``-``: standard output, and then everything else that is
        printed goes to standard error; None: nowhere.
      overwrite: whether files that exist may be replaced.

    Attributes:
      overwrite: as given.  settings: the command's options, a dict of JSON values.
    """

    def __init__(self, columns, json_file=None, csv_file=None, overwrite=False):
        check_distinct(json_file, csv_file)
        self.columns = [name for name in COLUMNS if name in columns]
        self.overwrite = overwrite
        self._paths = json_file, csv_file
        for path in filter(None, self._paths):
            if path == terminal.STANDARD:
                terminal.keep_standard_output(binary=False)
            check_output(path, overwrite)
        context = click.get_current_context()
        self.command = context.command_path.partition(" ")[2] or context.command_path
        self.settings = {
            name: value for name, value in context.params.items() if name not in _NOT_SETTINGS
        }
        self._skipped, self._rows = [], 0

    def __enter__(self):
        self._files = [_Text(path, self.overwrite) for path in self._paths]
        self._json, self._csv = self._files
        head = {"command": self.command, "settings": self.settings}
        self._json.write(json.dumps(head, indent=1, default=str)[:-2] + ',\n "results": [')
        self._csv.write(_csv_line(self.columns))
        return self

    def add(self, **row):
        """A row; columns that it does not have are empty."""
        row = {name: plain(row.get(name)) for name in self.columns}
        self._json.write((",\n  " if self._rows else "\n  ") + json.dumps(row))
        cells = ["" if v is None else json.dumps(v) if isinstance(v, bool) else v
                 for v in row.values()]  # fmt: skip
        self._csv.write(_csv_line(cells))
        self._rows += 1

    def skip(self, name, reason):
        """Note an input that could not be read."""
        self._skipped.append({"input": name, "reason": reason})

    def __exit__(self, kind, error, trace):
        complete = kind is None
        keep = complete or issubclass(kind, KeyboardInterrupt)  # stopped: with what was found
        if keep:
            tail = {"skipped": self._skipped, "complete": complete}
            self._json.write("\n ],\n" + json.dumps(tail, indent=1)[2:] + "\n")
        for file in self._files:
            file.close(keep)


class _Text:
    """A text file that will be whole, standard output, or nothing."""

    def __init__(self, path, overwrite):
        self._path, self._file, self._stack = path, None, contextlib.ExitStack()
        if path not in (None, terminal.STANDARD):
            path = self._stack.enter_context(whole_file(path, overwrite))
            file = open(path, "w", encoding="utf-8", newline="")  # noqa: SIM115 - the stack closes
            self._file = self._stack.enter_context(file)

    def write(self, text):
        if self._path == terminal.STANDARD:
            terminal.write(text.encode())
        elif self._file is not None:
            try:
                self._file.write(text)
            except OSError as error:
                raise cannot_write(self._path, error) from error

    def close(self, keep):
        if keep:
            self._stack.close()
        else:
            with contextlib.suppress(GeneratorExit), self._stack:
                raise GeneratorExit


def _csv_line(cells):
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def plain(value):
    """A value as JSON has it: no NumPy numbers, null where a number is not finite."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return os.fspath(value) if isinstance(value, os.PathLike) else value
