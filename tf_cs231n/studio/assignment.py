"""Assignment: the learner's functions, checked again each time a file is saved."""

import contextlib
import os

import numpy as np

from tf_cs231n import checks, named
from tf_cs231n.assignment import source
from tf_cs231n.assignment.checking import RIGHT, check_sources, wanted_tasks
from tf_cs231n.assignment.hinting import LEVELS, begin_record, next_hint, note_report, read_record
from tf_cs231n.assignment.progress import progress_page
from tf_cs231n.assignment.skeletons import write_assignment
from tf_cs231n.assignment.tasks import TASKS, TOPIC_MODULES
from tf_cs231n.errors import InputError
from tf_cs231n.studio import equal

_MOST_ROWS, _MOST_COLUMNS = 8, 10  # of the cells that are shown


class Watched:
    """What is known of a learner's folder: the files as they were checked, and their rows.

    One for all tabs, so that a file is checked once.
    """

    def __init__(self, folder):
        self.folder, self.times, self.rows = folder, {}, {}
        self.problem, self.version = None, 0

    def changed(self):
        """The files that were saved since, and note that they were."""
        times = dict(_times(self.folder))
        new = {path for path, time in times.items() if self.times.get(path) != time}
        gone = self.times.keys() - times.keys()
        self.times = times
        return new | gone


def _times(folder):
    for parent, _, names in os.walk(folder):
        for name in names:
            if name.endswith((".py", ".ipynb")):
                path = os.path.join(parent, name)
                with contextlib.suppress(OSError):  # being saved
                    yield path, os.stat(path).st_mtime_ns


def look(studio, job, version):
    """Check what was saved since the last look; send the rows if the page has older ones.

    Each row is sent as soon as it is known, then all of them with the new version.
    """
    watched = studio.memory.setdefault("assignment", Watched(studio.assignment))
    files = watched.changed()
    if files:
        try:
            watched.problem = _check(watched, files, job)
        except InputError as error:  # half saved, for now
            watched.problem = str(error)
        watched.version += 1
    if version != watched.version or not watched.times:
        _send(studio, job, watched)


def _check(watched, files, job):
    """Check the tasks of the files that were saved; returns what was wrong with files, or None.

    Rows of tasks that no file defines any more go, but not while a file is half saved.
    """
    refused = []
    sources = source.read(watched.folder, refused)
    names = [task.name for task in wanted_tasks(sources)]
    for name in [] if refused else [name for name in watched.rows if name not in names]:
        del watched.rows[name]
    real = {os.path.realpath(path) for path in files}
    saved = [s for s in sources if os.path.realpath(s.path) in real]
    defined = {task.name for each in saved for task in each.tasks}
    again = [name for name in names if name in defined or name not in watched.rows]
    job.send("checking", tasks=again)

    def done(row):
        watched.rows[row.task.name] = _described(row)
        job.send("row", row=watched.rows[row.task.name])

    if again:
        note_report(watched.folder, check_sources(sources, again, done=done))
    return "; ".join(refused) or None


def _described(row):
    return {
        "task": row.task.name,
        "topic": row.task.topic,
        "outcome": row.outcome,
        "message": row.message,
        "mistake": row.mistake.name if row.mistake else None,
        "lines": row.error["lines"] if row.error else [],
        "cells": _cells(row.finding),
        "file": os.path.basename(row.path) if row.path else None,
    }


def _cells(finding):
    """Part of the failing output as texts: rows of (yours, expected or None where it is right)."""
    if finding is None or finding.wrong is None:
        return None
    arrays = [np.atleast_1d(each) for each in (finding.yours, finding.expected, finding.wrong)]
    first = tuple(np.argwhere(arrays[2])[0][: max(0, arrays[2].ndim - 2)])  # the first wrong slice
    yours, expected, wrong = (np.atleast_2d(each[first]) for each in arrays)
    rows = [
        [[f"{a:.4g}", f"{b:.4g}" if bad else None] for a, b, bad in list(zip(*row))[:_MOST_COLUMNS]]
        for row in list(zip(yours, expected, wrong))[:_MOST_ROWS]
    ]
    place = "".join(f"[{number}]" for number in first)
    return {"name": f"{finding.output}{place}", "rows": rows}


def _send(studio, job, watched):
    """All rows in order, with the hints that were used; and what to download."""
    folder = watched.folder
    hints = read_record(folder)["hints"]
    rows = [
        {**watched.rows[name], "hints": hints.get(name, 0)}
        for name in TASKS
        if name in watched.rows
    ]
    right = sum(row["outcome"] == RIGHT for row in rows)
    download = None
    if rows:
        files = {"progress.html": progress_page(folder).encode()}
        record = {"task": "check", "folder": folder, "rows": rows}
        download = studio.results.put("progress", files, record)
    job.send(
        "rows",
        rows=rows,
        right=right,
        version=watched.version,
        folder=folder,
        levels=LEVELS,
        topics=list(TOPIC_MODULES),
        problem=watched.problem,
        equal=_equal(folder),
        download=download,
    )


def hint(studio, job, task, again=False):
    """Send the next hint of a task, which the folder's record notes; or those asked for before."""
    checks.one_of(TASKS, task=task)
    given = next_hint(studio.assignment, task, again)
    job.send("hint", task=task, hints=[{"level": level, "text": text} for level, text in given])


def new(studio, job, topics):
    """Write the exercises of some topics into the studio's folder for them."""
    checks.one_of(TOPIC_MODULES, **named.each(topics=topics))
    paths = write_assignment(studio.assignment, topics or tuple(TOPIC_MODULES))
    begin_record(studio.assignment)
    job.send("written", files=[os.path.relpath(path, studio.assignment) for path in paths])


def _equal(folder):
    python = (
        "from tf_cs231n.assignment.checking import check_sources\n"
        "from tf_cs231n.assignment.reports import line\n"
        "from tf_cs231n.assignment.source import read\n\n"
        f"report = check_sources(read({folder!r}))\n"
        "print('\\n'.join(map(line, report.rows)))"
    )
    return {"command": equal.command("check", folder, "--watch"), "python": python}


ACTIONS = {"look": look, "hint": hint, "new": new}
