"""Whose function is called: the learner's, the reference's, or a known mistake's.

A task's ``call(f, inputs)`` takes functions from ``f``. The learner's own are tried first by
themselves (``own``); then, so that one mistake is not told three times, with the reference's for
all earlier tasks (``earlier``); and a backward pass also with the reference's forward pass and its
cache (``reference``).
"""

import contextlib
import types

from tf_cs231n.assignment.records import record
from tf_cs231n.assignment.tasks import solution

_MISSING = object()


class Functions:
    """Attributes looked up in several dicts, one after the other."""

    def __init__(self, *namespaces):
        self._namespaces = namespaces

    def __getattr__(self, name):
        for namespace in self._namespaces:
            if name in namespace:
                return namespace[name]
        raise AttributeError(name)


def helped_variants(task):
    """The names of the variants of a task in which functions of ours help."""
    return ["earlier"] * bool(task.uses) + ["reference"] * bool(task.forward)


def record_learner(task, learner, cases, theirs=(), only=None):
    """Records of a learner's function: ``{variant: [Record of each case]}``.

    Args:
      task: the `Task`.
      learner: the learner's namespace, a dict; it is as before when this returns.
      cases: list of inputs.
      theirs: see `records.record`.
      only: the name of the one variant to record; None: all.
    """
    answers = vars(solution(task.module))
    patches = {"own": ()}
    if task.uses:
        patches["earlier"] = task.uses
    if task.forward:
        patches["reference"] = task.uses + (task.forward,)
    if only is not None:
        patches = {only: patches[only]}
    records = {}
    for variant, names in patches.items():
        helping = {name: answers[name] for name in names if name in answers}
        with _replaced(learner, helping):
            functions = Functions(helping, learner, answers)
            records[variant] = [record(task, functions, inputs, theirs) for inputs in cases]
    return records


@contextlib.contextmanager
def _replaced(namespace, functions):
    before = {name: namespace.get(name, _MISSING) for name in functions}
    namespace.update(functions)
    try:
        yield
    finally:
        for name, function in before.items():
            if function is _MISSING:
                namespace.pop(name, None)
            else:
                namespace[name] = function


def record_reference(task, cases):
    """Records of the reference, a list, one a case."""
    functions = Functions(vars(solution(task.module)))
    return [record(task, functions, inputs) for inputs in cases]


def record_mistake(task, mistake, cases):
    """Records of a known mistake, a list, one a case."""
    return [record(task, Functions(namespace(mistake, task.module)), inputs) for inputs in cases]


def namespace(mistake, module):
    """The solution's module with the mistake in it, a dict."""
    names = dict(vars(solution(module)))
    code = compile(mistake.source(module), f"<{mistake.name}>", "exec")
    exec(code, names)
    return names


def module_of(names, name="learner"):
    """A dict of names as a module."""
    module = types.ModuleType(name)
    vars(module).update(names)
    return module
