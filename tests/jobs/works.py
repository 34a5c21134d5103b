"""Works for the tests of jobs, in a module that worker processes can import."""

import functools
import os
import signal
import time

from tf_cs231n.errors import InputError
from tf_cs231n.interruption import stoppable
from tf_cs231n.jobs.worker import Worker

STILL = 60  # seconds, unless it is stopped


class Squares(Worker):
    """Squares a number, and says which process did it and how many it did before.

    Some chunks are words: ``die``, ``die once``, ``wait``, ``wrong``, ``bug``.
    """

    def __init__(self, folder):
        self.folder, self.count = folder, 0

    def __call__(self, chunk):
        if chunk == "die once":
            mark = os.path.join(self.folder, "died")
            chunk = 7 if os.path.exists(mark) else "die"
            open(mark, "w").close()
        if chunk == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if chunk == "wait":
            open(os.path.join(self.folder, "waiting"), "w").close()
            with stoppable() as stop:
                begun = time.time()
                while not stop and time.time() - begun < STILL:
                    time.sleep(0.01)
            return "stopped" if stop else "waited"
        if chunk == "wrong":
            raise InputError("a.png: wrong")
        if chunk == "bug":
            raise KeyError("a bug")
        self.count += 1
        return chunk**2, os.getpid(), self.count

    def close(self):
        with open(os.path.join(self.folder, f"closed-{os.getpid()}"), "w"):
            pass


def squares(folder):
    return functools.partial(Squares, str(folder))
