"""Grade a class: check every submission, give points from a table, write feedback.

What a submission's functions did is kept in the feedback folder, by a hash of its code and of the
hidden inputs. So the same command after Ctrl-C goes on, and with another table of points it only
adds up again.
"""

import collections
import concurrent.futures
import csv
import functools
import io
import json
import os
import threading

from tf_cs231n import __version__
from tf_cs231n.assignment import checking, reports, similarity, source, submissions, tasks
from tf_cs231n.assignment.answers import Answers, GraphAnswers
from tf_cs231n.assignment.processes import new_folder
from tf_cs231n.errors import InputError
from tf_cs231n.files import read_text, write_bytes
from tf_cs231n.interruption import stoppable

KEPT = "outcomes"  # the folder in the feedback folder

# name; notes, a list; outcomes: dict of task to the dict that `check --json` gives, with ``helped``
# (right with the reference's earlier functions, not with the student's own); functions: dict of
# task to syntax tree.
Graded = collections.namedtuple("Graded", "name notes outcomes functions")


def grade(
    folder, feedback, names=None, seeds=None, full=False, jobs=2, seconds=None, done=None, stop=None
):
    """Check every submission in a folder.

    Args:
      folder: see `submissions.find`.
      feedback: the folder for a page a submission, and for what is kept.
      names: names of tasks; None: all tasks of each module that somebody has begun.
      seeds: of the hidden inputs, a list: a task is right if it is right for all; None: those of
        the last time, or a fresh one.
      full: whether graph tasks run on SqueezeNet, too.
      jobs: how many submissions are checked at a time.
      seconds: the most time of a child process; None: as in `answers`.
      done: ``done(graded, number, total)`` after each, or None.
      stop: an `interruption.Stop`, asked before each submission; None: Ctrl-C sets one.

    Returns:
      List of `Graded`, the names of all tasks in order, and names of files that are no submissions.
    """
    found, others = submissions.find(folder)
    seeds = _seeds(feedback, seeds)
    answers = _AnswersOfTheClass(full)
    graded = []
    with stoppable(stop) as stop, concurrent.futures.ThreadPoolExecutor(max(1, jobs)) as pool:

        def one(submission):
            if not stop:
                return _grade_one(submission, feedback, names, seeds, answers, full, seconds)

        for result in pool.map(one, found):
            if result is not None:
                graded.append(result)
                if done:
                    done(result, len(graded), len(found))
        stop.check()
    begun = {name for one in graded for name in one.outcomes}
    return graded, [name for name in tasks.TASKS if name in begun], others


def _seeds(feedback, seeds):
    """The seeds given, or those that this feedback folder was begun with."""
    path = os.path.join(feedback, KEPT, "seeds.json")
    if seeds is None and os.path.isfile(path):
        return json.loads(read_text(path))
    seeds = seeds or [checking.fresh_seed()]
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write_bytes(path, json.dumps(seeds).encode(), overwrite=True)
    return seeds


class _AnswersOfTheClass:
    """The reference's answers, computed once for all submissions."""

    def __init__(self, full):
        self._full, self._known, self._lock = full, {}, threading.Lock()

    def of(self, module, seed):
        with self._lock:
            if (module, seed) not in self._known:
                group = [task for task in tasks.TASKS.values() if task.module == module]
                kind = GraphAnswers if group[0].graph else Answers
                self._known[module, seed] = kind(group, seed, self._full)
            return self._known[module, seed]


def grade_one(submission, names, seeds, full=False):
    """A submission's `Graded`, without a feedback folder."""
    with new_folder() as copy:
        notes = submission.notes + submissions.copy_code(submission, copy)
        sources = _read(copy, notes)
        rows = _check(sources, names, seeds, _AnswersOfTheClass(full), full)
        outcomes = json.loads(json.dumps(_outcomes(rows)).replace(copy, ""))
        return Graded(submission.name, notes, outcomes, _functions(sources))


def _grade_one(submission, feedback, names, seeds, answers, full, seconds):
    """The same with a page, and with what is kept from the last time where nothing has changed."""
    with new_folder() as copy:
        notes = submission.notes + submissions.copy_code(submission, copy)
        key = [submissions.fingerprint(copy), __version__, seeds, names and sorted(names), full]
        path = os.path.join(feedback, KEPT, submission.name + ".json")
        sources = _read(copy, notes)
        outcomes = _kept(path, key)
        if outcomes is None:
            rows = _check(sources, names, seeds, answers, full, seconds)
            outcomes = _outcomes(rows)
            page = reports.as_html(checking.Report(seeds[0], rows), submission.name)
            page_path = os.path.join(feedback, submission.name + ".html")
            write_bytes(page_path, page.replace(copy, "").encode(), overwrite=True)
            text = json.dumps({"key": key, "outcomes": outcomes}, indent=1).replace(copy, "")
            write_bytes(path, text.encode(), overwrite=True)
        return Graded(submission.name, notes, outcomes, _functions(sources))


def _functions(sources):
    """The functions that were begun, a dict of task to syntax tree."""
    return {
        task.name: one.functions[one.spelling(task)][-1]
        for one in reversed(sources)
        for task in one.tasks
        if one.functions.get(one.spelling(task)) and not one.is_untouched(task)
    }


