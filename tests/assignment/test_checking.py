"""What a learner meets: files in, outcomes and sentences out, through child processes."""

import inspect
import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from course_files import CAPTIONER, GIVEN, RNN_LAYERS, SALIENCY_CELLS

from tf_cs231n.assignment import check, tasks
from tf_cs231n.assignment.mistakes import text_of
from tf_cs231n.assignment.solutions import rnn_layers

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LAYERS = [name for name, task in tasks.TASKS.items() if task.module == "rnn_layers"]


@pytest.fixture
def check_path(run_cli):
    """Check through the command line; returns {task: row} of the JSON."""

    def run(path, *options):
        seed = () if "--seed" in options else ("--seed", 231)  # what is said must not vary here
        status, out, err = run_cli("check", path, "--json", "-", *seed, *options)
        assert status == 0, err
        report = json.loads(out)
        assert set(report) == {"seed", "tasks"}
        assert all(set(row) == {"task", "outcome", "mistake", "message"} for row in report["tasks"])
        return {row["task"]: row for row in report["tasks"]}

    return run


@pytest.fixture
def check_text(tmp_path, check_path):
    """Write a file and check it."""

    def run(text, *options, name="my_layers.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return check_path(path, *options)

    return run


def edited(name, *edits):
    text = text_of(name, "rnn_layers")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return "import numpy as np\n" + text


def one(rows):
    assert len(rows) == 1
    return next(iter(rows.values()))


# --- Right ---


def test_the_reference_is_right_in_every_numpy_task_of_the_layers(check_text):
    rows = check_text(inspect.getsource(rnn_layers))
    assert list(rows) == LAYERS
    assert {row["outcome"] for row in rows.values()} == {"right"}


def test_the_reference_captioner_is_right(check_text):
    with open(tasks.solution_path("rnn"), encoding="utf-8") as file:
        rows = check_text(file.read(), name="rnn.py")
    assert {row["outcome"] for row in rows.values()} == {"right"}


def test_the_reference_is_right_in_every_graph_task(tmp_path, check_path):
    modules = ["saliency", "style_transfer", "gan", "norms", "information"]
    for module in modules:
        shutil.copy(tasks.solution_path(module), str(tmp_path / f"my_{module}.py"))
    rows = check_path(tmp_path)
    assert [row for row in rows.values() if row["outcome"] != "right"] == []
    assert len(rows) == sum(task.module in modules for task in tasks.TASKS.values())


def test_the_package_itself_is_right(check_text):
    text = "from tf_cs231n.captioning.rnn_layers import *\n"
    rows = check_text(text + "from tf_cs231n.captioning.rnn import CaptioningRNN\n",
                      "--task", "lstm_backward", "--task", "temporal_softmax_loss",
                      "--task", "loss", "--task", "sample")  # fmt: skip
    assert [row["outcome"] for row in rows.values()] == ["right"] * 4


# --- Wrong ---


def test_a_planted_mistake_is_named_and_missing_tasks_are_rows(check_text):
    rows = check_text(edited("lstm_step_backward", ("dnext_c + dnext_h", "dnext_h")))
    row = rows["lstm_step_backward"]
    assert (row["outcome"], row["mistake"]) == ("wrong", "dnext_c_unused")
    assert "dnext_c, is never used" in row["message"]
    assert rows["rnn_forward"]["outcome"] == "not attempted"
    assert list(rows) == LAYERS


LADDER = [
    ("rnn_step_backward", [("dWh, db\n", "dWh\n")], "your function returns 4 outputs, expected 5"),
    ("rnn_step_backward", [("db = da.sum(axis=0)", "db = None")], "db is None"),
    ("rnn_step_backward", [("db = da.sum(axis=0)", "db = [1, 2]")], "db is of type list"),
    ("rnn_step_backward", [("da = dnext", "dnext_h *= 2\n    da = dnext")], "changes its argument"),
    ("rnn_step_backward", [("da.sum(axis=0)", "da.sum(axis=0)[:, None]")], "db has shape"),
    ("rnn_step_backward", [("x.T.dot(da)", "da.T.dot(x)")], "it is transposed"),
    ("rnn_step_backward", [("da.sum(axis=0)", "da.sum(axis=0).astype(int)")], "of dtype int"),
    ("rnn_step_backward", [("da.sum(axis=0)", "np.log(-1 + 0 * da.sum(axis=0))")], "db has NaN"),
    ("rnn_step_backward", [("da.sum(axis=0)", "da.sum(axis=0) * 2 / len(x)")], "db is wrong"),
    ("rnn_step_backward", [("da.sum(axis=0)", "-da.sum(axis=0)")], "db is the negative of"),
    ("rnn_step_backward", [("da.sum(axis=0)", "3.5 * da.sum(axis=0)")], "db is 3.5 times what"),
    ("rnn_step_backward", [("return dx, dprev_h,", "return dx, dx @ x.T @ prev_h,")],
     "dprev_h is wrong (dx, dWx, dWh and db are right)"),
    ("lstm_step_backward", [("do * o * (1 - o)", "do * o * (2 - o)")], "all of the output gate o, "
            "and nothing else"),
    ("lstm_step_backward", [("df = dc * prev_c", "df = dc * prev_c * 7.5")],
     "there your dWx is 7.5 times"),
    ("word_embedding_backward", [("dW, x, dout)", "dW, x[:, ::-1], dout)")], "dW is wrong"),
    ("word_embedding_backward",
     [("np.add.at(dW, x, dout)",
       "np.add.at(dW, x, dout)\n    dW[np.bincount(x.ravel(), minlength=len(W)) > 1] *= 1.1")],
     "words that occur more than once"),
    ("temporal_softmax_loss", [("dx = dx / N", "dx = dx / N - 0.1 * ~mask[:, :, None]")],
     "all of the padded words, and nothing else"),
    ("rnn_forward", [("prev_h = h0", "prev_h = h0 * 1.5")], "h is wrong"),
]  # fmt: skip


@pytest.mark.parametrize("name, edits, words", LADDER, ids=[words for _, _, words in LADDER])
def test_the_ladder_says_the_first_thing_wrong(name, edits, words, check_text):
    forward = tasks.TASKS[name].forward
    others = [edited(other) for other in (forward, "rnn_step_forward", "sigmoid") if other]
    row = one(check_text("\n".join(others) + edited(name, *edits), "--task", name))
    assert row["outcome"] == "wrong" and words in row["message"], row


def test_a_mistake_in_a_step_is_told_once(check_text):
    text = inspect.getsource(rnn_layers).replace("prev_h.dot(Wh) + b\n    next_h", "b\n    next_h")
    rows = check_text(text, "--task", "rnn_step_forward", "--task", "rnn_forward")
    assert rows["rnn_step_forward"]["mistake"] == "prev_h_unused"
    assert rows["rnn_forward"]["outcome"] == "right"
    assert "our earlier functions" in rows["rnn_forward"]["message"]


def test_a_cache_of_ones_own_waits_for_the_forward_function(check_text):
    mine = "[next_h, x, prev_h, Wx, Wh]"
    wrong = ("np.tanh(a)", "np.tanh(1.1 * a)")
    cached = ("cache = x, prev_h, Wx, Wh, next_h", f"cache = {mine}")
    forward = edited("rnn_step_forward", wrong, cached)
    backward = edited("rnn_step_backward", ("x, prev_h, Wx, Wh, next_h = cache", f"{mine} = cache"))
    row = one(check_text(forward + backward, "--task", "rnn_step_backward"))
    assert row["outcome"] == "wrong" and "make that right first" in row["message"]


def test_the_seed_gives_the_same_inputs_again(check_text):
    text = edited("rnn_step_forward", ("np.tanh(a)", "np.tanh(a) + 0.01"))
    messages = {
        one(check_text(text, "--task", "rnn_step_forward", "--seed", seed))["message"]
        for seed in (5, 5, 6)
    }
    assert len(messages) == 2


def test_the_page_marks_the_wrong_cells(tmp_path, run_cli):
    path = tmp_path / "layers.py"
    path.write_text(edited("rnn_step_forward", ("np.tanh(a)", "np.tanh(a)\n    next_h[0, 0] += 1")))
    run_cli("check", path, "--task", "rnn_step_forward", "--html", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert page.count("#f6c1c1") == 1 and "http" not in page


# --- Not attempted ---


def test_the_course_skeleton_is_not_attempted(check_text):
    rows = check_text(RNN_LAYERS, name="cs231n/rnn_layers.py")
    right = [name for name, row in rows.items() if row["outcome"] == "right"]
    rest = [row["outcome"] for name, row in rows.items() if name not in GIVEN]
    assert sorted(right) == sorted(GIVEN) and set(rest) == {"not attempted"}


def test_the_course_captioner_is_not_attempted_with_its_package_beside_it(tmp_path, check_path):
    classifiers = tmp_path / "cs231n" / "classifiers"
    classifiers.mkdir(parents=True)
    (tmp_path / "cs231n" / "rnn_layers.py").write_text(RNN_LAYERS)
    (tmp_path / "cs231n" / "._rnn_layers.py").write_bytes(b"\0\5\26\7not Python")
    (classifiers / "rnn.py").write_text(CAPTIONER)
    rows = check_path(tmp_path)
    assert rows["CaptioningRNN.loss"]["outcome"] == "not attempted"
    assert rows["CaptioningRNN.sample"]["outcome"] == "not attempted"
    assert rows["sigmoid"]["outcome"] == "right"


def test_a_course_notebook_is_read_without_its_magics_and_other_cells(tmp_path, check_path):
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 1, "source": cell}
        for cell in SALIENCY_CELLS
    ]
    path = tmp_path / "NetworkVisualization-TensorFlow.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    rows = check_path(path)
    assert [row["outcome"] for row in rows.values()] == ["right", "not attempted", "not attempted"]


