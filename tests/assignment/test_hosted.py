"""The notebook for a hosted machine runs from top to bottom, and checks an answer of either kind.

Its cells run in IPython in an empty folder. What this cannot try is the download of packages.
"""

import json
import os
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUN = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in json.load(sys.stdin):
    result = shell.run_cell(cell, store_history=True)
    result.raise_error()
    if hasattr(result.result, "rows"):
        print("ROW", result.result.rows[0].task.name, result.result.rows[0].outcome)
"""
RNN = """    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)"""
GRAM = """    rows = tf.reshape(features, [-1, features.shape.as_list()[-1]])
    size = tf.cast(tf.size(features), tf.float32) if normalize else 1.0
    return tf.matmul(rows, rows, transpose_a=True) / size"""


@pytest.mark.slow
def test_the_hosted_notebook_makes_the_assignment_and_checks_cells(tmp_path):
    path = os.path.join(ROOT, "notebooks", "hosted", "assignment.ipynb")
    with open(path, encoding="utf-8") as file:
        notebook = json.load(file)
    cells = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    assert not any(cell.get("outputs") for cell in notebook["cells"])
    for name, body in (("rnn_step_forward", RNN), ("gram_matrix", GRAM)):
        idle = f'    raise NotImplementedError("{name}")'
        answer = next(cell for cell in cells if idle in cell)
        check = cells.index(
            f"check({name})" if name[0] == "r" else f"print(TF_VERSION)\ncheck({name})"
        )
        cells[check + 1 : check + 1] = [answer.replace(idle, body), f"check({name})"]
    done = subprocess.run(
        [sys.executable, "-c", RUN], input=json.dumps(cells), cwd=str(tmp_path), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
        env=dict(os.environ, PYTHONPATH=ROOT, IPYTHONDIR=str(tmp_path / "ipython")),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    rows = [line for line in done.stdout.splitlines() if line.startswith("ROW")]
    assert rows == [
        "ROW rnn_step_forward not attempted",
        "ROW rnn_step_forward right",
        "ROW gram_matrix not attempted",
        "ROW gram_matrix right",
    ], done.stdout
    assert "is as the skeleton has it" in done.stdout  # of the file
    assert (tmp_path / "exercises" / "progress.html").exists()
