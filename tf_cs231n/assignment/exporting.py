"""Take the assignment to where classes are held: Gradescope, nbgrader, a file of hidden seeds."""

import ast
import io
import json
import os
import random
import zipfile

from tf_cs231n.assignment import skeletons, tasks
from tf_cs231n.errors import InputError
from tf_cs231n.files import read_text, write_bytes

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


# --- Hidden seeds ---


def write_staff(path, num_seeds=3, overwrite=False):
    """Write the staff's file: seeds of hidden inputs, whose sizes and numbers nobody else knows."""
    chance = random.SystemRandom()
    seeds = [chance.randrange(2**31) for _ in range(num_seeds)]
    write_bytes(path, (json.dumps({"seeds": seeds}) + "\n").encode(), overwrite)


def read_staff(path):
    """The seeds in a staff's file, a list.

    Raises:
      InputError: it is missing, or not such a file.
    """
    try:
        seeds = json.loads(read_text(path))["seeds"]
        if not seeds or not all(isinstance(seed, int) for seed in seeds):
            raise ValueError
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: not a file of `tf-cs231n assignment export staff`") from error
    return seeds


# --- Gradescope ---

_SETUP = """#!/usr/bin/env bash
# Gradescope runs this once, when the image is built.
set -eu
cd "${AUTOGRADER_ROOT:-/autograder}/source"
python3 -m pip install -r requirements.txt
"""

_RUN = """#!/usr/bin/env bash
# Gradescope runs this for each submission. What it writes first says that it did not finish, so
# that a run which is killed is graded, too.
set -u
root="${AUTOGRADER_ROOT:-/autograder}"
export PYTHONPATH="$root/source"
exec python3 -m tf_cs231n.assignment.gradescope "$root"
"""
_NUMPY = "numpy\nclick\ntqdm\nscipy\nPillow\n"
_TENSORFLOW = "tensorflow-cpu\nimageio\nh5py\nscikit-image\nscikit-learn\nndf==0.1.4\n"


def write_gradescope(path, topics, points=None, staff=None, overwrite=False):
    """Write the autograder zip: setup.sh, run_autograder, this package, points and hidden seeds.

    Args:
      path: the zip.
      topics: which to grade.
      points: a `grading.Points`; None: one point a task.
      staff: a file of `write_staff`; None: fresh seeds for this zip.
      overwrite: replace the file if it is there.
    """
    from tf_cs231n.assignment.grading import Points

    chosen = [task for task in tasks.TASKS.values() if task.topic in topics]
    points = points or Points.one_each([task.name for task in chosen])
    seeds = read_staff(staff) if staff else [random.SystemRandom().randrange(2**31)]
    needs_tensorflow = any(task.graph for task in chosen)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "setup.sh", _SETUP)
        _add(archive, "run_autograder", _RUN)
        _add(archive, "requirements.txt", _NUMPY + (_TENSORFLOW if needs_tensorflow else ""))
        _add(archive, "points.csv", points.text())
        _add(archive, "staff.json", json.dumps({"seeds": seeds}))
        archive.write(os.path.join(os.path.dirname(_PACKAGE), "sessions.py"), "sessions.py")
        for folder, folders, files in os.walk(_PACKAGE):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            for name in sorted(files):
                if name.endswith((".py", ".txt")):
                    full = os.path.join(folder, name)
                    archive.write(full, os.path.relpath(full, os.path.dirname(_PACKAGE)))
    write_bytes(path, out.getvalue(), overwrite)


def _add(archive, name, text):
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr = (0o755 if text.startswith("#!") else 0o644) << 16
    archive.writestr(entry, text, zipfile.ZIP_DEFLATED)


# --- nbgrader ---


def nbgrader_notebook(topic, points=None):
    """The instructor's notebook of a topic: answers between nbgrader's marks, checks with points.

    Args:
      topic: its name.
      points: a `grading.Points`; None: one point a task.

    Returns:
      A notebook, a dict: nbformat 4.4, cells with nbgrader's metadata of schema 3.
    """
    notebook = skeletons.notebook(topic)
    cells = []
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        checked = text[len("check(") : -1] if text.startswith("check(") else None
        first = text and _defined(text, topic)
        if checked:
            names = [n for n in tasks.TASKS if n == checked or n.startswith(checked + ".")]
            worth = sum(points.rows.get(n, (0, 1))[0] if points else 1 for n in names)
            cell["source"] = _CHECK.format(name=checked).splitlines(True)
            cell["metadata"] = _metadata(f"check-{checked}", grade=True, points=worth)
        elif first:
            cell["source"] = _with_answer(text, topic, first).splitlines(True)
            cell["metadata"] = _metadata(f"answer-{first}", solution=True)
        cells.append(cell)
    return {**notebook, "cells": cells}


_CHECK = """report = check({name})
assert all(row.outcome == "right" for row in report.rows), str(report)
report"""


def _metadata(name, grade=False, solution=False, points=None):
    data = {
        "grade_id": name.replace(".", "-"), "grade": grade, "solution": solution, "locked": grade,
        "schema_version": 3, "task": False,
    }  # fmt: skip
    if points is not None:
        data["points"] = points
    return {"nbgrader": data}


def _defined(text, topic):
    """The function or class of a topic's tasks that a cell asks for, or None."""
    names = [t.name.split(".")[0] for t in tasks.TASKS.values() if t.topic == topic]
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    defined = [getattr(node, "name", None) for node in tree.body]
    return next((name for name in names if name in defined), None)


def _with_answer(text, topic, name):
    """A cell's skeleton with the answers in place of its ``raise NotImplementedError`` lines.

    nbgrader puts its own "YOUR CODE HERE" there for the students' version.
    """
    module = next(
        t.module for t in tasks.TASKS.values() if t.name.split(".")[0] == name and t.topic == topic
    )
    with open(tasks.solution_path(module), encoding="utf-8") as file:
        answer = file.read()
    helpers, lines = skeletons.helpers(answer), []
    for line in text.splitlines():
        begin = 'raise NotImplementedError("'
        if line.strip().startswith(begin):
            function = line.strip()[len(begin) :].split('"')[0]
            indent = line[: len(line) - len(line.lstrip())]
            body = skeletons.answer_body(answer, name, function)
            lines += [indent + "### BEGIN SOLUTION", *body, indent + "### END SOLUTION"]
        else:
            lines.append(line)
    if helpers:
        lines = ["### BEGIN SOLUTION", *helpers, "### END SOLUTION", "", "", *lines]
    return "\n".join(lines)


def write_nbgrader(folder, topics, points=None, overwrite=False):
    """Write nbgrader's source folder: ``source/<topic>/<topic>.ipynb`` for each topic.

    Returns:
      The paths written, a list.
    """
    paths = []
    for topic in topics:
        path = os.path.join(folder, "source", topic, f"{topic}.ipynb")
        text = json.dumps(nbgrader_notebook(topic, points), indent=1) + "\n"
        write_bytes(path, text.encode(), overwrite)
        paths.append(path)
    return paths
