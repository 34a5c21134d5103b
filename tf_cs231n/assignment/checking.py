"""Check sources: run children, compare, and say what is wrong.

`check_sources` is what the command, the notebook and the grader call::

    sources = source.read("my_layers.py")
    report = check_sources(sources, seed=231)
    for row in report.rows:
        print(row.task.name, row.outcome, row.mistake, row.message)
"""

import concurrent.futures
import random

import numpy as np

import tf_cs231n.assignment.ladder as ladder
import tf_cs231n.assignment.tasks as tasks
from tf_cs231n.assignment.answers import Answers, GraphAnswers, run_job
from tf_cs231n.assignment.records import is_none, same
from tf_cs231n.assignment.variants import helped_variants

NOT_ATTEMPTED, RAISED, WRONG, RIGHT = "not attempted", "raised", "wrong", "right"


class Row:
    """The outcome of one task.

    Attributes: task, a `Task`; outcome; mistake, a `Mistake` or None; message; also, other mistakes
    that give the same numbers; finding, a `ladder.Finding` or None; error, a dict or None; printed,
    text; path, the file it came from.
    """

    def __init__(self, task, outcome, message, mistake=None, also=(), finding=None, error=None):
        self.task, self.outcome, self.message = task, outcome, message
        self.mistake, self.also, self.finding, self.error = mistake, list(also), finding, error
        self.printed, self.path, self.helped = "", None, False

    def __repr__(self):
        return f"Row({self.task.name}, {self.outcome}, {self.mistake}, {self.message!r})"


class Report:
    """Attributes: seed; rows, a list of `Row`."""

    def __init__(self, seed, rows):
        self.seed, self.rows = seed, rows


def fresh_seed():
    return random.SystemRandom().randrange(2**31)


def check_sources(sources, names=None, seed=None, full=False, jobs=2, done=None, seconds=None):
    """Check every task of some sources, each in a child process.

    Args:
      sources: list of `source.Source`.
      names: names of tasks; None: all tasks of every module of which the sources define one.
      seed: of the inputs; None: a fresh one.
      full: whether graph tasks also run on SqueezeNet.
      jobs: how many children run at a time.
      done: ``done(row)`` as each outcome is known, or None.
      seconds: the most time a task gets; None: as in `answers`.

    Returns:
      A `Report`, its rows in the order of `tasks.TASKS`.
    """
    seed = fresh_seed() if seed is None else seed
    rows, work = sort_out(sources, names)
    for row in list(rows.values()):
        if done:
            done(row)
    with concurrent.futures.ThreadPoolExecutor(max(1, jobs)) as pool:
        futures = [
            pool.submit(_check_group, group, source, seed, full, seconds)
            for group, source in _groups(work)
        ]
        for future in concurrent.futures.as_completed(futures):
            for row in future.result():
                rows[row.task.name] = row
                if done:
                    done(row)
    return Report(seed, [rows[name] for name in tasks.TASKS if name in rows])


def sort_out(sources, names=None):
    """What there is to run: the rows of tasks that nobody has begun, and pairs (task, source)."""
    rows, work = {}, []
    for task in wanted_tasks(sources, names):
        source = _source_of(task, sources)
        if source is None:
            rows[task.name] = Row(task, NOT_ATTEMPTED, f"{task.name} is not defined")
        elif source.is_untouched(task):
            rows[task.name] = Row(task, NOT_ATTEMPTED, f"{task.name} is as the skeleton has it")
        else:
            work.append((task, source))
    return rows, work


def _source_of(task, sources):
    """Of the files that define a task the first where it was begun, else one that may import it."""
    defining = [source for source in sources if source.spelling(task)]
    begun = [source for source in defining if not source.is_untouched(task)]
    return next(iter(begun + defining + [source for source in sources if source.star]), None)


def wanted_tasks(sources, names=None):
    """The tasks to check, in order."""
    if names is not None:
        wanted = {tasks.NAMES[name].name for name in names}
    else:
        modules = {task.module for source in sources for task in source.tasks}
        wanted = {task.name for task in tasks.TASKS.values() if task.module in modules}
    return [task for name, task in tasks.TASKS.items() if name in wanted]


def _groups(work):
    """One child for each NumPy task, one for all graph tasks of a topic and source."""
    groups = {}
    for task, source in work:
        key = (id(source), task.module if task.graph else task.name)
        groups.setdefault(key, ([], source))[0].append(task)
    return list(groups.values())


def _check_group(group, source, seed, full, seconds):
    answers = (GraphAnswers if group[0].graph else Answers)(group, seed, full)
    records = run(group, source, seed, full, seconds)
    answers.name_only(
        [task for task in group if not _is_done(task, records[task.name][0], answers)]
    )
    rows = []
    for task in group:
        row = judge(task, *records[task.name], answers)
        row.path = source.path
        rows.append(row)
    return rows


def run(group, source, seed, full=False, seconds=None):
    """Record the learner's functions for a group of tasks, with a new child after one that ends
    badly; a file that does not get as far as its first task ends all of them.

    Returns:
      dict of task's name to (records by variant or None, records of its forward pass or None,
      `Ended`).
    """
    found, left = {}, list(group)
    while left:
        names = [name for task in left for name in (task.forward, task.name) if name]
        loaded, begun, ended = run_job(
            dict.fromkeys(names), group[0].graph, seed, full, seconds, plan=source.plan()
        )
        for task in left:
            if loaded[task.name] is not None:
                found[task.name] = (loaded[task.name], loaded.get(task.forward), ended)
        unfinished = [task for task in left if task.name not in found]
        if unfinished and not begun:
            found.update({task.name: (None, None, ended) for task in unfinished})
        elif unfinished:  # the one that it died of; the rest get a child of their own
            lost = next((task for task in unfinished if task.name in begun), unfinished[0])
            found[lost.name] = (_retry(lost, source, seed, full, seconds), None, ended)
        left = [task for task in left if task.name not in found]
    return found


