"""Start a child, limit its time, and end it with everything that it started."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid

MOST_OUTPUT = 10 * 2**20  # bytes that a child may print
_TOKEN = "TF_CS231N_CHILD"
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has no SIGKILL


class Ended:
    """How a child ended: ``status`` (None if it was stopped), ``why`` in words, ``printed``."""

    def __init__(self, status, why, printed):
        self.status, self.why, self.printed = status, why, printed


def run_child(folder, seconds, graph=False):
    """Run `child` on a folder's job until it ends or has had its time.

    Args:
      folder: has job.json; the child's working directory.
      seconds: the most time it gets.
      graph: whether it will import TensorFlow.

    Returns:
      An `Ended`.
    """
    token = uuid.uuid4().hex
    command = [sys.executable, "-m", "tf_cs231n.assignment.child", folder]
    output = os.path.join(folder, "printed.txt")
    with open(output, "wb") as printed:
        child = subprocess.Popen(
            command, cwd=folder, env=_environment(token, graph), stdin=subprocess.DEVNULL,
            stdout=printed, stderr=subprocess.STDOUT, start_new_session=os.name == "posix",
        )  # fmt: skip
    why = None
    deadline = time.monotonic() + seconds
    try:
        while child.poll() is None and why is None:
            try:
                child.wait(0.05)
            except subprocess.TimeoutExpired:
                if time.monotonic() > deadline:
                    why = f"it ran for more than {seconds:g} seconds"
                elif os.path.getsize(output) > MOST_OUTPUT:
                    why = f"it printed more than {MOST_OUTPUT >> 20} MB"
    finally:
        end(child, token)
    with open(output, "rb") as file:
        text = file.read(20000).decode("utf-8", "replace")
    if why is None and child.returncode:
        why = _reason(child.returncode)
    return Ended(None if why else 0, why, text)


def _environment(token, graph):
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    path = [package] + [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    return dict(
        os.environ, PYTHONPATH=os.pathsep.join(dict.fromkeys(path)), PYTHONIOENCODING="utf-8",
        MPLBACKEND="Agg", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1",
        CUDA_VISIBLE_DEVICES="", PYTHONDONTWRITEBYTECODE="1", **{_TOKEN: token},
    )  # fmt: skip


def _reason(status):
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        return f"it ended the process ({name}), as when memory runs out"
    return f"it ended the process with exit status {status}"


def end(child, token):
    """Kill a child, its process group, and on Linux every process that it started."""
    if child.poll() is None:
        child.kill()
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, _KILL)
    for pid in _marked(token):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, _KILL)
    child.wait()


def _marked(token):
    """Processes whose environment has our token: those in a session of their own, too."""
    mark = f"{_TOKEN}={token}".encode()
    for entry in os.listdir("/proc") if os.path.isdir("/proc/self") else []:
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    if mark in file.read():
                        yield int(entry)
            except OSError:
                pass


def new_folder():
    """A temporary folder, removed at the end of a ``with`` block."""
    return tempfile.TemporaryDirectory(prefix="tf-cs231n-")
