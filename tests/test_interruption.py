import contextlib
import os
import signal
import sys
import threading
import types

import pytest

from tf_cs231n.interruption import interruptible


def module(name, code, **names):
    made = types.ModuleType(name)
    vars(made).update(names)
    exec(code, vars(made))
    return made


@pytest.fixture
def done():
    return []


@pytest.fixture
def library(done):
    """Somebody's code, which sends its process a signal and then has more to do."""
    code = """
def work(times=1):
    for _ in range(times):
        os.kill(os.getpid(), 2)
        done.append("sent")
    done.append("left")

def fail():
    work()
    raise ValueError

def call(function):
    function()
    done.append("library")

def work_and_call(function):
    work()
    function()

class Thing:
    def __del__(self):
        work()
"""
    return module("scipy.optimize", code, os=os, done=done)


@pytest.fixture
def tensorflow(done):
    code = """
def call(function):
    function()
    done.append("tensorflow")

def kill_and_call(function):
    os.kill(os.getpid(), 2)
    call(function)
"""
    return module("tensorflow.python.framework", code, os=os, done=done)


@pytest.fixture
def ours(library, tensorflow, done):
    code = """
def work():
    library.work()
    done.append("ours")

def last():
    return library.work()

def forever():
    while True: library.work()

def comprehension():
    return [library.work() for _ in range(10**6)]

def fail():
    library.fail()

def called_by_a_library():
    library.call(work)
    done.append("outer")

def called_by_tensorflow():
    tensorflow.call(work)
    done.append("outer")

def quiet():
    done.append("quiet")

def called_after_the_signal():
    library.work_and_call(quiet)

def called_after_the_signal_by_tensorflow():
    tensorflow.kill_and_call(quiet)
    done.append("outer")

@contextlib.contextmanager
def context():
    try:
        yield
    finally:
        done.append("cleaned")

def at_the_end_of_a_context():
    with context(): library.work()

def at_the_end_of_a_block():
    with context():
        library.work()
    done.append("after")

class Context:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        done.append("cleaned")

def at_the_end_of_nested_blocks():
    with context():
        for _ in range(3):
            with Context() as first:
                with first:
                    library.work()
        done.append("after")

def at_the_end_of_a_block_of_an_object():
    with Context():
        library.work()
    done.append("after")

def destructor():
    library.Thing()
    done.append("ours")
"""
    names = {"library": library, "tensorflow": tensorflow, "contextlib": contextlib, "done": done}
    return module("tf_cs231n.something", code, **names)


@pytest.fixture(autouse=True)
def as_before():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), sys.gettrace()
    yield
    assert (*map(signal.getsignal, (signal.SIGINT, signal.SIGTERM)), sys.gettrace()) == before


@pytest.mark.parametrize(
    "name",
    [
        "work",
        "last",
        "forever",
        "comprehension",
        "fail",
        "destructor",
        "called_by_a_library",
        "called_after_the_signal",
    ],
)
def test_a_library_is_left_before_a_signal_is_raised_in_ours(name, ours, done):
    with pytest.raises(KeyboardInterrupt), interruptible():
        getattr(ours, name)()
    assert done == ["sent", "left"]


@pytest.mark.parametrize(
    "name",
    ["at_the_end_of_a_context", "at_the_end_of_a_block", "at_the_end_of_a_block_of_an_object"],
)
def test_a_context_of_ours_is_cleaned_up(name, ours, done):
    with pytest.raises(KeyboardInterrupt), interruptible():
        getattr(ours, name)()
    assert done == ["sent", "left", "cleaned"]


def test_every_context_of_ours_is_cleaned_up(ours, done):
    with pytest.raises(KeyboardInterrupt), interruptible():
        ours.at_the_end_of_nested_blocks()
    assert done == ["sent", "left", "cleaned", "cleaned", "cleaned"]


def test_what_tensorflow_calls_is_left_as_well(ours, done):
    with pytest.raises(KeyboardInterrupt), interruptible():
        ours.called_by_tensorflow()
    assert done == ["sent", "left", "ours", "tensorflow"]
    done.clear()
    with pytest.raises(KeyboardInterrupt), interruptible():
        ours.called_after_the_signal_by_tensorflow()
    assert done == ["quiet", "tensorflow"]


def test_a_second_signal_acts_at_once(ours, library, done):
    with pytest.raises(KeyboardInterrupt), interruptible():
        exec("library.work(times=3)", vars(ours))
    assert done == ["sent"]
    sys.settrace(None)


def test_in_ours_and_where_none_of_ours_is_it_is_at_once(ours, library, done):
    with pytest.raises(KeyboardInterrupt), interruptible(signal.SIGTERM):
        exec("library.os.kill(library.os.getpid(), 15); done.append('here')", vars(ours))
    with pytest.raises(KeyboardInterrupt), interruptible():
        library.work()
    assert not done


def test_ignored_signals_and_the_callers_own_handlers_stay(ours, done):
    received = []
    before = signal.signal(signal.SIGINT, lambda *_: received.append(1))
    try:
        with interruptible():
            ours.work()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with interruptible():
            ours.work()
    finally:
        signal.signal(signal.SIGINT, before)
    assert received == [1] and done == ["sent", "left", "ours"] * 2


def test_it_may_be_used_in_any_thread():
    result = []

    @interruptible()
    def answer():
        result.append(42)

    thread = threading.Thread(target=answer)
    thread.start()
    thread.join()
    assert result == [42]
