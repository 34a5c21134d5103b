import os
import signal
import sys
import threading
import types

import pytest

from tf_cs231n.interruption import interruptible


@pytest.fixture
def library():
    """A module that sends its process a signal and then has more to do."""
    module = types.ModuleType("tensorflow.python.something")
    code = """
def work(times=1, number=2):
    for _ in range(times):
        os.kill(os.getpid(), number)
        within.append("sent")
    within.append("done")
"""
    module.os, module.within = os, []
    exec(code, module.__dict__)
    return module


@pytest.fixture(autouse=True)
def as_before():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), sys.gettrace()
    yield
    assert (*map(signal.getsignal, (signal.SIGINT, signal.SIGTERM)), sys.gettrace()) == before


def call(library, after, **options):
    library.work(**options)
    after.append("here")


def test_a_signal_waits_for_the_library_and_is_raised_in_its_caller(library):
    after = []
    with pytest.raises(KeyboardInterrupt) as stop, interruptible():
        call(library, after)
    assert library.within == ["sent", "done"] and not after
    assert stop.traceback[-2].name == "call"  # the last is where it is raised


def test_libraries_that_call_each_other_are_all_left(library):
    inner = types.ModuleType("anything")
    inner.library, after = library, []
    exec("def between():\n    library.work()\n    library.within.append('between')", inner.__dict__)
    library.inner = inner
    exec("def outer():\n    inner.between()\n    within.append('outer')", library.__dict__)
    with pytest.raises(KeyboardInterrupt), interruptible():
        library.outer()
        after.append("here")
    assert library.within == ["sent", "done", "between", "outer"] and not after


def test_a_call_in_the_last_line_and_in_a_loop_of_one_line_is_ended_as_well(library):
    def last():
        return library.work()

    with pytest.raises(KeyboardInterrupt), interruptible():
        last()
    with pytest.raises(KeyboardInterrupt), interruptible():
        while True: library.work()  # fmt: skip  # noqa: E701
    with pytest.raises(KeyboardInterrupt), interruptible():
        [library.work() for _ in range(10**6)]
    assert library.within == ["sent", "done"] * 3


def test_an_error_of_the_library_does_not_hide_the_signal(library):
    exec("def fail():\n    work()\n    raise ValueError", library.__dict__)
    with pytest.raises(KeyboardInterrupt), interruptible():
        library.fail()


def test_a_second_signal_acts_at_once(library):
    with pytest.raises(KeyboardInterrupt), interruptible():
        library.work(times=3)
    assert library.within == ["sent"]
    sys.settrace(None)


def test_elsewhere_it_is_at_once():
    after = []
    with pytest.raises(KeyboardInterrupt), interruptible(signal.SIGTERM):
        os.kill(os.getpid(), signal.SIGTERM)
        after.append("here")
    assert not after


def test_ignored_signals_and_the_callers_own_handlers_stay(library):
    received = []
    before = signal.signal(signal.SIGINT, lambda *_: received.append(1))
    try:
        with interruptible():
            library.work()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with interruptible():
            library.work()
    finally:
        signal.signal(signal.SIGINT, before)
    assert received == [1] and library.within == ["sent", "done"] * 2


def test_it_may_be_used_in_any_thread(library):
    result = []

    @interruptible()
    def answer():
        result.append(42)

    thread = threading.Thread(target=answer)
    thread.start()
    thread.join()
    assert result == [42]
