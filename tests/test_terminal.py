import io
import sys

import numpy as np
import pytest

from tf_cs231n import terminal
from tf_cs231n.files import check_output, write_bytes
from tf_cs231n.images import load_image, save_image


@pytest.fixture
def clock(monkeypatch):
    """A clock that moves three seconds with each look at it."""
    times = iter(range(0, 10**6, 3))
    monkeypatch.setattr(terminal.time, "time", lambda: next(times))


def test_off_a_terminal_progress_is_a_line_every_ten_percent(clock, capsys):
    for _ in terminal.progress_bar(range(1000), desc="training", unit="step"):
        pass
    out, err = capsys.readouterr()
    assert out == "" and "\r" not in err
    lines = err.splitlines()
    assert [line.split(",")[0] for line in lines] == [f"training: {p}%" for p in range(10, 101, 10)]
    assert lines[4] == "training: 50%, 500 of 1000 steps, 00:15, 00:15 to go"


def test_progress_lines_do_not_crowd(monkeypatch, capsys):
    times = iter([0, *np.arange(0.5, 5.1, 0.5)])  # ten tenths, half a second each
    monkeypatch.setattr(terminal.time, "time", lambda: next(times))
    list(terminal.progress_bar(range(10)))
    assert [line[:4] for line in capsys.readouterr().err.splitlines()] == ["40%,", "80%,", "100%"]


def test_quick_work_prints_no_progress(capsys):
    list(terminal.progress_bar(range(100)))
    assert capsys.readouterr().err == ""


def test_progress_lines_show_values_and_resume(clock, capsys):
    with terminal.progress_bar(total=20, unit="step") as bar:
        bar.initial = bar.n = 9
        bar.set_description("resumed")
        for _ in range(11):
            bar.set_postfix(loss=0.12345, refresh=False)
            bar.update()
        bar.write("done")
    out, err = capsys.readouterr()
    assert out == "done\n"
    assert [line.split("%")[0] for line in err.splitlines()] == [
        f"resumed: {p}" for p in range(50, 101, 10)
    ]
    assert err.splitlines()[-1].endswith("loss=0.123")


def test_on_a_terminal_progress_is_a_bar(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    list(terminal.progress_bar(range(3), delay=0))
    assert "\r" in sys.stderr.getvalue() and "3/3" in sys.stderr.getvalue()


def test_nobody_listening_does_not_end_the_work(clock, monkeypatch):
    class Closed(io.StringIO):
        def write(self, text):
            raise OSError("No space left on device")

    for stream in (Closed(), None):
        monkeypatch.setattr(sys, "stderr", stream)
        assert len(list(terminal.progress_bar(range(100)))) == 100


def test_a_file_named_minus_is_standard_output(capsysbinary):
    assert check_output("-") == "-"
    write_bytes("-", b"\x00\xff")
    assert capsysbinary.readouterr().out == b"\x00\xff"
    save_image("-", np.zeros((2, 3, 3), np.uint8))
    written = capsysbinary.readouterr().out
    assert load_image(io.BytesIO(written)).shape == (2, 3, 3) and written[1:4] == b"PNG"


def test_what_is_printed_stays_out_of_a_kept_standard_output(capsysbinary):
    with terminal.standard_output():
        terminal.keep_standard_output()
        print("a word")
        terminal.write(b"\x01")
    print("after")
    out, err = capsysbinary.readouterr()
    assert out == b"\x01after\n" and err == b"a word\n"


def test_standard_output_takes_one_file(raises_one_line):
    with terminal.standard_output():
        terminal.keep_standard_output()
        with raises_one_line("-", "one file"):
            terminal.keep_standard_output()