def _read(folder, notes):
    """The sources of a submission, the newest first; what cannot be read becomes a note."""
    refused = []
    try:
        found = source.read(folder, refused)
    except InputError as error:
        found, refused = [], refused or [str(error)]
    notes += [line.replace(folder, "").lstrip(": /") for line in refused]
    found.sort(key=lambda one: -os.path.getmtime(one.path))
    for task in tasks.TASKS.values():
        begun = [one for one in found if one.functions.get(one.spelling(task))]
        begun = [os.path.relpath(one.path, folder) for one in begun if not one.is_untouched(task)]
        if len(begun) > 1:
            notes.append(f"{task.name} is in {', '.join(begun)}; the first, the newest, counts")
    return found


def _kept(path, key):
    try:
        kept = json.loads(read_text(path))
        return kept["outcomes"] if kept["key"] == key else None
    except (InputError, ValueError, KeyError, TypeError):
        return None


def _outcomes(rows):
    return {
        row.task.name: {
            "outcome": row.outcome,
            "mistake": row.mistake.name if row.mistake else None,
            "message": row.message,
            "helped": row.helped,
        }
        for row in rows
    }


def _check(sources, names, seeds, answers, full, seconds=None):
    """The rows of a submission: of each task that of the first seed for which it is not right."""
    rows = {}
    for seed in seeds:
        for row in _check_once(sources, names, seed, answers, full, seconds):
            before = rows.get(row.task.name)
            if before is None or before.outcome == checking.RIGHT:
                row.helped = row.helped or (before is not None and before.helped)
                rows[row.task.name] = row
    return [rows[name] for name in tasks.TASKS if name in rows]


def _check_once(sources, names, seed, answers, full, seconds):
    """Like `checking.check_sources`, with one child for a file's tasks, since a class is many."""
    rows, work = checking.sort_out(sources, names)
    rows, groups = list(rows.values()), collections.OrderedDict()
    for task, one in work:
        groups.setdefault((id(one), task.module), (one, []))[1].append(task)
    for (_, module), (one, group) in groups.items():
        records = checking.run(group, one, seed, full, seconds)
        for task in group:
            row = checking.judge(task, *records[task.name], answers.of(module, seed))
            row.path = one.path
            rows.append(row)
    return rows


# --- Points ---


class Points:
    """The table that the teacher edits: what a task is worth.

    A row is ``task, points, with_reference``; the last is the share that a task gets which is right
    only with the reference's earlier functions, so that one mistake need not cost points twice.
    """

    def __init__(self, rows):
        self.rows = rows

    @classmethod
    def load(cls, path):
        """Read the table.

        Raises:
          InputError: no such file, an unknown task, or what is no number.
        """
        rows = {}
        for row in csv.DictReader(io.StringIO(read_text(path))):
            try:
                name = tasks.NAMES[row["task"]].name
                rows[name] = float(row["points"]), float(row.get("with_reference") or 1)
            except KeyError as error:
                raise InputError(
                    f"{path}: there is no {error}; expected task,points,with_reference, and names "
                    "as `tf-cs231n assignment list` gives them"
                ) from error
            except (TypeError, ValueError) as error:
                raise InputError(f"{path}: the points of {row['task']} are no number") from error
        return cls(rows)

    @classmethod
    def one_each(cls, names):
        return cls(dict.fromkeys(names, (1.0, 1.0)))

    def of(self, name, outcome):
        """The points that an outcome of a task brings."""
        points, share = self.rows.get(name, (0.0, 1.0))
        right = outcome is not None and outcome["outcome"] == checking.RIGHT
        return points * (share if right and outcome["helped"] else 1) if right else 0.0

    def text(self):
        lines = [f"{name},{points:g},{share:g}" for name, (points, share) in self.rows.items()]
        return "\n".join(["task,points,with_reference", *lines]) + "\n"


def grades_table(graded, names, points):
    """The class as CSV text: a line a submission, its score, then the points of each task."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [name for name in names if name in points.rows]
    most = sum(points.rows[name][0] for name in names)
    writer.writerow(["submission", "score", "max_score", *names, "notes"])
    for one in graded:
        each = [points.of(name, one.outcomes.get(name)) for name in names]
        score = [f"{sum(each):g}", f"{most:g}"]
        writer.writerow([one.name, *score, *(f"{p:g}" for p in each), "; ".join(one.notes)])
    return out.getvalue()


def count_mistakes(graded):
    """The named mistakes of the class: list of (task, mistake, how many), the commonest first."""
    counts = collections.Counter(
        (name, outcome["mistake"])
        for one in graded
        for name, outcome in one.outcomes.items()
        if outcome["mistake"]
    )
    return [(*key, number) for key, number in counts.most_common()]


def equal_functions(graded):
    """`similarity.equal_functions` of a graded class."""
    return similarity.equal_functions({one.name: one.functions for one in graded})


@functools.lru_cache(maxsize=None)
def says(task, mistake):
    """The sentence of a known mistake."""
    return next(m.says for m in tasks.mistakes(tasks.TASKS[task]) if m.name == mistake)
