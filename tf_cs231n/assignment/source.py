"""Read a learner's file without running it: which tasks it has, and what a child is to run.

A `Source` is a list of chunks of text that run one after the other as one module: one chunk for a
.py file, one for each cell of a notebook that imports something or defines a task.
"""

import ast
import json
import os
import re
import textwrap

from tf_cs231n.assignment.tasks import NAMES
from tf_cs231n.errors import InputError

_PYTHON_2 = [
    (re.compile(r"^\s*print\s+[^=(\s.]"), "print is a statement"),
    (re.compile(r"^\s*print\s*$"), "print is a statement"),
    (re.compile(r"^\s*print\s*>>"), "print is a statement"),
    (re.compile(r"^\s*except\s+[\w.]+\s*,\s*\w+\s*:"), "except with a comma"),
    (re.compile(r"^\s*raise\s+\w+\s*,"), "raise with a comma"),
    (re.compile(r"^\s*exec\s+['\"\w]"), "exec is a statement"),
    (re.compile(r"<>"), "<> for !="),
    (re.compile(r"\bur['\"]"), "a ur'' string"),
    (re.compile(r"(?<![\w.])0[0-7]+(?![\w.])"), "an octal number"),
    (re.compile(r"\blambda\s*\("), "a tuple as a parameter"),
    (re.compile(r"`[^`]+`"), "backticks"),
]
_SKIPPED_FOLDERS = {"__pycache__", "__MACOSX", ".ipynb_checkpoints", "node_modules"}


class Source:
    """What a child runs of one file, and what is known of it beforehand.

    Attributes:
      path: the file, for messages.
      chunks: list of (file name, text).
      name, package, folders: the module's name and package, and what goes on ``sys.path``.
      functions: dict from each name that is defined to its syntax trees, methods as "Class.method".
      star: whether it imports everything of some module.
    """

    def __init__(self, path, chunks, folders=(), name="learner", package=""):
        self.path, self.chunks, self.folders = path, chunks, list(folders)
        self.name, self.package = name, package
        self.functions, self.star, self.imported = {}, False, set()
        for filename, text in chunks:
            self._look_at(parse(text, filename))

    def _look_at(self, tree):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                self.star |= any(alias.name == "*" for alias in node.names)
                self.imported |= {alias.asname or alias.name for alias in node.names}
        for node in _all_statements(tree.body):
            if isinstance(node, ast.FunctionDef):
                self.functions.setdefault(node.name, []).append(node)
            elif isinstance(node, ast.ClassDef):
                for method in node.body:
                    if isinstance(method, ast.FunctionDef):
                        self.functions.setdefault(f"{node.name}.{method.name}", []).append(method)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self.functions.setdefault(target.id, [])

    @property
    def tasks(self):
        """The tasks whose functions are defined here, or if none is, that are imported by name."""
        every = list(dict.fromkeys(NAMES.values()))
        defined = [t for t in every if {t.name, *t.aliases} & set(self.functions)]
        return defined or [task for task in every if self.spelling(task)]

    def spelling(self, task):
        """The name by which this file calls a task's function; None if it does not define it."""
        for name in (task.name,) + task.aliases:
            if name in self.functions or name in self.imported:
                return name
        return None

    def is_untouched(self, task):
        """Whether the task's function is as the skeleton has it."""
        trees = self.functions.get(self.spelling(task)) or []
        return bool(trees) and is_skeleton(trees[-1])

    def plan(self):
        """What the child needs, for JSON."""
        return {
            "path": self.path, "chunks": self.chunks, "folders": self.folders, "name": self.name,
            "package": self.package,
        }  # fmt: skip


def _all_statements(body):
    """The statements of a module, those in ``if`` and ``try`` too."""
    for node in body:
        yield node
        for part in ("body", "orelse", "finalbody"):
            if isinstance(node, (ast.If, ast.Try, ast.With)):
                yield from _all_statements(getattr(node, part, []))


