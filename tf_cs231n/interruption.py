"""Ctrl-C, SIGTERM and SIGHUP set a flag that loops read once a step; no library is interrupted."""

import contextlib
import ctypes
import inspect
import signal
import sys
import threading

SIGNALS = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]


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
        """Raise `Stopped` if the loop should end."""
        if self:
            raise Stopped(f"stopped by {self.reason}")


_command_line = None


@contextlib.contextmanager
def command_line():
    """In this block, the program's whole run, a signal stops all loops; a second one, the program.

    A signal that is ignored, as under nohup, stays ignored.
    """
    global _command_line
    if _command_line is not None:
        yield _command_line
        return
    _command_line = stop = Stop()
    try:
        with _handled(SIGNALS, stop, then=signal.SIG_DFL):
            yield stop
    finally:
        _command_line = None


@contextlib.contextmanager
def stoppable(stop=None):
    """Yield the `Stop` for a loop to ask: the caller's, the command line's, or one for this block.

    Ctrl-C sets that last one, as in a notebook; a handler of the caller's own stays.
    """
    global _loops
    stop = _command_line if stop is None else stop
    if stop is not None:
        _loops += 1
        try:
            yield stop
        finally:
            _loops -= 1
        return
    own, stop = signal.getsignal(signal.SIGINT) is signal.default_int_handler, Stop()
    with _handled([signal.SIGINT] if own else [], stop):
        yield stop


def until_stopped(items, stop=None):
    """The items one by one; before each, `Stopped` is raised if the loop should end."""
    with stoppable(stop) as stop:
        for item in items:
            stop.check()
            yield item


@contextlib.contextmanager
def _handled(numbers, stop, then=None):
    """The next signal sets ``stop``; the one after is for ``then``, None: what was there before."""

    def handle(number, frame):
        for each, old in before.items():
            signal.signal(each, old if then is None else then)
        stop.request(signal.Signals(number).name)
        if stop is _command_line and not _loops:
            _the_old_way(frame)

    before = {}
    if threading.current_thread() is threading.main_thread():  # only it may set handlers
        before = {number: signal.getsignal(number) for number in numbers}
        before = {n: old for n, old in before.items() if old not in (signal.SIG_IGN, None)}
    for number in before:
        signal.signal(number, handle)
        if then is signal.SIG_DFL:
            _only_once(number)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _only_once(number):
    """At the first signal the system itself puts its default back: C code delays our handler."""
    with contextlib.suppress(AttributeError, OSError):  # not glibc; the handler does it then
        libc = ctypes.CDLL(None)
        libc.signal.restype = ctypes.c_void_p
        libc.sysv_signal.argtypes = ctypes.c_int, ctypes.c_void_p
        libc.sysv_signal(number, libc.signal(number, None))


_loops = 0  # goes with what follows


def _the_old_way(frame):
    """Until all loops of the command line ask a `Stop`."""
    ours = _innermost_of_ours(frame)
    if ours in (None, frame):
        raise KeyboardInterrupt
    ours.f_trace = _interrupt_after(ours.f_lineno)
    sys.settrace(_interrupt_ours)


# --- Going: the old way, until every loop asks a Stop. ---

_OURS = ("tf_cs231n", "sessions")
_CALLS_US = ("tensorflow", "tensorflow_core")  # what it calls of ours it must see return


@contextlib.contextmanager
def interruptible(*numbers):
    """In this block the signals raise KeyboardInterrupt, but only within this package's code.

    What other library runs then is first left; a second signal is raised at once, wherever that
    is. Handlers of the caller's own stay, and ignored signals (nohup) stay ignored.

    Args:
      numbers: the signals, by default SIGINT, which is Ctrl-C.
    """
    pending = False

    def handle(number, frame):
        nonlocal pending
        ours = _innermost_of_ours(frame)
        if ours in (None, frame) or pending:
            raise KeyboardInterrupt
        pending = True
        ours.f_trace = _interrupt_after(ours.f_lineno)
        sys.settrace(_interrupt_ours)

    with handling(handle, numbers or [signal.SIGINT], replaces=_pythons_own):
        yield


@contextlib.contextmanager
def handling(handle, numbers, replaces):
    """In this block ``handle`` takes the signals; afterwards those have the handlers they had.

    Args:
      handle: as for ``signal.signal``.
      numbers: the signals.
      replaces: called with a signal's present handler: whether ``handle`` may stand in for it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python hands signals to the main thread only
        return
    handlers = {number: signal.getsignal(number) for number in numbers}
    replaced = {
        number: handler
        for number, handler in handlers.items()
        if handler is not None and replaces(handler)  # None: C code's, which could not come back
    }
    for number in replaced:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)


def _pythons_own(handler):
    return handler in (signal.SIG_DFL, signal.default_int_handler)


def _innermost_of_ours(frame):
    """The innermost frame of our code that TensorFlow did not call, or None."""
    ours = None
    while frame is not None:
        if _package(frame) in _CALLS_US:
            ours = None
        elif _package(frame) in _OURS and ours is None:
            ours = frame
        frame = frame.f_back
    return ours


def _interrupt_after(line):
    """A trace function that interrupts its frame at the next line, or when it returns.

    A line above is where, since Python 3.8, a `with` block ends: before, not after, it cleans up.
    """

    def trace(frame, event, arg):
        nonlocal line
        if event == "line" and frame.f_lineno < line:
            line = frame.f_lineno
            return trace
        return _interrupt(frame)

    return trace


def _interrupt_ours(frame, *_):
    """At each call: the library that was to be left may call us instead of returning, as click.

    But not the end of a context or a generator, which would then not clean up.
    """
    by_library = frame.f_back is not None and _package(frame.f_back) not in (*_OURS, "contextlib")
    generator = frame.f_code.co_flags & inspect.CO_GENERATOR
    candidate = _package(frame) in _OURS and by_library and not generator
    if candidate and _innermost_of_ours(frame) is frame:
        _interrupt(frame)


def _interrupt(frame):
    frame.f_trace = None
    raise KeyboardInterrupt  # which ends the tracing as well


def _package(frame):
    return frame.f_globals.get("__name__", "").partition(".")[0]
