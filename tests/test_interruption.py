"""A signal sets a flag, which loops read; a second one acts at once."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from tf_cs231n.interruption import Stop, Stopped, stoppable


def send(number):
    os.kill(os.getpid(), number)


@pytest.fixture(autouse=True)
def as_before():
    numbers = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
    before = [signal.getsignal(number) for number in numbers]
    yield
    assert [signal.getsignal(number) for number in numbers] == before


def test_a_stop_keeps_the_first_reason():
    stop = Stop()
    stop.check()
    stop.request("the page")
    stop.request("SIGINT")
    with pytest.raises(Stopped, match="stopped by the page"):
        stop.check()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_on_the_command_line_a_signal_stops_every_loop_and_raises_nowhere(number):
    with stoppable(command_line=True) as stop, stoppable() as outer, stoppable() as inner:
        assert not stop
        send(number)
        assert outer is inner is stop and stop.reason == signal.Signals(number).name
        # The next one is the system's own, so that it acts within C code as well.
        assert signal.getsignal(number) == signal.SIG_DFL
        with pytest.raises(Stopped, match=signal.Signals(number).name):
            stop.check()


def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable(command_line=True) as stop:
            send(signal.SIGHUP)
            assert not stop
    finally:
        signal.signal(signal.SIGHUP, before)


def test_in_a_notebook_ctrl_c_stops_one_loop_and_a_second_is_pythons_own():
    with stoppable() as stop:
        send(signal.SIGINT)
        assert stop
        with pytest.raises(KeyboardInterrupt):
            send(signal.SIGINT)
    with stoppable() as stop:
        assert not stop


def test_a_loop_with_the_callers_stop_leaves_signals_alone():
    mine = Stop()
    with stoppable(mine) as stop:
        assert stop is mine and signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_callers_own_handler_stays():
    received = []
    before = signal.signal(signal.SIGINT, lambda *_: received.append(1))
    try:
        with stoppable() as stop:
            send(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert received == [1] and not stop


def test_loops_run_in_any_thread():
    done = []

    def loop():
        with stoppable() as stop:
            stop.check()
            done.append("a step")

    thread = threading.Thread(target=loop)
    thread.start()
    thread.join()
    assert done == ["a step"]


def test_a_second_signal_ends_the_process_within_c_code():
    code = """
from tf_cs231n.interruption import stoppable
with stoppable(command_line=True):
    print("ready", flush=True)
    sum(range(10**10))  # in C, for minutes
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert process.poll() is None
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait() == -signal.SIGINT
        assert time.monotonic() - start < 1


def test_a_system_without_sighup_and_c_library_by_no_name_has_its_flag():
    """As Windows: `ctypes.CDLL(None)` is a TypeError there."""
    code = """
import ctypes, signal
del signal.SIGHUP
ctypes.CDLL = None
from tf_cs231n.interruption import stoppable
with stoppable(command_line=True) as stop:
    signal.getsignal(signal.SIGINT)(signal.SIGINT, None)
    print(stop.reason)
"""
    assert subprocess.check_output([sys.executable, "-c", code]).split() == [b"SIGINT"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_after_the_command_is_done_changes_nothing(number):
    code = """
import atexit
atexit.register(lambda: (print("done", flush=True), input()))
from tf_cs231n.__main__ import main
main()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code, "--help"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert b"done\n" in iter(process.stdout.readline, b"")
        process.send_signal(number)
        _, errors = process.communicate(b"\n")
        assert (process.returncode, errors) == (0, b"")