# --- Files as they are ---


def test_python_2_is_refused_in_one_line_that_names_the_line(tmp_path, fails_with_one_line):
    path = tmp_path / "rnn_layers.py"
    path.write_text(
        "import numpy as np\n\ndef rnn_forward(x):\n    print 'here', x\n    return x\n"
    )
    line = fails_with_one_line("check", path)
    assert "rnn_layers.py, line 4" in line and "Python 2" in line


def test_past_builtins_and_the_course_package_are_provided(check_text):
    head = "from past.builtins import xrange\nfrom cs231n.layers import *\nimport numpy as np\n"
    text = head + text_of("rnn_forward", "rnn_layers").replace("range(T)", "xrange(T)")
    row = one(check_text(text, "--task", "rnn_forward"))
    assert row["outcome"] == "right"


def test_relative_imports_find_the_file_beside(tmp_path, check_path):
    (tmp_path / "cs231n").mkdir()
    (tmp_path / "cs231n" / "helpers.py").write_text(
        "import numpy as np\ndef act(a):\n    return np.tanh(a)\n"
    )
    path = tmp_path / "cs231n" / "rnn_layers.py"
    text = text_of("rnn_step_forward", "rnn_layers").replace("np.tanh(a)", "act(a)")
    path.write_text("from .helpers import act\n" + text)
    assert one(check_path(path, "--task", "rnn_step_forward"))["outcome"] == "right"


