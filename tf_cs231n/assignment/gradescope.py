"""What `run_autograder` runs: ``python -m tf_cs231n.assignment.gradescope ROOT``.

ROOT has Gradescope's folders: ``submission``, ``source`` (the unpacked zip), ``results``.
"""

import json
import os
import sys

from tf_cs231n.assignment import grading
from tf_cs231n.assignment.exporting import read_staff
from tf_cs231n.assignment.submissions import Submission


def main(root):
    """Write ``results/results.json``: first that the run did not finish, at the end the grades."""
    results = os.path.join(root, "results", "results.json")
    _write(results, {"score": 0, "output": "The autograder did not finish; tell your teacher."})
    points = grading.Points.load(os.path.join(root, "source", "points.csv"))
    seeds = read_staff(os.path.join(root, "source", "staff.json"))
    submission = Submission("submission", os.path.join(root, "submission"), [])
    graded = grading.grade_one(submission, list(points.rows), seeds)
    tests = [_test(name, points, graded.outcomes.get(name)) for name in points.rows]
    output = "\n".join(graded.notes) or "Checked on hidden inputs, not those of `tf-cs231n check`."
    score = sum(test["score"] for test in tests)
    _write(results, {"score": score, "output": output, "visibility": "visible", "tests": tests})


def _test(name, points, outcome):
    score = points.of(name, outcome)
    outcome = outcome or {"outcome": "not attempted", "message": ""}
    passed = outcome["outcome"] == "right"
    return {
        "name": name,
        "score": score,
        "max_score": points.rows[name][0],
        "status": "passed" if passed else "failed",
        "visibility": "visible",
        "output": f"{outcome['outcome']}: {outcome['message']}".rstrip(": "),
    }


def _write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
    os.replace(path + ".part", path)


if __name__ == "__main__":
    main(sys.argv[1])