def _retry(task, source, seed, full, seconds):
    """Records of a task whose child died, with functions of ours: each variant in its own child."""
    records, plan = {}, source.plan()
    for variant in helped_variants(task):
        loaded, _, _ = run_job(
            [task.name], task.graph, seed, full, seconds, plan=plan, only=variant
        )
        records.update(loaded[task.name] or {})
    return records or None


# --- Judging ---


def judge(task, records, forward, ended, answers):
    """The `Row` of a task from its records."""
    if records is None:
        row = Row(task, RAISED, f"your code did not finish: {ended.why or 'it left no result'}")
        row.printed = ended.printed
        return row
    if "missing" in records:
        return Row(task, NOT_ATTEMPTED, f"{task.name} is not defined")
    cannot_help = list(records) == ["reference"]  # theirs may read another cache than ours
    if cannot_help and not _is_right(task, records["reference"], answers):
        why = f"{ended.why or 'it left no result'}; it reads the cache of {task.forward}"
        return Row(task, RAISED, f"your code did not finish: {why}: make that right first")
    variant, note = _choose(task, records, forward, answers)
    row = judge_records(task, records[variant], answers)
    row.printed, row.helped = ended.printed, bool(note) and row.outcome == RIGHT
    if note and row.outcome in (RIGHT, WRONG):
        row.message = f"{row.message} ({note})".strip()
    return row


def _is_done(task, records, answers):
    """Whether no mistake is to be looked for: nothing to judge, or right."""
    return records is None or "own" not in records or _is_right(task, records["own"], answers)


def _choose(task, records, forward, answers):
    """Which variant is judged, and a note that says so."""
    if "own" not in records:
        right = [v for v, cases in records.items() if _is_right(task, cases, answers)]
        variant = (right or list(records))[0]
        ours = task.forward if variant == "reference" else "earlier functions"
        return variant, f"with our {ours}, as yours did not finish"
    own = records["own"]
    if len(records) == 1 or _is_right(task, own, answers):
        return "own", ""
    if task.forward and forward is not None:
        forward_task = tasks.TASKS[task.forward]
        good = [
            variant for variant, cases in forward.items()
            if variant != "missing" and _is_right(forward_task, cases, answers)
        ]  # fmt: skip
        missing = "missing" in forward
        if not good and not _raised(records["reference"]):
            why = "is not there" if missing else "is not right yet"
            return "reference", f"with our {task.forward}, as yours {why}"
        if not good and not missing:  # it reads a cache of the learner's own making
            return "own", f"it reads the cache of {task.forward}: make that right first"
    if "earlier" in records and not _raised(records["earlier"]):
        helps = not _equal(task, own, records["earlier"])
        note = "with our earlier functions, as yours are not right yet" if helps else ""
        return "earlier", note
    return "own", ""


def _raised(cases):
    return any(one.error for one in cases)


def _is_right(task, cases, answers):
    reference = answers.reference(task)
    right = len(cases) == len(reference) and all(
        not got.error and _finding(task, got, want, answers, case) is None
        for case, (got, want) in enumerate(zip(cases, reference))
    )
    return right or any(_equal(task, cases, other) for other in answers.alternatives(task))


def _finding(task, got, want, answers, case):
    inputs, sizes = answers.cases(task)[case]
    found = ladder.first_wrong(task, got, want, inputs, sizes)
    if found:
        found.case, found.inputs = case, inputs
    return found


def judge_records(task, cases, answers):
    reference = answers.reference(task)
    if all(one.is_empty for one in cases) or _is_unset(task, cases):
        message = f"{task.name} returns nothing yet; if you have written it, its return is missing"
        return Row(task, NOT_ATTEMPTED, message)
    if _is_right(task, cases, answers):
        return Row(task, RIGHT, "")
    for case, (got, want) in enumerate(zip(cases, reference)):
        label = f" for {task.label(case)}" if task.label(case) else ""
        if got.error:
            if got.error["type"] == "NotImplementedError":
                return Row(task, NOT_ATTEMPTED, f"{task.name} is as the skeleton has it")
            return Row(
                task, RAISED, f"your code raised{label}: {_told(got.error)}", error=got.error
            )
        found = _finding(task, got, want, answers, case)
        if found:
            named = [m for m, records in answers.mistakes(task) if _equal(task, cases, records)]
            message = found.message + label
            if named:
                message = f"{message}. {named[0].says}"
            return Row(task, WRONG, message, named[0] if named else None, named[1:], found)
    raise AssertionError("a record that is not right is wrong somewhere")


def _equal(task, cases, records):
    return len(cases) == len(records) and all(
        same(got, one, task.tolerance) for got, one in zip(cases, records)
    )


def _is_unset(task, cases):
    """Whether the captioner's methods return what the course's skeleton returns."""
    firsts = [one.outputs[0] if one.outputs else None for one in cases]
    if not all(isinstance(first, np.ndarray) for first in firsts):
        return False
    rest = [output for one in cases for output in one.outputs[1:]]
    nothing = all(map(is_none, rest))
    zero = all(not first.any() for first in firsts)
    return zero and nothing and task.name in ("CaptioningRNN.loss", "CaptioningRNN.sample")


def _told(error):
    where = f" ({error['lines'][-1]})" if error["lines"] else ""
    return f"{error['type']}: {error['message']}{where}"


__all__ = ["Answers", "Report", "Row", "check_sources", "fresh_seed", "judge", "run"]
