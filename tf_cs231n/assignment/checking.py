"""Check sources: run children, compare, and say what is wrong.

`check_sources` is what the command, the notebook and the grader call::

    sources = source.read("my_layers.py")
    report = check_sources(sources, seed=231)
    for row in report.rows:
        print(row.task.name, row.outcome, row.mistake, row.message)
"""

import concurrent.futures
import json
import os
import random

import numpy as np

from tf_cs231n.assignment import ladder, processes, tasks, variants
from tf_cs231n.assignment.records import is_none, load, same

NOT_ATTEMPTED, RAISED, WRONG, RIGHT = "not attempted", "raised", "wrong", "right"
SECONDS, GRAPH_SECONDS = 10, 60  # the most time of one task
GIGABYTES, GRAPH_GIGABYTES = (
    4,
    24,
)  # of address space, of which TensorFlow maps much and uses little


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
      seconds: the most time a task gets; None: `SECONDS`, or `GRAPH_SECONDS` for graph tasks.

    Returns:
      A `Report`, its rows in the order of `tasks.TASKS`.
    """
    seed = fresh_seed() if seed is None else seed
    rows, work = {}, []
    for task in wanted_tasks(sources, names):
        source = next((s for s in sources if s.spelling(task)), None)
        if source is None:
            source = next((s for s in sources if s.star), None)
        if source is None:
            rows[task.name] = Row(task, NOT_ATTEMPTED, f"{task.name} is not defined")
        elif source.is_untouched(task):
            rows[task.name] = Row(task, NOT_ATTEMPTED, f"{task.name} is as the skeleton has it")
        else:
            work.append((task, source))
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
    records = run(group, source, seed, full, seconds)
    answers = Answers(group, seed)
    rows = []
    for task in group:
        row = judge(task, *records[task.name], answers)
        row.path = source.path
        rows.append(row)
    return rows


def run(group, source, seed, full=False, seconds=None):
    """Record the learner's functions for a group of tasks, with a new child after each that ends
    badly.

    Returns:
      dict of task's name to (records by variant or None, records of its forward pass or None,
      `Ended`).
    """
    graph = group[0].graph
    seconds = seconds or (GRAPH_SECONDS if graph else SECONDS)
    found, left = {}, list(group)
    while left:
        with processes.new_folder() as folder:
            names = [name for task in left for name in (task.forward, task.name) if name]
            job = {
                "plan": source.plan(), "tasks": list(dict.fromkeys(names)),
                "seed": seed, "graph": graph,
                "full": full, "memory": GRAPH_GIGABYTES if graph else GIGABYTES,
            }  # fmt: skip
            with open(os.path.join(folder, "job.json"), "w", encoding="utf-8") as file:
                json.dump(job, file)
            ended = processes.run_child(folder, seconds, graph)
            loaded = {name: load(os.path.join(folder, name)) for name in names}
            begun = [
                task for task in left
                if os.path.exists(os.path.join(folder, task.name + ".started"))
            ]  # fmt: skip
        for task in left:
            if loaded[task.name] is not None:
                found[task.name] = (loaded[task.name], loaded.get(task.forward), ended)
        unfinished = [task for task in left if task.name not in found]
        if unfinished:  # the one that it died of; the rest get a child of their own
            lost = next((task for task in begun if task in unfinished), unfinished[0])
            found[lost.name] = (None, None, ended)
        left = [task for task in left if task.name not in found]
    return found


class Answers:
    """The reference's records and the mistakes', computed when they are asked for."""

    def __init__(self, group, seed):
        self.seed, self._known = seed, {}

    def cases(self, task):
        if ("cases", task.name) not in self._known:
            both = [task.inputs(self.seed, case) for case in range(task.cases)]
            self._known["cases", task.name] = both
        return self._known["cases", task.name]

    def _inputs(self, task):
        return [inputs for inputs, _ in self.cases(task)]

    def reference(self, task):
        if task.name not in self._known:
            self._known[task.name] = variants.record_reference(task, self._inputs(task))
        return self._known[task.name]

    def mistakes(self, task):
        """Pairs (mistake, its records)."""
        if ("mistakes", task.name) not in self._known:
            self._known["mistakes", task.name] = [
                (mistake, variants.record_mistake(task, mistake, self._inputs(task)))
                for mistake in tasks.mistakes(task)
            ]
        return self._known["mistakes", task.name]


# --- Judging ---


def judge(task, records, forward, ended, answers):
    """The `Row` of a task from its records."""
    if records is None:
        row = Row(task, RAISED, f"your code did not finish: {ended.why or 'it left no result'}")
        row.printed = ended.printed
        return row
    if "missing" in records:
        return Row(task, NOT_ATTEMPTED, f"{task.name} is not defined")
    variant, note = _choose(task, records, forward, answers)
    row = judge_records(task, records[variant], answers)
    row.printed, row.helped = ended.printed, bool(note) and row.outcome == RIGHT
    if note and row.outcome in (RIGHT, WRONG):
        row.message = f"{row.message} ({note})".strip()
    return row


def _choose(task, records, forward, answers):
    """Which variant is judged, and a note that says so."""
    own = records["own"]
    if len(records) == 1 or _is_right(task, own, answers):
        return "own", ""
    if task.forward and forward is not None:
        forward_task = tasks.TASKS[task.forward]
        good = [
            variant for variant, cases in forward.items()
            if variant != "missing" and _is_right(forward_task, cases, answers)
        ]  # fmt: skip
        if not good and not _raised(records["reference"]):
            missing = "missing" in forward
            why = "is not there" if missing else "is not right yet"
            return "reference", f"with our {task.forward}, as yours {why}"
    if "earlier" in records and not _raised(records["earlier"]):
        helped = _is_right(task, records["earlier"], answers)
        note = "with our earlier functions, as yours are not right yet" if helped else ""
        return "earlier", note
    return "own", ""


def _raised(cases):
    return any(one.error for one in cases)


def _is_right(task, cases, answers):
    reference = answers.reference(task)
    return len(cases) == len(reference) and all(
        not got.error and _finding(task, got, want, answers, case) is None
        for case, (got, want) in enumerate(zip(cases, reference))
    )


def _finding(task, got, want, answers, case):
    inputs, sizes = answers.cases(task)[case]
    found = ladder.first_wrong(task, got, want, inputs, sizes)
    if found:
        found.case, found.inputs = case, inputs
    return found


def judge_records(task, cases, answers):
    reference = answers.reference(task)
    if all(one.is_empty for one in cases) or _is_unset(task, cases):
        return Row(task, NOT_ATTEMPTED, f"{task.name} returns nothing yet")
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
    return Row(task, RIGHT, "")


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
