"""Make an assignment's folder: modules of skeletons, a notebook a topic, a README.

A skeleton is a module of ``solutions`` whose tasks have lost their bodies: signature and docstring
stay, so question and answer cannot drift apart, and no line of an answer can be left behind.
"""

import ast
import json
import os
import re

from tf_cs231n.assignment.tasks import NAMES, TASKS, TOPIC_MODULES, solution_path
from tf_cs231n.files import write_bytes

TITLES = {
    "rnn": "Vanilla RNN",
    "lstm": "LSTM",
    "captioning": "Image captioning",
    "visualization": "Saliency, fooling images, class visualization",
    "style": "Style transfer",
    "gan": "Generative adversarial networks",
    "norms": "Norms",
    "information": "Information and likelihood",
}
FILES = {"saliency": "visualization"}  # a module's file, where it is named otherwise
_AT_WORK = {  # a command that puts the functions of a module to work
    "rnn_layers": "caption train --numpy --with rnn_layers.py --folder .",
    "saliency": "saliency sample:cat --with visualization.py",
    "style_transfer": "style sample:palace sample:tissue -o styled.png --with style_transfer.py",
    "gan": "gan train --with gan.py --steps 1000",
}


def write_assignment(folder, topics=tuple(TOPIC_MODULES), overwrite=False):
    """Write the folder of an assignment.

    Args:
      folder: made if it is missing.
      topics: names of topics; a module comes with all of its tasks.
      overwrite: replace files that are there, with what has been written into them.

    Returns:
      The paths of the files, a list.

    Raises:
      InputError: a file is there already, or cannot be written.
    """
    modules = list(dict.fromkeys(m for topic in topics for m in TOPIC_MODULES[topic]))
    files = {f"{file_name(module)}.py": skeleton(module) for module in modules}
    for topic in topics:
        files[f"{topic}.ipynb"] = json.dumps(notebook(topic), indent=1) + "\n"
    files["README.md"] = readme(topics, modules)
    paths = []
    for name, text in files.items():
        path = os.path.join(folder, name)
        write_bytes(path, text.encode(), overwrite)
        paths.append(path)
    return paths


def file_name(module):
    return FILES.get(module, module)


def skeleton(module):
    """The text of a module of solutions without the bodies of its tasks."""
    with open(solution_path(module), encoding="utf-8") as file:
        text = file.read()
    lines = text.splitlines()
    tasks = {name for name, task in TASKS.items() if task.module == module}
    for function in reversed(list(_functions(ast.parse(text), tasks))):
        start, end = _body(function, lines)
        if function.name.startswith("_"):
            del lines[function.lineno - 1 : end]
            continue
        indent = " " * function.body[1].col_offset  # in Python 3.7 a docstring has none
        lines[start:end] = [f'{indent}raise NotImplementedError("{function.name}")']
    text = "\n".join(lines) + "\n"
    text = re.sub(r"\n{4,}", "\n\n\n", text)
    return text.replace("from tf_cs231n.assignment.solutions.", "from ")


def _functions(tree, tasks):
    """The functions that are tasks, and the answers' own helpers."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and (node.name in tasks or node.name[0] == "_"):
            yield node
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                if f"{node.name}.{getattr(method, 'name', '')}" in tasks:
                    yield method


def _body(function, lines):
    """First and last line of what comes after the docstring."""
    start = function.body[1].lineno - 1
    end = max(getattr(node, "lineno", 0) for node in ast.walk(function))
    while end < len(lines) and lines[end].startswith(" " * (function.col_offset + 1)):
        end += 1  # Python 3.7 knows no ends
    return start, end


def answer_body(text, owner, name):
    """The lines of an answer's body, without the docstring: of ``name``, or of ``owner``'s method.

    Args:
      text: a module of solutions.
      owner: the function or class of the cell.
      name: the function, or the method's name.
    """
    lines = text.splitlines()
    for node in ast.parse(text).body:
        methods = node.body if isinstance(node, ast.ClassDef) and node.name == owner else [node]
        for function in methods:
            if getattr(function, "name", None) == name and isinstance(function, ast.FunctionDef):
                start, end = _body(function, lines)
                return "\n".join(lines[start:end]).rstrip().splitlines()
    raise LookupError(name)


def helpers(text):
    """The lines of the answers' own helpers."""
    lines, found = text.splitlines(), []
    for function in _functions(ast.parse(text), ()):
        _, end = _body(function, lines)
        found += [*lines[function.lineno - 1 : end], ""]
    return "\n".join(found).rstrip().splitlines()


