"""The table of tasks: what is asked, which random inputs it is tried on, and what it must return.

A `Task` joins four things by its name: the answer in ``solutions/<module>.py``, whose docstring is
the question; the inputs and the call, given here by ``cases/<module>.py``; the known mistakes in
``mistakes/<module>.py``; the hints in ``hints/<module>.py``.
"""

import importlib
import os

# Topics in the order in which they are done: (topic, its modules of solutions, cases, mistakes,
# hints).
TOPIC_MODULES = {
    "rnn": ["rnn_layers"],
    "lstm": ["rnn_layers"],
    "captioning": ["rnn_layers", "rnn"],
    "visualization": ["saliency"],
    "style": ["style_transfer"],
    "gan": ["gan"],
    "norms": ["norms"],
    "information": ["information"],
}
MODULES = list(dict.fromkeys(module for modules in TOPIC_MODULES.values() for module in modules))


def _load():
    tasks = {}
    for module in MODULES:
        for task in importlib.import_module(f"tf_cs231n.assignment.cases.{module}").TASKS:
            task.module = module
            tasks[task.name] = task
    return tasks


TASKS = _load()
NAMES = {name: task for task in TASKS.values() for name in (task.name,) + task.aliases}


def solution(module):
    """The module of reference solutions of that name."""
    return importlib.import_module(f"tf_cs231n.assignment.solutions.{module}")


def solution_path(module):
    """The file of that module."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "solutions", f"{module}.py")


def mistakes(task):
    """The known mistakes of a task, a list of `mistakes.Mistake`."""
    module = importlib.import_module(f"tf_cs231n.assignment.mistakes.{task.module}")
    return [mistake for mistake in module.MISTAKES if mistake.task == task.name]


def alternatives(task):
    """Edits of the reference that are right as well, where the course leaves something open."""
    module = importlib.import_module(f"tf_cs231n.assignment.mistakes.{task.module}")
    return [other for other in getattr(module, "ALTERNATIVES", []) if other.task == task.name]


def hints(task):
    """The hints of a task: (where to look, the formula, the shape of the line)."""
    return importlib.import_module(f"tf_cs231n.assignment.hints.{task.module}").HINTS[task.name]
