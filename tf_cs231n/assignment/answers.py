"""Start a child on a job, and the reference's and the mistakes' records to compare with.

Those of NumPy tasks are computed here; those of graph tasks in a child of their own, since this
process does not import TensorFlow.
"""

import concurrent.futures
import json
import os

import tf_cs231n.assignment.processes as processes
import tf_cs231n.assignment.tasks as tasks
import tf_cs231n.assignment.variants as variants
from tf_cs231n.assignment.records import load

SECONDS, GRAPH_SECONDS = 10, 120  # the most time of a child
GIGABYTES, GRAPH_GIGABYTES = 4, 24  # of address space, of which TensorFlow maps much, uses little


def run_job(names, graph, seed, full=False, seconds=None, **more):
    """Run a child on some tasks.

    Args:
      names: names of tasks.
      graph: whether they take TensorFlow.
      seed, full: see `checking.check_sources`.
      seconds: the most time it gets; None: `SECONDS`, or `GRAPH_SECONDS` for graph tasks.
      **more: what else `child` is told: ``plan``, a source's, or ``answers``.

    Returns:
      dict of name to records or None; the set of names of tasks that were begun; an `Ended`.
    """
    seconds = seconds or (GRAPH_SECONDS if graph else SECONDS)
    job = dict(
        more, tasks=list(names), seed=seed, graph=graph, full=full, seconds=seconds,
        memory=GRAPH_GIGABYTES if graph else GIGABYTES,
    )  # fmt: skip
    with processes.new_folder() as folder:
        with open(os.path.join(folder, "job.json"), "w", encoding="utf-8") as file:
            json.dump(job, file)
        ended = processes.run_child(folder, seconds, graph)
        loaded = {name: load(os.path.join(folder, name)) for name in names}
        begun = {n for n in names if os.path.exists(os.path.join(folder, n + ".started"))}
    return loaded, begun, ended


class Answers:
    """The reference's records and the mistakes', computed when they are asked for."""

    def __init__(self, group, seed, full=False):
        self.seed, self._known = seed, {}

    def cases(self, task):
        """Pairs (inputs, sizes), one a case."""
        if ("cases", task.name) not in self._known:
            both = [task.inputs(self.seed, case) for case in range(task.cases)]
            self._known["cases", task.name] = both
        return self._known["cases", task.name]

    def reference(self, task):
        """The reference's records, one a case."""
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

    def alternatives(self, task):
        """Records of what is also right, a list of lists."""
        if ("also", task.name) not in self._known:
            self._known["also", task.name] = [
                variants.record_mistake(task, other, self._inputs(task))
                for other in tasks.alternatives(task)
            ]
        return self._known["also", task.name]

    def name_only(self, wrong):
        """Say for which tasks mistakes will be asked for."""

    def _inputs(self, task):
        return [inputs for inputs, _ in self.cases(task)]


class GraphAnswers(Answers):
    """The same for graph tasks, from a child that starts at once and another for the mistakes."""

    def __init__(self, group, seed, full=False):
        super().__init__(group, seed)
        self._full, self._wrong = full, group
        self._pool = concurrent.futures.ThreadPoolExecutor(1)
        self._references = self._ask(group, "reference")
        self._mistakes = None

    def _ask(self, group, what):
        names = [task.name for task in group]
        return self._pool.submit(run_job, names, True, self.seed, self._full, None, answers=what)

    def alternatives(self, task):
        self.reference(task)
        loaded = self._references.result()[0][task.name]
        return [cases for name, cases in loaded.items() if name != "reference"]

    def reference(self, task):
        loaded, _, ended = self._references.result()
        if loaded[task.name] is None:
            raise RuntimeError(f"the reference of {task.name} did not run: {ended.printed}")
        return loaded[task.name]["reference"]

    def name_only(self, wrong):
        self._wrong = wrong

    def mistakes(self, task):
        if self._mistakes is None:
            self._mistakes = self._ask(self._wrong, "mistakes")
        records = self._mistakes.result()[0][task.name] or {}
        return [(m, records[m.name]) for m in tasks.mistakes(task) if m.name in records]
