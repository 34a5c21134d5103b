"""Many inputs of one command: found, read, run several at once, written one file each, resumed."""

import collections
import os

import click
import numpy as np
from click.core import ParameterSource

from tf_cs231n import terminal
from tf_cs231n.commands.inputs import SCENES, expand, is_sample, stems
from tf_cs231n.commands.option_types import refuse_given
from tf_cs231n.commands.outputs import PAGE_ROWS, Pages, Record, write
from tf_cs231n.errors import InputError, printable
from tf_cs231n.files import extension
from tf_cs231n.terminal import echo

WINDOW = 16 * 224 * 224  # pixels that are read before they are run, which bounds the memory
CHUNK = 32  # inputs that one process does together; which run together must not depend on --jobs


class Input:
    """One of the inputs.

    Attributes:
      name: as it was given.  stem: a short name that no other input has.  label: what to call it
        on a sheet, the stem with the file's ending.
      out: its file in --out-dir, or None.  image: while it is worked on, what was loaded.
      rows: its rows of results, where they are known from an earlier run.
    """

    __slots__ = ("digest", "image", "label", "name", "out", "rows", "stem")

    def __init__(self, name, stem, out):
        self.name, self.stem, self.out = name, stem, out
        ending = "" if is_sample(name) else os.path.splitext(name)[1]
        self.label = stem if stem.endswith(ending) else stem + ending
        self.image = self.digest = self.rows = None


class Batch:
    """The inputs of a command and what becomes of them; a context manager.

    At the end it lists the inputs that could not be read, and exits with status 1 if there are any.

    Args:
      names: files, folders, patterns, ``sample:NAME`` and ``-``, standard input.
      out_dir: where each input gets a file; or None.
      format: of these files, without a dot.
      resume: whether to skip inputs that ``out_dir`` has a file for, made with these settings.
      results: a `Results`.
      chunk: how many inputs one process does together, at most.
      alone: names of the command's options that need one process.

    Attributes:
      inputs: list of `Input`.  overwrite: whether files that exist may be replaced.
    """

    def __init__(self, names, out_dir, format, resume, results, chunk=CHUNK, alone=()):
        self.chunk, self._alone = chunk, alone
        self.results, self.overwrite, self.out_dir = results, results.overwrite, out_dir
        if out_dir is None:
            refuse_given({"format", "resume"}, "is for --out-dir; name a folder there")
        names = expand(names, out_dir)
        self.inputs = [
            Input(name, stem, out_dir and os.path.join(out_dir, f"{stem}.{format}"))
            for name, stem in zip(names, stems(names))
        ]
        if len(names) == 1:
            _check_readable(names[0])
        self.skipped, self._written, self._cut, self._bar = [], 0, set(), None
        self._record = self._open_record(resume)

    def _open_record(self, resume):
        return self.out_dir and Record(self.out_dir, self.inputs, resume, self.results)

    def shared(self):
        """Have worker processes do everything, where that was asked for; whether they did."""
        return False

    def __len__(self):
        return len(self.inputs)

    def __enter__(self):
        self.results.__enter__()
        return self

    def pages(self, out, draw, page=PAGE_ROWS):
        """`Pages` of a sheet with a row for each input; none where only --out-dir was asked for."""
        source = click.get_current_context().get_parameter_source("out")
        wanted = out is not None and (not self.out_dir or source is ParameterSource.COMMANDLINE)
        return Pages(out if wanted else None, len(self), draw, self.overwrite, page)

    def run(self, function, load, stop, shape=lambda image: image.shape):
        """Load the inputs, run them several at once, and yield them in order.

        Args:
          function: takes a list of `Input` of one size, and returns a list with a value for each.
          load: function from a name or an open file to an image.
          stop: an `interruption.Stop`; once it is requested, no further inputs are run.
          shape: function from what was loaded to (H, W, ...); equal ones are run together.

        Yields:
          An `Input` and its value.
        """
        with self._progress() as self._bar:
            for inputs in self._chunks():
                window, pixels = [], 0
                for each in inputs:
                    if self._load(each, load):
                        window.append(each)
                        if each.image is not None:
                            pixels += int(np.prod(shape(each.image)[:2]))
                    if pixels >= WINDOW or each is inputs[-1]:
                        yield from self._run(window, function, stop, shape)
                        window, pixels = [], 0
                    if stop:
                        return

    def _progress(self):
        return terminal.progress_bar(
            total=len(self), unit="image", leave=False, disable=len(self) < 4
        )

    def _chunks(self):
        for first in range(0, len(self), self.chunk):
            yield self.inputs[first : first + self.chunk]

    def _load(self, each, load):
        """Whether the input can be used; its image is loaded unless it is done."""
        try:
            source = each.name
            if source == terminal.STANDARD:
                source = terminal.open_input(source)
            if self._record:
                each.rows = self._record.rows(each, source)
            if each.rows is None:
                each.image = load(source)
        except (InputError, OSError) as error:
            if len(self) == 1:
                raise
            self._skip(each, str(error))
            self._bar.update()
            return False
        return True

    def _skip(self, each, reason):
        self.skipped.append(reason if each.name in reason else f"{each.name}: {reason}")
        self.results.skip(each.name, reason)

    def _run(self, window, function, stop, shape):
        groups = collections.OrderedDict()
        for each in window:
            if each.image is not None:
                groups.setdefault(shape(each.image), []).append(each)
        values = {}
        for group in groups.values():
            if not stop:
                values.update(zip(group, function(group)))
                if stop:  # and so perhaps are not finished
                    self._cut.update(group)
        for each in window:
            if each.rows is not None:
                self._add(each, each.rows)
            elif each in values:
                yield each, values.pop(each)
                each.image = None
            self._bar.update()

    def echo(self, *lines):
        """Print lines, beside the progress."""
        self._bar.write("\n".join(map(printable, lines)))

    def keep(self, each, *rows, **made):
        """Write an input's file and its rows of results.

        Args:
          each: the `Input`.
          *rows: dicts, as for `Results.add`.
          **made: for each format a function that makes what is written: an image, a ``Figure``, an
            array, or for npz a dict of arrays.
        """
        if each.out:
            self._record.begin()
            write(each.out, made[extension(each.out)[1:]](), overwrite=True)  # the record's check
            if each not in self._cut:
                self._record.add(each, rows)
            self._written += 1
        self._add(each, rows)

    def _add(self, each, rows):
        for row in rows:
            self.results.add(**{"input": each.name, "output": each.out, **row})

    def __exit__(self, *error):
        if error[0] is None and self.out_dir:
            done = sum(each.rows is not None for each in self.inputs)
            before = f", {done} had been before" if done else ""
            echo(f"{self.out_dir}: {self._written} files written{before}")
        if self._record:
            self._record.close()
        self.results.__exit__(*error)
        if error[0] is None and self.skipped:
            echo(f"skipped {len(self.skipped)} of {len(self)} inputs:", err=True)
            for reason in self.skipped:
                echo(f"  {reason}", err=True)
            click.get_current_context().exit(1)


def _check_readable(name):
    """Refuse a single image before a network is made for it."""
    from tf_cs231n.datasets import open_image

    if name != terminal.STANDARD and not name.startswith(SCENES):
        open_image(name)
