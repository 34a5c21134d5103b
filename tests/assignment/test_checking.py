"""What a learner meets: files in, outcomes and sentences out, through child processes."""

import inspect
import json

import pytest

from tf_cs231n.assignment import check, tasks
from tf_cs231n.assignment.mistakes import text_of
from tf_cs231n.assignment.solutions import rnn_layers


@pytest.fixture
def check_text(tmp_path, run_cli):
    """Write a file, check it through the command line, return {task: row} of the JSON."""

    def run(text, *options, name="my_layers.py"):
        path = tmp_path / name
        path.write_text(text)
        status, out, err = run_cli("check", path, "--json", "-", *options)
        assert status == 0, err
        report = json.loads(out)
        assert set(report) == {"seed", "tasks"}
        return {row["task"]: row for row in report["tasks"]}

    return run


def edited(name, *edits):
    text = text_of(name, "rnn_layers")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return "import numpy as np\n" + text


def test_the_reference_is_right_in_every_numpy_task_of_the_layers(check_text):
    rows = check_text(inspect.getsource(rnn_layers))
    assert list(rows) == [n for n, task in tasks.TASKS.items() if task.module == "rnn_layers"]
    assert {row["outcome"] for row in rows.values()} == {"right"}


def test_the_package_itself_is_right(check_text):
    text = "from tf_cs231n.captioning.rnn_layers import *\n"
    rows = check_text(text, "--task", "lstm_backward", "--task", "temporal_softmax_loss")
    assert [row["outcome"] for row in rows.values()] == ["right", "right"]


def test_a_planted_mistake_is_named_and_missing_tasks_are_rows(check_text):
    rows = check_text(edited("lstm_step_backward", ("dnext_c + dnext_h", "dnext_h")))
    row = rows["lstm_step_backward"]
    assert (row["outcome"], row["mistake"]) == ("wrong", "dnext_c_unused")
    assert "dnext_c, is never used" in row["message"]
    assert rows["rnn_forward"]["outcome"] == "not attempted"


def test_a_function_of_a_notebook_is_checked_with_what_it_uses():
    shown = check(rnn_layers.rnn_forward, seed=3)
    assert [(row.task.name, row.outcome) for row in shown.rows] == [("rnn_forward", "right")]
    assert "1 of 1 right" in repr(shown)
