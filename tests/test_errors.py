import pickle

import pytest

from tf_cs231n.errors import InputError, shown


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028"])
def test_a_message_is_one_line_whatever_it_quotes(end):
    error = InputError(f"a{end}b  c: no such file{end}")
    assert str(error) == "a b  c: no such file"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_what_came_is_shown_in_the_room_that_a_line_has():
    assert shown("a b") == "'a b'" and shown(1.5) == "1.5" and shown([1, 2]) == "[1, 2]"
    assert len(shown("x" * 1000)) == 60 and shown("x" * 1000).endswith("...")
