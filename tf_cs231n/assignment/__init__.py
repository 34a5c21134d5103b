"""The assignment: functions to write, checks that name the mistake, hints, and grading.

How the pieces fit. A **task** is one function to write. Its parts are joined by its name:

    tasks.py                the table of all tasks and topics, and look-ups by name
    solutions/<module>.py   the reference, written plainly; its docstrings are the questions, and
                            skeletons are these modules without the bodies
    cases/<module>.py       a list ``TASKS`` of `task.Task`: random inputs, the call, the outputs
    mistakes/<module>.py    a list ``MISTAKES`` of `mistakes.Mistake`: edits of the reference;
                            ``ALTERNATIVES``: edits that are right as well
    hints/<module>.py       a dict ``HINTS`` of task to three hints

How a check runs, module by module:

    source      look at a file, notebook or folder without running it: `Source` objects
    checking    `check_sources`: which tasks, which children, the `Row` of each
    answers     `run_job` starts a child; the reference's and the mistakes' records
    processes   a child's time, output and end, with all that it started
    child       in the child: make inputs, run the learner's file, record, hand over
    variants    whose functions are called: the learner's, or the reference's earlier ones
    records     what a function returned, changed or raised; as JSON and .npy files
    ladder      the first thing that is wrong, in words that were checked on the numbers
    reports     text, JSON, HTML
    graphs      tiny networks and fixed random numbers for graph tasks, in children only

The parent never imports the learner's file, nor TensorFlow. Around it: `skeletons` (the folder of
an assignment), `hinting` (hints, and the record of what was used), `progress` (its page), `calling`
(`check(function)`).

For the teacher: `submissions` sorts out what was handed in, `grading` checks a class and adds up
points, `similarity` finds equal functions, `exporting` writes what Gradescope and nbgrader take.

To add a task: write it in ``solutions/`` with a docstring that has no formula, describe its inputs
in ``cases/``, its mistakes in ``mistakes/``, its hints in ``hints/``; tests/assignment proves the
rest. A row with ``helped`` is right only with the reference's earlier functions.
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
