"""The assignment: functions to write, checks that name the mistake, hints, and grading.

How the pieces fit. A **task** is one function to write. Its parts are joined by its name:

    tasks.py                the table of all tasks, and look-ups by name
    solutions/<module>.py   the reference, written plainly; its docstrings are the questions, and
                            skeletons are these modules without the bodies
    cases/<module>.py       a list ``TASKS`` of `task.Task`: random inputs, the call, the outputs
    mistakes/<module>.py    a list ``MISTAKES`` of `mistakes.Mistake`: edits of the reference
    hints/<module>.py       a dict ``HINTS`` of task to three hints

How a check runs. `source.read(path)` looks at a file, notebook or folder without running it and
gives `Source` objects. `checking.check_sources(sources)` starts a child process for each NumPy
task, or for each module of graph tasks. The child (`child.py`) makes the inputs from the seed, runs
the learner's file, calls its functions and writes `records.Record` objects as JSON and .npy. The
parent, which never imports the learner's file, records the reference and the mistakes on the same
inputs, climbs the `ladder`, and returns a `Report` of `Row` objects (task, outcome, mistake,
message, finding). `reports.py` prints them, as text, JSON or HTML.

To add a task: write it in ``solutions/`` with a docstring that has no formula, describe its inputs
in ``cases/``, its mistakes in ``mistakes/``, its hints in ``hints/``; tests/assignment then proves
the rest.

For the teacher: `submissions` sorts out what was handed in, `grading` checks a class and adds up
points, `similarity` finds equal functions, `exporting` writes what Gradescope and nbgrader take.
"""

import importlib


def check(*functions, seed=None, full=False):
    """Check functions of a notebook, or all of the calling module, and show what is wrong.

    >>> from tf_cs231n.assignment import check
    >>> check(lstm_step_backward)                                            # doctest: +SKIP

    Args:
      *functions: functions of the assignment, by themselves or in a list.
      seed: of the random inputs; None: fresh ones.
      full: check graph tasks on SqueezeNet too.

    Returns:
      A `reports.Shown`, which a notebook shows as a table with the wrong cells marked.

    Raises:
      InputError: a function that is none of the assignment's, or whose source cannot be found.
    """
    # By name: the pieces import each other from this package, which imports none of them.
    calling = importlib.import_module("tf_cs231n.assignment.calling")
    return calling.check_functions(functions, seed, full)
