"""What a process does for a job."""

import traceback

from tf_cs231n.errors import InputError


class Lost(Exception):
    """The result of a chunk that could not be done: its process was killed each time."""


class Worker:
    """What does the chunks of one job in one process.

    ``worker(chunk)`` returns the chunk's result, which can be pickled, as the chunk can be.
    """

    def __call__(self, chunk):
        raise NotImplementedError

    def close(self):
        """Free session and model: no more chunks come."""


def told(error):
    """An exception as another process can be told of it: ours as they are, else the traceback."""
    if isinstance(error, (InputError, OSError)):
        return error
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return MemoryError()
    return RuntimeError("".join(traceback.format_exception(None, error, error.__traceback__)))
