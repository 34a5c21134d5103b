"""Known mistakes: small edits of the reference, each with the sentence that names it.

A learner's function that gives the very numbers of an edited reference, on the same random inputs,
has made that mistake. So to know a mistake is to write it down once: the line as it is in
``solutions/<module>.py`` and the line as it goes wrong.
"""

import ast
import functools

from tf_cs231n.assignment.tasks import solution_path


class Mistake:
    """One known mistake.

    Args:
      task: the name of the task it is made in.
      name: a short name, for counting.
      says: what happened and where the lecture says it, without the line that mends it.
      *edits: pairs (old, new) of text; each old text stands once in the edited function.
      of: the function that is edited, where it is another one than the task's, as a step of a
        sequence.
      same_as: the name of another mistake that computes the same.
    """

    def __init__(self, task, name, says, *edits, of=None, same_as=None):
        self.task, self.name, self.says, self.edits = task, name, says, edits
        self.of, self.same_as = of or task, same_as

    def __repr__(self):
        return f"Mistake({self.task!r}, {self.name!r})"

    def source(self, module):
        """The reference's text with the mistake in it, and the task's function after it."""
        text = text_of(self.of, module)
        for old, new in self.edits:
            if text.count(old) != 1:
                raise ValueError(f"{self!r}: {old!r} stands {text.count(old)} times in {self.of}")
            text = text.replace(old, new)
        if self.of.split(".")[0] != self.task.split(".")[0]:
            text += "\n\n" + text_of(self.task, module)
        return text


def text_of(name, module):
    """The text of a reference function, or of the class of a method, as it stands in its module."""
    return _definitions(module)[name.split(".")[0]]


@functools.lru_cache(maxsize=None)
def _definitions(module):
    """The text of every definition of a module of solutions, which is not imported."""
    with open(solution_path(module), encoding="utf-8") as file:
        text = file.read()
    tree, lines = ast.parse(text), text.splitlines()
    starts = [node.lineno - 1 for node in tree.body] + [len(lines)]
    return {
        node.name: "\n".join(lines[start:end]).rstrip() + "\n"
        for node, start, end in zip(tree.body, starts, starts[1:])
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }


def lifted(mistakes, task, of):
    """The mistakes of a step, made in a sequence that has the step written out inside."""
    return [
        Mistake(task, mistake.name, mistake.says, *mistake.edits, of=of)
        for mistake in mistakes
        if mistake.task == of
    ]
