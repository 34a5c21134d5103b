"""Mistakes that are in no list: wrong, and what is said of them is true."""

import pytest
from planted import PLANTED

from tf_cs231n.assignment import tasks
from tf_cs231n.assignment.checking import RIGHT, WRONG, check_sources
from tf_cs231n.assignment.source import from_text


@pytest.mark.parametrize("name, text, task, words", PLANTED, ids=[case[0] for case in PLANTED])
def test_a_planted_mistake_is_wrong_and_what_is_said_is_true(name, text, task, words):
    forward = tasks.TASKS[task].forward
    names = [task] + ([forward] if forward else [])
    rows = {row.task.name: row for row in check_sources([from_text(text)], names, seed=2).rows}
    assert rows[task].outcome == WRONG and rows[task].mistake is None, rows[task]
    for part in words:
        assert part in rows[task].message, rows[task].message
    if forward:
        assert rows[forward].outcome == RIGHT
