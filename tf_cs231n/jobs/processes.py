"""Worker processes of this machine: spawned, fed through a pipe each, replaced when they die."""

import collections
import contextlib
import multiprocessing
import multiprocessing.connection
import signal

from tf_cs231n.interruption import stoppable
from tf_cs231n.jobs.worker import Lost, told

TRIES = 3  # of a chunk whose process is killed
_END = None  # what a worker is sent in the place of a chunk


def share_over_processes(work, chunks, jobs, stop):
    """`jobs.share` over ``jobs`` processes. They are spawned: a fork would hang in TensorFlow."""
    chunks, again = enumerate(chunks), collections.deque()
    killed, idle, busy, asked = collections.Counter(), [], {}, set()
    try:
        while True:
            while len(busy) < jobs and not stop:
                number, chunk = again.popleft() if again else next(chunks, (None, None))
                if number is None:
                    break
                process = idle.pop() if idle else _Process(work)
                process.send(chunk)
                busy[process] = number, chunk
            if not busy:
                return
            if stop:
                for process in set(busy) - asked:
                    asked.add(process)
                    process.end_early()
            for process in _ready(busy):
                number, chunk = busy.pop(process)
                try:
                    result = process.receive()
                    idle.append(process)
                except EOFError:
                    process.kill()
                    killed[number] += 1
                    if killed[number] < TRIES:
                        again.append((number, chunk))
                        continue
                    result = Lost(f"its process was killed {TRIES} times")
                yield number, result
    finally:
        for process in [*idle, *busy]:
            process.close()


def _ready(processes, seconds=0.2):
    """Those of the processes that have answered or died; after ``seconds`` none perhaps."""
    by_pipe = {process.pipe: process for process in processes}
    return [by_pipe[pipe] for pipe in multiprocessing.connection.wait(by_pipe, seconds)]


class _Process:
    """A worker process and our end of its pipe."""

    def __init__(self, work):
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, work), daemon=True)
        self._process.start()
        theirs.close()  # so that ours ends when the process does

    def send(self, chunk):
        with contextlib.suppress(OSError):  # it has died; `receive` will tell
            self.pipe.send(chunk)

    def receive(self):
        """The result of a chunk; raises what the work raised, or EOFError if the process died."""
        try:
            result, error = self.pipe.recv()
        except OSError as gone:
            raise EOFError from gone
        if error is not None:
            raise error
        return result

    def end_early(self):
        self._process.terminate()

    def close(self, seconds=5):
        self.send(_END)
        self._process.join(seconds)
        self.kill()

    def kill(self):
        self._process.kill()
        self._process.join()
        self.pipe.close()


def _serve(pipe, work):
    """The life of a worker process: chunks in, results out, until the pipe ends."""
    for name in ("SIGINT", "SIGHUP"):  # of the terminal; our parent hears them and asks us to end
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    worker = None
    with stoppable(command_line=True):
        try:
            for chunk in iter(pipe.recv, _END):
                try:
                    worker = worker or work()
                    pipe.send((worker(chunk), None))
                except Exception as error:
                    pipe.send((None, told(error)))
        except (EOFError, OSError):  # our parent is gone
            pass
        finally:
            if worker is not None:
                worker.close()