def test_a_syntax_error_is_a_row_that_names_the_line(check_text):
    rows = check_text(
        "def rnn_forward(x):\n    return (x\n\ndef rnn_backward(dh, cache):\n    pass\n"
    )
    row = rows["rnn_forward"]
    assert row["outcome"] == "raised" and "SyntaxError" in row["message"]


@pytest.mark.parametrize(
    "path, words",
    [
        ("missing.py", "no such file"),
        ("README.md", "expected a .py file"),
        ("empty", "no file in it"),
    ],
)
def test_what_cannot_be_checked_is_one_line(path, words, tmp_path, fails_with_one_line):
    (tmp_path / "README.md").write_text("# nothing")
    (tmp_path / "empty").mkdir()
    assert words in fails_with_one_line("check", tmp_path / path)


# --- Hostile or unlucky code costs its own row only ---

HOSTILE = {
    "raises": ("raise KeyError('mine')", "raised", "KeyError: 'mine'"),
    "exits": ("import os; os._exit(3)", "raised", "exit status 3"),
    "sys_exit": ("import sys; sys.exit()", "raised", "SystemExit"),
    "memory": ("return np.ones((10**6, 10**6)), None", "raised", "MemoryError"),
    "allclose": (
        "np.allclose = lambda *a, **k: True\n    return np.zeros((1, 1)), 1",
        "wrong",
        "shape",
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_code_is_a_row(kind, check_text):
    body, outcome, words = HOSTILE[kind]
    text = "import numpy as np\ndef rnn_step_forward(x, prev_h, Wx, Wh, b):\n    " + body + "\n"
    rows = check_text(
        text + edited("rnn_forward"), "--task", "rnn_step_forward", "--task", "rnn_forward"
    )
    assert rows["rnn_step_forward"]["outcome"] == outcome
    assert words in rows["rnn_step_forward"]["message"] or kind == "memory"
    assert rows["rnn_forward"]["outcome"] == "right"


def test_only_the_learners_own_lines_are_in_a_traceback(tmp_path, run_cli):
    path = tmp_path / "mine.py"
    path.write_text("import numpy as np\ndef sigmoid(x):\n    return np.linalg.inv(x)\n")
    out = run_cli("check", path, "--task", "sigmoid")[1]
    assert "mine.py, line 3, in sigmoid: return np.linalg.inv(x)" in out
    assert "linalg.py" not in out and "records.py" not in out


def test_a_hang_is_stopped_and_the_children_of_a_child_too(tmp_path):
    from tf_cs231n.assignment.checking import check_sources
    from tf_cs231n.assignment.source import read

    path = tmp_path / "hang.py"
    mark = tmp_path / "alive"
    path.write_text(
        "import subprocess, sys\n"
        "def sigmoid(x):\n"
        f"    mark = {str(mark)!r}\n"
        "    loop = 'import sys, time'\n"
        '    loop += \'\\\\nwhile True: time.sleep(.05); open(sys.argv[1], "a").write("x")\'\n'
        "    subprocess.Popen([sys.executable, '-c', loop, mark], start_new_session=True)\n"
        "    while True: pass\n"
    )
    row = check_sources(read(str(path)), ["sigmoid"], seconds=3).rows[0]
    assert row.outcome == "raised" and "more than 3 seconds" in row.message
    size = os.path.getsize(str(mark)) if mark.exists() else 0
    time.sleep(0.5)
    assert size == (os.path.getsize(str(mark)) if mark.exists() else 0)


def test_after_a_crash_the_other_graph_tasks_get_a_new_child(check_text):
    with open(tasks.solution_path("information"), encoding="utf-8") as file:
        text = file.read() + "\ndef entropy(p):\n    import os\n    os._exit(1)\n"
    rows = check_text(text, name="information.py")
    outcomes = {name: row["outcome"] for name, row in rows.items()}
    assert outcomes.pop("entropy") == "raised" and set(outcomes.values()) == {"right"}


# --- In a notebook, and where the machine lacks things ---


def test_a_function_of_a_notebook_is_checked_with_what_it_uses():
    shown = check(rnn_layers.rnn_forward, seed=3)
    assert [(row.task.name, row.outcome) for row in shown.rows] == [("rnn_forward", "right")]
    assert "1 of 1 right" in repr(shown) and "rnn_forward" in shown._repr_html_()


def test_numpy_tasks_need_no_tensorflow_no_resource_and_no_posix_signals(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(edited("rnn_step_forward"))
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "sys.modules['resource'] = None\n"
        "for name in ('SIGKILL', 'SIGHUP', 'SIGUSR1', 'SIGALRM', 'alarm', 'setitimer'):\n"
        "    if hasattr(signal, name): delattr(signal, name)\n"
        "for name in ('killpg', 'fork', 'setsid', 'getpgid'):\n"
        "    if hasattr(os, name): delattr(os, name)\n"
    )
    program = (
        "import sys\n"
        "from tf_cs231n.assignment.checking import check_sources\n"
        "from tf_cs231n.assignment.source import read\n"
        f"row = check_sources(read({str(path)!r}), ['rnn_step_forward']).rows[0]\n"
        "assert sys.modules['resource'] is None\n"
        "assert not any(name.startswith('tensorflow') for name in sys.modules)\n"
        "print(row.outcome)\n"
    )
    paths = os.pathsep.join([str(tmp_path / "hidden"), ROOT])
    out = subprocess.run(
        [sys.executable, "-c", program], env=dict(os.environ, PYTHONPATH=paths),
        stdout=subprocess.PIPE, check=True,
    ).stdout  # fmt: skip
    assert out.decode().strip() == "right"


def test_arrays_come_back_without_pickles(tmp_path):
    from tf_cs231n.assignment import records

    np.save(str(tmp_path / "t.1.0.0.npy"), np.array([{}], dtype=object), allow_pickle=True)
    case = {"outputs": [{"file": "t.1.0.0.npy"}], "changed": [], "error": None}
    (tmp_path / "t.json").write_text(json.dumps({"own": [case]}))
    assert records.load(str(tmp_path / "t")) is None


# --- Files and functions that spoil others ---


def test_a_file_in_python_2_is_passed_over_in_one_line_and_the_others_are_checked(
    tmp_path, run_cli, fails_with_one_line
):
    (tmp_path / "old.py").write_text("import os\nprint 'hello'\n")
    assert "line 2: this is Python 2" in fails_with_one_line("check", tmp_path)
    (tmp_path / "layers.py").write_text(edited("rnn_step_forward"))
    status, out, err = run_cli("check", tmp_path, "--task", "rnn_step_forward")
    assert status == 0 and "rnn_step_forward           right" in out
    assert err.startswith("passed over: ") and "old.py, line 2: this is Python 2" in err
    assert len(err.splitlines()) == 1


LOOP = "    while True:\n        pass\n"


@pytest.mark.parametrize("body", ["    return 0 * prev_h, 0\n", LOOP], ids=["wrong", "hangs"])
def test_a_sequence_is_judged_with_our_step_where_theirs_is_wrong_or_hangs(body):
    from tf_cs231n.assignment import source
    from tf_cs231n.assignment.checking import check_sources

    text = inspect.getsource(rnn_layers)
    start = text.index("def rnn_step_forward(")
    text = text[:start] + "def rnn_step_forward(x, prev_h, Wx, Wh, b):\n" + body + text[
        text.index("def rnn_step_backward(") :]  # fmt: skip
    names = ["rnn_step_forward", "rnn_forward", "rnn_backward"]
    report = check_sources([source.from_text(text)], names, 231, seconds=3)
    first, *rest = report.rows
    assert first.outcome == ("raised" if "while" in body else "wrong")
    for row in rest:
        assert row.outcome == "right" and row.helped and "with our earlier functions" in row.message


def test_a_backward_pass_whose_forward_hangs_says_that_it_reads_its_cache():
    from loops import __file__ as loops

    from tf_cs231n.assignment import source
    from tf_cs231n.assignment.checking import check_sources

    with open(loops, encoding="utf-8") as file:  # its caches are not ours
        text = file.read() + f"\n\ndef rnn_forward(x, h0, Wx, Wh, b):\n{LOOP}"
    report = check_sources(
        [source.from_text(text)], ["rnn_forward", "rnn_backward"], 231, seconds=3
    )
    assert [row.outcome for row in report.rows] == ["raised", "raised"]
    assert "reads the cache of rnn_forward: make that right first" in report.rows[1].message
