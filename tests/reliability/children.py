"""Commands in processes of their own, that can be stopped, killed, and looked at afterwards.

They are forked from a server in which TensorFlow is imported already, which saves most of the
time that a command takes to start.
"""

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import threading
import time

import numpy as np
from PIL import Image, ImageSequence

from tf_cs231n import cli, terminal
from tf_cs231n.__main__ import main
from tf_cs231n.training import checkpoints

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "matplotlib.pyplot",
        "sklearn.datasets",
        "scipy.fft",
        "skimage.data",
        "h5py",
        "tf_cs231n.training.loop",
    ]
    + [module for module, _ in cli.TASKS.values()]
)


class Command:
    """`tf-cs231n ARGUMENTS`, begun in ``folder``; use it as a context manager.

    Args:
      pretrained: the folder for SqueezeNet's weights and classifiers.
      kill_at: the command is killed when it writes a file for the so manieth time; None: never.
    """

    def __init__(self, arguments, folder, pretrained, kill_at=None):
        arguments = [str(argument) for argument in arguments]
        self._output, theirs = FORKS.Pipe(duplex=False)
        self._process = FORKS.Process(
            target=_run, args=(theirs, arguments, str(folder), str(pretrained), kill_at)
        )
        self._process.start()
        theirs.close()
        self.text, self._work = "", 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.signal(signal.SIGKILL)
        self._process.join()
        self._output.close()

    def wait_for(self, word, times=1):
        """Read until the command has written ``word`` so often, or has ended."""
        while self.text.count(word) < times and self._read():
            pass

    def wait_for_file(self, folder, pattern):
        """Read until such a file is in ``folder``, or the command has ended."""
        while not any(folder.glob(pattern)) and self.wait(0.005):
            pass

    def wait(self, seconds):
        """Read for so long, or until the command has ended; tells whether it still runs."""
        until = time.monotonic() + seconds
        while self._output.poll(max(0, until - time.monotonic())):
            if not self._read():
                return False
        return True

    def signal(self, number):
        with contextlib.suppress(ProcessLookupError):  # it has ended
            os.kill(self._process.pid, number)

    def work(self):
        """How many seconds it has kept a processor busy; other programs do not count."""
        try:
            with open(f"/proc/{self._process.pid}/stat") as file:
                ticks = map(int, file.read().rpartition(")")[2].split()[11:13])
            self._work = sum(ticks) / os.sysconf("SC_CLK_TCK")
        except (FileNotFoundError, ProcessLookupError):  # it has ended
            pass
        return self._work

    def handles(self, number):
        """Whether a function of the process is called at that signal; else the system acts."""
        try:
            with open(f"/proc/{self._process.pid}/status") as file:
                (caught,) = (line.split()[1] for line in file if line.startswith("SigCgt:"))
        except (FileNotFoundError, ProcessLookupError, ValueError):  # it has ended
            return False
        return bool(int(caught, 16) >> (number - 1) & 1)

    def end(self, patience=300):
        """Wait for the end: its exit status (negative: the signal that ended it)."""
        watch = threading.Timer(patience, self.signal, [signal.SIGKILL])  # a hang is a failure
        watch.start()
        while self._read():
            pass
        watch.cancel()
        self._process.join()
        return self._process.exitcode

    def _read(self):
        some = os.read(self._output.fileno(), 65536)
        self.work()
        self.text += some.decode("utf-8", "replace")
        return some

    @property
    def errors(self):
        """The lines that say what went wrong."""
        return [line for line in self.text.splitlines() if line.startswith("error: ")]


def _run(output, arguments, folder, pretrained, kill_at):
    for descriptor in (1, 2):
        os.dup2(output.fileno(), descriptor)
    terminal.progress_bar = _EveryStep
    os.chdir(folder)
    os.environ["TF_CS231N_PRETRAINED"] = pretrained
    sys.argv[1:] = arguments
    if kill_at:
        _kill_at(kill_at)
    begin, whole = cli.tf_cs231n.main, cli.main

    def begin_and_say_so(*arguments, **options):
        print("begun", flush=True)  # from here on the command answers for what happens
        return begin(*arguments, **options)

    def end_and_say_so():
        try:
            whole()
        finally:
            print("ended", flush=True)  # from here on a signal ends the process as any other

    cli.tf_cs231n.main, cli.main = begin_and_say_so, end_and_say_so
    main()


class _EveryStep(terminal._Lines):
    """Progress that says at each step how far it has come, however fast and however short."""

    def update(self, n=1):
        self.n += n
        print(f"{self.n} done", file=sys.stderr, flush=True)


def _kill_at(point):
    """Kill this process when a file is written for the so manieth time.

    A file counts when all its bytes are there, before it takes its name, and after.
    """
    left = [point]

    def count():
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    def fsync(descriptor, call=os.fsync):
        count()
        call(descriptor)

    def replace(source, target, call=os.replace):
        count()
        call(source, target)
        count()

    os.fsync, os.replace = fsync, replace


def unfinished(folder):
    """The hidden files that a killed command may leave."""
    return {path for path in folder.rglob(".*") if path.name != ".lock"}


def check_whole(folder):
    """Every file in ``folder`` is whole, but for the unfinished ones."""
    for directory, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for _, path in checkpoints.list_checkpoints(directory):
            assert checkpoints.is_readable(path), path
        for name in names:
            read = _READERS.get(os.path.splitext(name)[1])
            if read and not name.startswith("."):  # TensorBoard's events have no end of their own
                read(os.path.join(directory, name))


def _read_picture(path):
    with Image.open(path) as picture:
        for frame in ImageSequence.Iterator(picture):
            frame.load()


def _read_json(path):
    with open(path, encoding="utf-8") as file:
        json.load(file)


def _read_npz(path):
    with np.load(path) as arrays:
        for name in arrays:
            assert arrays[name] is not None


def _read_hdf5(path):
    import h5py

    with h5py.File(path, "r") as file:
        for name in file:
            assert file[name][()] is not None


_READERS = {
    ".png": _read_picture,
    ".gif": _read_picture,
    ".json": _read_json,
    ".npz": _read_npz,
    ".h5": _read_hdf5,
}
