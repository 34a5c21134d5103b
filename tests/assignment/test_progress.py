"""The page of what is done, and how a report marks what is wrong."""

import re

import numpy as np
import pytest

from tf_cs231n.assignment.hinting import begin_record, next_hint, note_images, note_report
from tf_cs231n.assignment.ladder import Finding
from tf_cs231n.assignment.progress import progress_page
from tf_cs231n.assignment.reports import Shown, cells_text
from tf_cs231n.assignment.source import from_text
from tf_cs231n.images import save_image


@pytest.fixture(scope="module")
def report():
    from tf_cs231n.assignment.checking import check_sources
    from tf_cs231n.assignment.mistakes import text_of

    right = text_of("rnn_step_forward", "rnn_layers")
    wrong = text_of("rnn_step_backward", "rnn_layers").replace("da.sum(axis=0)", "da.mean(axis=0)")
    raised = "def sigmoid(x):\n    return 1 / (1 + np.exp(-y))\n"
    source = from_text("import numpy as np\n" + right + wrong + raised)
    return check_sources([source], seed=231)


def test_the_page_has_outcomes_complaints_hints_and_images_and_asks_no_network(report, tmp_path):
    folder = str(tmp_path)
    begin_record(folder)
    assert "Nothing was checked yet" in progress_page(folder)
    note_report(folder, report)
    next_hint(folder, "rnn_step_backward")
    for name in ("mine.png", "other.png"):
        save_image(str(tmp_path / name), np.zeros((4, 4, 3), np.uint8))
    note_images(folder, [str(tmp_path / "mine.png")], "style", ["gram_matrix"])
    page = progress_page(folder)
    assert "1 of 14 functions are right. 1 hint asked for." in page
    assert "Next: <code>rnn_step_backward</code>" in page
    assert "<code>db_mean</code> db is wrong" in page and "hints: where to look" in page
    assert "NameError" in page and "not attempted" in page
    made, others = page.split("Images your code made")[1].split("Other images in this folder")
    assert "mine.png" in made and "style with your <code>gram_matrix</code>" in made
    assert "other.png" in others and "mine.png" not in others
    assert not re.search(r"https?:|<link|<script|@import|url\(", page)


def test_a_terminal_and_a_notebook_mark_the_wrong_cells(report):
    row = next(row for row in report.rows if row.mistake)
    shown = Shown(report)
    marked = shown._repr_html_().split("<table")[1]
    yours, expected = row.finding.yours, row.finding.expected
    for text in (repr(shown), marked):
        assert all(f"{number:.4g}" in text for number in (yours[0], expected[0]))
    assert f"{yours[0]:.4g}!" in repr(shown)
    assert marked.count("#f6c1c1") == row.finding.wrong.sum()


def test_the_terminals_table_begins_before_the_first_wrong_cell():
    yours, expected = np.zeros((2, 9, 9)), np.zeros((2, 9, 9))
    yours[1, 5, 7] = 3.5
    text = cells_text(Finding("values", "", "dx", yours, expected, yours != expected))
    assert text.splitlines()[1:] == [
        "    dx[1], columns 6 to 8; ! is wrong, below it what was expected",
        "    row 4             0           0           0",
        "    row 5             0         3.5!          0",
        "                                  0",
        "    row 6             0           0           0",
    ]
    one = Finding("values", "", "loss", np.ones(()), np.zeros(()), np.ones((), bool))
    assert cells_text(one) == ""
