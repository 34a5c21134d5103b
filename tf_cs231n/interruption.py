"""Ctrl-C, SIGTERM and SIGHUP set a flag that loops read once a step; no library is interrupted."""

import contextlib
import ctypes
import signal
import threading

_command_line = None  # its `Stop` while it runs
SIGNALS = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
_libc = ctypes.CDLL(None) if hasattr(signal, "SIGHUP") else None  # Windows has neither


class Stopped(KeyboardInterrupt):
    """A loop was asked to stop and has nothing to return; the message says what is kept."""


class Stop:
    """Whether a loop should end: true once `request` was called, by a signal or by anybody."""

    reason = None

    def __bool__(self):
        return self.reason is not None

    def request(self, reason="request"):
        self.reason = self.reason or reason

    def check(self):
        if self:
            raise Stopped(f"stopped by {self.reason}")


@contextlib.contextmanager
def stoppable(stop=None, command_line=False):
    """Yield the `Stop` for a loop to ask: the caller's, the command line's, or one Ctrl-C sets."""
    global _command_line
    given, outer, before = _command_line if stop is None else stop, _command_line, {}
    stop = Stop() if given is None else given

    def handle(number, frame):
        stop.request(signal.Signals(number).name)
        for each, old in before.items():
            signal.signal(each, signal.SIG_DFL if command_line else old)

    first = given is None and threading.current_thread() is threading.main_thread()
    for number in SIGNALS if first else ():
        old = signal.getsignal(number)
        if old is signal.default_int_handler or command_line and old not in (None, signal.SIG_IGN):
            before[number] = signal.signal(number, handle)
            if command_line and hasattr(_libc, "sysv_signal"):  # a second one ends it, even in C
                _libc.signal.restype = ctypes.c_void_p
                _libc.sysv_signal(number, ctypes.c_void_p(_libc.signal(number, None)))
    _command_line = stop if command_line else outer
    try:
        yield stop
    finally:
        if command_line:
            _command_line = outer
        for number, old in before.items():
            signal.signal(number, old)
