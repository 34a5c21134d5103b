import pickle

import pytest

from tf_cs231n.errors import InputError, printable, short, shown


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028"])
def test_a_message_is_one_line_whatever_it_quotes(end):
    error = InputError(f"a{end}b  c: no such file{end}")
    assert str(error) == "a b  c: no such file"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_what_came_is_shown_in_the_room_that_a_line_has():
    assert shown("a b") == "'a b'" and shown(1.5) == "1.5" and shown([1, 2]) == "[1, 2]"
    assert len(shown("x" * 1000)) == 60 and shown("x" * 1000).endswith("...")


def test_a_message_shows_names_without_what_acts_on_a_terminal():
    """A file may be named by anybody: no escape codes, direction marks, or halves of letters."""
    name = "red\x1b[31m\u202egnp.\udc80\ttab"
    shown_as = "red\\x1b[31m\\u202egnp.\\udc80\\ttab"
    assert str(InputError(f"{name}: no such file")) == f"{shown_as}: no such file"
    assert short(OSError(name)) == shown_as.replace("\\t", " ")
    assert "\x1b" not in shown([name]) and "\u202e" not in shown([name])
    assert printable("Zürich 東京 🐈") == "Zürich 東京 🐈"
