"""Standard streams: bars of progress on a terminal, lines of it elsewhere, and ``-`` for a file."""

import contextlib
import io
import sys
import time

import click

from tf_cs231n.errors import InputError, printable

STANDARD = "-"  # as a file's name: standard input or standard output
QUICK = 2  # seconds between lines of progress, at least; work that ends sooner needs none

_output = None  # the standard output, while it is kept for a file


def echo(*lines, err=False):
    """Print each line with what acts on a terminal escaped: names and captions come from files."""
    click.echo("\n".join(map(printable, lines)), err=err)


def progress_bar(iterable=None, **options):
    """tqdm's bar on a terminal or in a notebook; elsewhere a line every ten percent.

    Args:
      iterable: what to go through, or None where `update` is called.
      **options: tqdm's, such as total, desc and unit.
    """
    from tqdm import auto

    if options.get("desc"):
        options["desc"] = printable(options["desc"])
    in_notebook = any("notebook" in kind.__module__ for kind in auto.tqdm.__mro__)
    if in_notebook or (sys.stderr is not None and sys.stderr.isatty()):
        # The delay keeps an empty bar from being drawn before `initial` is known.
        return auto.tqdm(iterable, **{"mininterval": 0.5, "delay": 1e-3, **options})
    return _Lines(iterable, **options)


class _Lines:
    """The part of tqdm's interface that we use, in lines that a log file can hold."""

    def __init__(
        self, iterable=None, desc=None, total=None, unit="step", disable=False, initial=0, **_
    ):
        self.total = len(iterable) if total is None and hasattr(iterable, "__len__") else total
        self.n, self.initial, self._tenths = initial, initial, 0
        self._iterable, self._unit, self._disable = iterable, unit, disable
        self._begun = self._printed = time.time()
        self._postfix = {}
        self.set_description(desc)

    def __iter__(self):
        for each in self._iterable:
            yield each
            self.update()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        pass

    def set_description(self, desc=None, refresh=True):
        self._description = f"{desc}: " if desc else ""

    def set_postfix(self, values=None, refresh=True, **more):
        self._postfix = {**(values or {}), **more}

    def update(self, n=1):
        self.n += n
        tenths = 10 * self.n // self.total if self.total else 0
        if tenths > self._tenths and not self._disable:
            self._tenths, now = tenths, time.time()
            last = tenths == 10 and self._printed > self._begun
            if last or now - self._printed >= QUICK:
                self._printed = now
                self._print(now - self._begun)

    def write(self, text):
        print(text, flush=True)

    def _print(self, elapsed):
        from tqdm import tqdm

        if sys.stderr is None:
            return
        left = elapsed / max(self.n - self.initial, 1) * max(self.total - self.n, 0)
        values = "".join(
            f", {name}={value:.3g}" if isinstance(value, float) else f", {name}={value}"
            for name, value in self._postfix.items()
        )
        line = f"{self._description}{10 * self._tenths}%, {self.n} of {self.total} {self._unit}s"
        times = f"{tqdm.format_interval(elapsed)}, {tqdm.format_interval(left)} to go"
        with contextlib.suppress(OSError):  # nobody may be listening
            print(f"{line}, {times}{values}", file=sys.stderr, flush=True)


def keep_standard_output(binary=True):
    """From now on standard output is for one file, and what is printed goes to standard error.

    Raises:
      InputError: it is kept for a file already, or a terminal, which is for no ``binary`` file.
    """
    global _output
    if _output is not None:
        raise InputError("-: standard output takes one file only; give the others names")
    if binary and sys.stdout.isatty():
        raise InputError("-: standard output is a terminal; send it to a file or a program")
    _output, sys.stdout = sys.stdout, sys.stderr


@contextlib.contextmanager
def standard_output():
    """Gives standard output back at the end, if it was kept for a file."""
    global _output
    try:
        yield
    finally:
        if _output is not None:
            sys.stdout, _output = _output, None


def write(content):
    """Write bytes to standard output."""
    output = sys.stdout if _output is None else _output
    output.flush()
    output.buffer.write(content)
    output.buffer.flush()


def open_input(path):
    """A file to read bytes from, where ``-`` is standard input, read to its end.

    Raises:
      InputError: standard input is closed.  OSError: the file cannot be opened.
    """
    if path != STANDARD:
        return open(path, "rb")
    if sys.stdin is None:
        raise InputError("-: standard input is closed")
    content = io.BytesIO(sys.stdin.buffer.read())
    content.name = "standard input"
    return content
