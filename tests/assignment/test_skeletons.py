"""Skeletons give nothing away and count as not attempted; hints come one at a time."""

import json
import os
import re

import nbformat
import pytest

from tf_cs231n.assignment import skeletons, source, tasks
from tf_cs231n.assignment.checking import NOT_ATTEMPTED, check_sources
from tf_cs231n.assignment.mistakes import text_of


@pytest.fixture
def folder(tmp_path, run_cli):
    status, out, _ = run_cli("assignment", "new", tmp_path / "work")
    assert status == 0 and "README.md" in out
    return tmp_path / "work"


def test_every_skeleton_is_not_attempted_and_no_process_is_needed(folder):
    report = check_sources(source.read(str(folder)))
    assert [row.task.name for row in report.rows] == list(tasks.TASKS)
    assert {row.outcome for row in report.rows} == {NOT_ATTEMPTED}


def test_every_notebook_is_valid_and_not_attempted(folder):
    for topic in tasks.TOPIC_MODULES:
        path = folder / f"{topic}.ipynb"
        nbformat.validate(nbformat.read(str(path), as_version=4))
        names = [task.name for task in tasks.TASKS.values() if task.topic == topic]
        rows = check_sources(source.read(str(path)), names).rows
        assert {row.outcome for row in rows} == {NOT_ATTEMPTED}


def body_lines(task):
    """The lines of a reference's body, stripped, that say something of their own."""
    text = text_of(task.name, task.module)
    if "." in task.name:
        text = text[text.index(f"def {task.name.split('.')[1]}(") :]
    text = re.sub(r'"""(.|\n)*?"""', "", text, count=1)
    lines = [line.strip() for line in text.splitlines()[1:]]
    return [line for line in lines if "=" in line and not line.startswith(("def ", "class "))]


@pytest.mark.parametrize("task", tasks.TASKS.values(), ids=lambda task: task.name)
def test_no_line_of_an_answer_and_no_formula_stands_in_a_skeleton(task):
    text = skeletons.skeleton(task.module)
    lines = {line.strip() for line in text.splitlines()}
    given = {line.strip() for line in text.splitlines() if "self." in line}
    assert not [line for line in body_lines(task) if line in lines - given]
    name = task.name.split(".")[-1]
    question = text[text.index(f"def {name}(") :].split('"""')[1]
    assert not re.search(r"[A-Za-z)\]] = [^ ]+ [-+*/] |\w\*\*|\^|tanh\(|exp\(|log\(|sum_", question)


def test_a_second_assignment_does_not_overwrite_work(folder, fails_with_one_line):
    assert "exists already" in fails_with_one_line("assignment", "new", folder)


def test_hints_come_one_at_a_time_and_are_recorded(folder, run_cli):
    hints = [
        run_cli("assignment", "hint", "lstm_step_backward", "--folder", folder)[1] for _ in range(5)
    ]
    assert [hint.split(":")[0] for hint in hints] == [
        "where to look", "the formula", "the shape of the line", "the solution", "the solution",
    ]  # fmt: skip
    assert "def lstm_step_backward" in hints[3]
    record = json.loads((folder / ".tf-cs231n-progress.json").read_text())
    assert record["hints"] == {"lstm_step_backward": 4}
    again = run_cli("assignment", "hint", "lstm_step_backward", "--folder", folder, "--again")[1]
    assert again.count("\n\n") >= 4


def test_every_task_has_three_hints():
    for task in tasks.TASKS.values():
        hints = tasks.hints(task)
        assert len(hints) == 3 and all(hints), task


def test_the_progress_page_says_what_is_done_and_links_nowhere(folder, run_cli):
    text = text_of("rnn_step_forward", "rnn_layers")
    skeleton = (folder / "rnn_layers.py").read_text()
    start = skeleton.index("def rnn_step_forward")
    end = skeleton.index("def rnn_step_backward")
    (folder / "rnn_layers.py").write_text(skeleton[:start] + text + "\n\n" + skeleton[end:])
    assert run_cli("check", folder / "rnn_layers.py")[0] == 0
    run_cli("assignment", "hint", "rnn_step_forward", "--folder", folder)
    assert run_cli("assignment", "progress", folder)[0] == 0
    page = (folder / "progress.html").read_text()
    assert "1 of 14 functions are right" in page and "where to look" in page
    assert "http" not in page and os.path.getsize(str(folder / "progress.html")) < 100000
