"""Ctrl-C and SIGTERM wait until code that cannot bear them has returned.

Python raises KeyboardInterrupt between any two instructions of the main thread. TensorFlow's C++
calls Python functions and does not ask whether they failed: an interruption there is a
segmentation fault. tqdm and tempfile, interrupted, leave half an object that complains later.
"""

import contextlib
import signal
import sys
import threading

_SENSITIVE = {"tensorflow", "tensorflow_core", "tqdm", "tempfile"}


@contextlib.contextmanager
def interruptible(*numbers):
    """In this block the signals raise KeyboardInterrupt, but never inside a sensitive library.

    It is raised in the function that called that library, as soon as the call is over; at a second
    signal at once. Handlers of the caller's own stay; ignored signals (nohup) stay ignored.

    Args:
      numbers: the signals, by default SIGINT, which is Ctrl-C.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python hands signals to the main thread only
        return
    pending = False

    def handle(number, frame):
        nonlocal pending
        caller = _caller_of_sensitive(frame)
        if caller is None or pending:
            raise KeyboardInterrupt
        pending = True
        caller.f_trace = _interrupt
        sys.settrace(_trace_nothing)  # without it Python does not look at any frame's f_trace

    handlers = {number: signal.getsignal(number) for number in numbers or [signal.SIGINT]}
    for number, handler in handlers.items():
        if handler in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _caller_of_sensitive(frame):
    """The frame that called the outermost sensitive one; None if there is none."""
    caller = None
    while frame is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] in _SENSITIVE:
            caller = frame.f_back
        frame = frame.f_back
    return caller


def _interrupt(frame, *_):
    frame.f_trace = None
    raise KeyboardInterrupt  # which ends the tracing as well


def _trace_nothing(*_):
    return None