def notebook(topic):
    """A notebook: of each task of a topic a cell that shows its question, an answer, a check."""
    cells = [
        _markdown(
            f"# {TITLES[topic]}\n\nFill in the answer cells. The cell after each checks it on "
            "fresh random numbers and says what is wrong. A hint: `!tf-cs231n assignment hint "
            "NAME`."
        ),
        _code(
            "import numpy as np\n\nfrom tf_cs231n.assignment import check"
            + ("\nfrom tf_cs231n.compat import tf" if _is_graph(topic) else "")
        ),
    ]
    seen = set()
    for task in TASKS.values():
        first = task.name.split(".")[0]
        if task.topic == topic and first not in seen:
            seen.add(first)
            cells += [_markdown(f"## {first}"), _code(_answer_cell(task, first))]
            cells.append(_code(f"check({first})"))
    return {
        "cells": cells,
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name":
        "python3"}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }  # fmt: skip


def _is_graph(topic):
    return any(task.graph for task in TASKS.values() if task.topic == topic)


def _answer_cell(task, name):
    """The skeleton of one function, with the imports that its class or helpers need."""
    text = skeleton(task.module)
    tree, lines = ast.parse(text), text.splitlines()
    starts = [node.lineno - 1 for node in tree.body] + [len(lines)]
    parts = []
    for node, start, end in zip(tree.body, starts, starts[1:]):
        part = "\n".join(lines[start:end]).strip()
        named = getattr(node, "name", None)
        is_import = isinstance(node, ast.ImportFrom) and node.module != "tf_cs231n.compat"
        given = named is not None and named not in NAMES and task.module == "gan"
        if named == name or given or is_import:
            parts.append(part)
    return "\n\n".join(parts)


def _markdown(text):
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(True)}


def _code(text):
    return {
        "cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [],
        "source": text.splitlines(True),
    }  # fmt: skip


def readme(topics, modules):
    first = next(task for task in TASKS.values() if task.topic == topics[0])
    rows = "\n".join(
        f"| {TITLES[topic]} | `{topic}.ipynb` or "
        + ", ".join(f"`{file_name(m)}.py`" for m in TOPIC_MODULES[topic])
        + f" | {sum(task.topic == topic for task in TASKS.values())} |"
        for topic in topics
    )
    file = file_name(first.module)
    work = "\n".join(f"       tf-cs231n {_AT_WORK[m]}" for m in modules if m in _AT_WORK)
    if work:
        work = f"6. See your own functions at work, ours where yours are not there yet:\n\n{work}\n"
    return f"""# Assignment

Write each function; its docstring says what it must return. Begin like this:

1. Open `{file}.py` and write `{first.name}` in place of `raise NotImplementedError`.
2. `tf-cs231n check {file}.py --task {first.name}` tells you whether it is right, and if not, what
   is wrong.
3. Stuck? `tf-cs231n assignment hint {first.name}` gives one hint; ask again for the next.
4. `tf-cs231n check .` checks everything that you have begun, `--watch` does so each time you save.
5. `tf-cs231n assignment progress .` writes `progress.html`: what is done, and what is next.
{work}
If you prefer notebooks, write into the answer cells and run the cell after each; work in one or the
other.

| topic | where | functions |
| --- | --- | --- |
{rows}
"""