def parse(text, filename):
    """The syntax tree; an `InputError` in one line for Python 2, else the SyntaxError itself."""
    try:
        return ast.parse(text, filename)
    except SyntaxError as error:
        lines = text.splitlines()
        at = error.lineno or 1
        for number in [at, at - 1] + list(range(1, len(lines) + 1)):
            line = lines[number - 1] if 0 < number <= len(lines) else ""
            for pattern, why in _PYTHON_2:
                if pattern.search(line.split("#")[0]):
                    raise InputError(
                        f"{filename}, line {number}: this is Python 2 ({why}): "
                        f"{line.strip()[:60]}; convert the file to Python 3 (2to3 does most of it)"
                    ) from error
        raise


# --- Skeletons that nobody has touched ---


def is_skeleton(function):
    """Whether a function's body does nothing yet: the course's skeletons and ours.

    Nothing is computed (names, constants, copies, `pass`, `raise NotImplementedError`), or a name
    was set to None, stays so, and a bare `pass` stands where the work should be.
    """
    body = list(function.body)
    if ast.get_docstring(function) is not None:
        body = body[1:]
    if all(_is_idle(node) for node in body):
        return True
    nodes = [node for statement in body for node in ast.walk(statement)]
    if not any(isinstance(node, ast.Pass) for node in nodes):
        return False
    stores = [n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    emptied = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and _is_none(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return any(stores.count(name) == 1 for name in emptied)


def _is_none(node):
    return isinstance(node, (ast.Constant, getattr(ast, "NameConstant", ast.Constant))) and (
        node.value is None
    )


def _is_idle(node):
    if isinstance(node, ast.Pass):
        return True
    if isinstance(node, ast.Expr):
        return _is_plain(node.value)
    if isinstance(node, ast.Assign):
        return _is_plain(node.value)
    if isinstance(node, ast.Return):
        return node.value is None or _is_plain(node.value)
    if isinstance(node, ast.With):
        return all(_is_idle(part) for part in node.body)
    if isinstance(node, ast.Raise):
        return "NotImplementedError" in ast.dump(node)
    return False


def _is_plain(node):
    """An expression that computes nothing: names, constants, and copies and lookups of them."""
    if isinstance(node, (ast.Tuple, ast.List)):
        return all(_is_plain(part) for part in node.elts)
    if isinstance(node, ast.Dict):
        return all(_is_plain(part) for part in node.values)
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", "")
        return name in ("copy", "pop", "get") and not isinstance(node.func, ast.Name)
    if isinstance(node, ast.Attribute):
        return _is_plain(node.value)
    constants = tuple(
        getattr(ast, kind) for kind in ("Constant", "Num", "Str", "NameConstant", "Ellipsis")
        if hasattr(ast, kind)
    )  # fmt: skip
    return isinstance(node, (ast.Name,) + constants)


# --- Files, notebooks, folders ---


def read(path, refused=None):
    """The sources of a file, notebook or folder, a list of `Source`.

    Args:
      path: what to read.
      refused: a list that gets a line for each file in a folder that cannot be read; the others
        are read all the same.

    Raises:
      InputError: no such file, nothing of the assignment in it, or Python 2, in one line.
    """
    if not os.path.exists(path):
        raise InputError(f"{path}: no such file or folder")
    if os.path.isdir(path):
        refused = [] if refused is None else refused
        sources = list(_read_folder(path, refused))
        if not sources:
            nothing = f"{path}: no file in it defines a function of the assignment"
            raise InputError(refused[0] if refused else nothing)
        return sources
    return [_read_any(path)]


def _read_any(path):
    try:
        return _read_file(path)
    except SyntaxError:
        return Broken(path)


def _read_file(path):
    extension = os.path.splitext(path)[1].lower()
    if extension == ".ipynb":
        return _read_notebook(path)
    if extension != ".py":
        raise InputError(f"{path}: expected a .py file, an .ipynb notebook or a folder")
    path = os.path.abspath(path)
    folder, name = os.path.split(path)
    text = _text(path)
    package, folders = "", [folder]
    if os.path.isfile(os.path.join(folder, "__init__.py")) or re.search(
        r"^\s*from\s+\.", text, re.MULTILINE
    ):
        package = os.path.basename(folder)
        folders = [os.path.dirname(folder), folder]
    elif os.path.basename(folder) == "cs231n":
        folders = [os.path.dirname(folder), folder]
    elif os.path.basename(os.path.dirname(folder)) == "cs231n":  # cs231n/classifiers/rnn.py
        folders = [os.path.dirname(os.path.dirname(folder)), folder]
    return Source(path, [(path, text)], folders, os.path.splitext(name)[0], package)


def _text(path):
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    if b"\0" in data:
        raise InputError(f"{path}: is not a text file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _read_notebook(path):
    """Of a notebook the cells that import something or define a task; magics are dropped."""
    path = os.path.abspath(path)
    try:
        notebook = json.loads(_text(path))
        cells = notebook.get("cells") or notebook["worksheets"][0]["cells"]
        texts = ["".join(cell.get("source") or cell.get("input") or "")
                 if cell.get("cell_type") == "code" else "" for cell in cells]  # fmt: skip
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        raise InputError(f"{path}: cannot be read as a notebook") from error
    chunks = []
    for number, text in enumerate(texts, 1):
        chunks += _cell(f"{path} cell {number}", text)
    return Source(path, chunks, [os.path.dirname(path)], "notebook")


def _cell(name, text):
    text = re.sub(r"^(\s*)([%!]|\?).*$", r"\1pass", text, flags=re.MULTILINE)
    try:
        tree = parse(text, name)
    except SyntaxError:
        wanted = any(re.search(rf"def {task}\b", text) for task in NAMES)
        return [(name, text)] if wanted else []
    defined = {n.name for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    known = set(NAMES) | {task.split(".")[0] for task in NAMES}
    if defined & known:
        keep = tree.body  # the whole cell: its helpers and constants too
        keep = [node for node in keep if not _is_a_try_out(node)]
    else:
        keep = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
        keep += [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    return [(name, _only(text, keep))] if keep else []


def _is_a_try_out(node):
    """A statement that uses things and defines none, such as a call that prints or plots."""
    return isinstance(node, (ast.Expr, ast.For, ast.While, ast.If, ast.With))


def _only(text, nodes):
    """The text with all lines blank but those of some statements, so that line numbers stay."""
    lines = text.splitlines()
    kept = set()
    tree = ast.parse(text)
    starts = [_first_line(node) for node in tree.body] + [len(lines) + 1]
    wanted = {_first_line(node) for node in nodes}
    for start, end in zip(starts, starts[1:]):
        if start in wanted:
            kept.update(range(start, end))
    return "\n".join(line if n in kept else "" for n, line in enumerate(lines, 1))


def _first_line(node):
    return min([node.lineno] + [d.lineno for d in getattr(node, "decorator_list", [])])


def _read_folder(path, refused):
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED_FOLDERS and f[0] != ".")
        for name in sorted(files):
            if name.startswith(".") or not name.endswith((".py", ".ipynb")):
                continue
            try:
                source = _read_any(os.path.join(folder, name))
            except InputError as error:
                refused.append(str(error))
                continue
            if source.tasks:
                yield source


class Broken(Source):
    """A file that is no Python at all; the child will say where."""

    def __init__(self, path):
        path = os.path.abspath(path)
        text = _text(path)
        super().__init__(path, [], [os.path.dirname(path)])
        self.chunks = [(path, text)]
        for name in NAMES:
            if re.search(rf"def {name.split('.')[-1]}\b", text):
                self.functions.setdefault(name, [])


def from_text(text, name="<your function>"):
    """A source of text at hand."""
    return Source(name, [(name, textwrap.dedent(text))])
