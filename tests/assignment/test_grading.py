"""A class is graded whole: whatever one submission does costs no other its row."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile

import pytest

from tf_cs231n.assignment import checking, exporting, grading, skeletons, submissions, tasks
from tf_cs231n.errors import InputError

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RNN = [name for name, task in tasks.TASKS.items() if task.topic == "rnn"]
with open(tasks.solution_path("rnn_layers"), encoding="utf-8") as file:
    RIGHT = file.read()
LOOPS = RIGHT + "\n\nwhile True:\n    pass\n"
EXITS = RIGHT + "\n\nimport os\n\n\ndef rnn_forward(x, h0, Wx, Wh, b):\n    os._exit(0)\n"
DELETES = (
    RIGHT
    + """

import os
folder = os.path.dirname(os.path.abspath(__file__))
for name in os.listdir(folder):
    os.remove(os.path.join(folder, name))
"""
)
LIES = (
    RIGHT
    + """

np.allclose = np.array_equal = lambda *anything: True


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    return 0 * prev_h, None
"""
)
CHILDREN = (
    RIGHT
    + """

import subprocess, sys
for _ in range(3):
    code = "import time; time.sleep(100)"
    subprocess.Popen([sys.executable, "-c", code, "MARK"], start_new_session=True)
"""
)


def write(folder, **files):
    """Submissions of one file each: a folder for a name, its text as rnn_layers.py."""
    for name, text in files.items():
        os.makedirs(os.path.join(str(folder), name), exist_ok=True)
        path = os.path.join(str(folder), name, "rnn_layers.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def grade(folder, **options):
    options = {"names": RNN, "seconds": 20, **options}
    graded, names, _ = grading.grade(str(folder / "in"), str(folder / "out"), **options)
    return {one.name: one for one in graded}, names


def test_hostile_submissions_cost_nobody_else_a_row(tmp_path):
    mark = f"mark-{os.getpid()}"
    children = CHILDREN.replace("MARK", mark)
    write(tmp_path / "in", ada=RIGHT, deletes=DELETES, exits=EXITS, lies=LIES, children=children)
    write(tmp_path / "in", loops=LOOPS, zoe=RIGHT)
    graded, names = grade(tmp_path, seconds=8)
    table = grading.grades_table(list(graded.values()), names, grading.Points.one_each(names))
    scores = {row["submission"]: float(row["score"]) for row in csv.DictReader(io.StringIO(table))}
    most = len(RNN)
    assert scores["ada"] == scores["zoe"] == scores["deletes"] == scores["children"] == most
    assert scores["loops"] == 0
    assert scores["exits"] == most - 1  # the backward pass is checked with our forward pass
    assert scores["lies"] == most - 1
    assert "did not finish" in graded["loops"].outcomes["rnn_step_forward"]["message"]
    assert os.path.isfile(str(tmp_path / "in" / "deletes" / "rnn_layers.py"))
    assert mark not in subprocess.check_output(["ps", "-eo", "args"], universal_newlines=True)
    assert all(os.path.isfile(str(tmp_path / "out" / f"{name}.html")) for name in graded)


def test_points_are_added_up_again_without_running_anything(tmp_path, monkeypatch):
    write(tmp_path / "in", ada=RIGHT, bob=RIGHT.replace("np.tanh(", "np.cos("))
    before, names = grade(tmp_path)
    monkeypatch.setattr(checking, "run", None)  # would raise
    after, _ = grade(tmp_path)
    assert {n: g.outcomes for n, g in after.items()} == {n: g.outcomes for n, g in before.items()}
    path = str(tmp_path / "points.csv")
    with open(path, "w") as file:
        file.write("task,points,with_reference\nrnn_step_forward,5,1\nrnn_forward,2,0.5\n")
    points = grading.Points.load(path)
    rows = list(csv.DictReader(io.StringIO(grading.grades_table(after.values(), names, points))))
    # Bob's sequence is right but for his step, and gets half of its two points.
    assert [(row["score"], row["max_score"]) for row in rows] == [("7", "7"), ("1", "7")]


def test_a_table_of_points_with_an_unknown_task_is_one_line(tmp_path, raises_one_line):
    path = str(tmp_path / "points.csv")
    with open(path, "w") as file:
        file.write("task,points\nlstm_backwards,5\n")
    with raises_one_line("points.csv", "lstm_backwards"):
        grading.Points.load(path)


def test_mistakes_are_counted_and_equal_functions_listed(tmp_path):
    wrong = RIGHT.replace("a = x.dot(Wx) + prev_h.dot(Wh) + b", "a = x.dot(Wx) + prev_h.dot(Wh)")
    renamed = wrong.replace("prev_h", "earlier").replace("One time step", "A step")
    own = RIGHT.replace("a = x.dot(Wx) + prev_h.dot(Wh) + b", "a = b + prev_h.dot(Wh) + x.dot(Wx)")
    assert RIGHT not in (own, wrong) and renamed != wrong
    write(tmp_path / "in", ada=wrong, bob=renamed, eve=own)
    graded, _ = grade(tmp_path, names=["rnn_step_forward"])
    ((task, mistake, number),) = grading.count_mistakes(graded.values())
    assert (task, number) == ("rnn_step_forward", 2)
    assert "bias" in grading.says(task, mistake)
    equal = dict(grading.equal_functions(graded.values()))
    assert equal["rnn_step_backward"] == ["ada", "bob", "eve"]


def test_what_was_handed_in_is_sorted_out(tmp_path):
    folder = tmp_path / "in" / "everybody"  # as a zip of all unpacks
    write(folder, ada=RIGHT, ben=RIGHT)
    with zipfile.ZipFile(str(folder / "cem.zip"), "w") as archive:
        archive.writestr("homework/cs231n/rnn_layers.py", RIGHT)
        archive.writestr("__MACOSX/homework/cs231n/._rnn_layers.py", b"\0\0")
        archive.writestr("../outside.py", RIGHT)
    later = folder / "ada (1)"
    write(folder, **{"ada (1)": RIGHT})
    os.utime(str(later / "rnn_layers.py"), (time.time() + 60,) * 2)
    (folder / "grades.pdf").write_bytes(b"")
    found, others = submissions.find(str(tmp_path / "in"))
    assert [one.name for one in found] == ["ada", "ben", "cem"]
    assert found[0].path == str(later) and "ada (1) is newer" in found[0].notes[0]
    assert others == ["grades.pdf"]
    copy = tmp_path / "copy"
    copy.mkdir()
    submissions.copy_code(found[2], str(copy))
    assert (copy / "homework" / "cs231n" / "rnn_layers.py").exists()
    assert not (tmp_path / "outside.py").exists() and not (copy / "__MACOSX").exists()


def test_of_two_files_with_a_task_the_newer_counts(tmp_path):
    write(tmp_path / "in", ada=RIGHT)
    old = tmp_path / "in" / "ada" / "a_draft.py"
    old.write_text("def rnn_step_forward(x, prev_h, Wx, Wh, b):\n    return x + 1, None\n")
    os.utime(str(old), (1e9, 1e9))
    graded, _ = grade(tmp_path, names=["rnn_step_forward"])
    assert graded["ada"].outcomes["rnn_step_forward"]["outcome"] == "right"
    assert any("rnn_layers.py, a_draft.py" in note for note in graded["ada"].notes)


def test_the_command_writes_grades_points_and_the_class(tmp_path, run_cli):
    write(tmp_path / "in", ada=RIGHT)
    options = [tmp_path / "in", "--csv", tmp_path / "g.csv", "--feedback", tmp_path / "out"]
    options += ["--topics", "rnn", "--points", tmp_path / "points.csv"]
    status, out, _ = run_cli("grade", *options)
    assert status == 0 and "1 submissions" in out
    (row,) = csv.DictReader(io.StringIO((tmp_path / "g.csv").read_text()))
    assert row["score"] == row["max_score"] == str(len(RNN))
    assert (tmp_path / "points.csv").read_text().startswith("task,points,with_reference\nrnn_")
    assert json.loads((tmp_path / "out" / "class.json").read_text())["mistakes"] == []


def test_a_task_is_right_if_it_is_for_every_hidden_seed(tmp_path):
    path = str(tmp_path / "staff.json")
    exporting.write_staff(path)
    seeds = exporting.read_staff(path)
    assert len(set(seeds)) == 3
    write(tmp_path / "in", ada=RIGHT)
    graded, _ = grade(tmp_path, names=["rnn_step_forward"], seeds=seeds)
    assert graded["ada"].outcomes["rnn_step_forward"]["outcome"] == "right"
    with pytest.raises(InputError):
        exporting.read_staff(str(tmp_path / "in" / "ada" / "rnn_layers.py"))


@pytest.fixture
def autograder(tmp_path):
    """The layout that Gradescope makes: the zip unpacked as source, and a submission."""
    exporting.write_gradescope(str(tmp_path / "autograder.zip"), ["rnn"])
    root = tmp_path / "autograder"
    with zipfile.ZipFile(str(tmp_path / "autograder.zip")) as archive:
        archive.extractall(str(root / "source"))
        assert archive.getinfo("run_autograder").external_attr >> 16 == 0o755
    (root / "submission").mkdir()
    (root / "results").mkdir()
    return root


def start(root):
    script = os.path.join(str(root), "source", "run_autograder")
    path = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
    environment = {**os.environ, "AUTOGRADER_ROOT": str(root), "PATH": path}
    environment.pop("PYTHONPATH", None)
    return subprocess.Popen(["bash", script], env=environment, cwd=str(root))


def results(root):
    with open(os.path.join(str(root), "results", "results.json"), encoding="utf-8") as file:
        return json.load(file)


def test_the_autograder_grades_in_gradescopes_folders(autograder):
    (autograder / "submission" / "rnn_layers.py").write_text(
        RIGHT.replace("a = x.dot(Wx) + prev_h.dot(Wh) + b", "a = x.dot(Wx) + prev_h.dot(Wh)")
    )
    assert start(autograder).wait(60) == 0
    found = results(autograder)
    tests = {test["name"]: test for test in found["tests"]}
    assert set(tests) == set(RNN)
    assert (
        tests["rnn_step_forward"]["status"] == "failed" and not tests["rnn_step_forward"]["score"]
    )
    assert "bias" in tests["rnn_step_forward"]["output"]
    assert tests["rnn_forward"]["status"] == "passed"
    assert found["score"] == sum(test["score"] for test in tests.values()) > 0


def test_an_autograder_that_is_killed_has_written_that_it_did_not_finish(autograder):
    (autograder / "submission" / "rnn_layers.py").write_text(LOOPS)
    process = start(autograder)
    path = autograder / "results" / "results.json"
    deadline = time.time() + 30
    while not path.exists() and time.time() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert results(autograder)["score"] == 0 and "did not finish" in results(autograder)["output"]


def test_a_child_whose_parent_was_killed_ends_by_itself():
    code = (
        "import resource; from tf_cs231n.assignment.child import limit; limit(4, 10);"
        "print(resource.getrlimit(resource.RLIMIT_CPU)[0])"
    )
    seconds = int(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT))
    assert 10 < seconds <= 10 * os.cpu_count() + 5


@pytest.mark.parametrize("topic", list(tasks.TOPIC_MODULES))
def test_an_nbgrader_notebook_has_answers_between_marks_and_checks_with_points(topic):
    notebook = exporting.nbgrader_notebook(topic)
    graded = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade")]
    answers = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("solution")]
    assert sum(c["metadata"]["nbgrader"]["points"] for c in graded) == sum(
        task.topic == topic for task in tasks.TASKS.values()
    )
    ids = [c["metadata"]["nbgrader"]["grade_id"] for c in graded + answers]
    assert len(ids) == len(set(ids)) and len(graded) == len(answers)
    for cell in answers:
        text = "".join(cell["source"])
        assert text.count("### BEGIN SOLUTION") == text.count("### END SOLUTION") >= 1
        assert "NotImplementedError" not in text
        compile(text, topic, "exec")
    assert "NotImplementedError" in "".join(
        "".join(cell["source"]) for cell in skeletons.notebook(topic)["cells"]
    )
