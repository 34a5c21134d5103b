"""Rules of the design that a reader of one file would not notice being broken."""

import ast
import glob
import os
import re

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FILES = sorted(
    glob.glob(os.path.join(ROOT, "tf_cs231n", "**", "*.py"), recursive=True)
    + [os.path.join(ROOT, "sessions.py")]
)
SUBJECTS = {"saliency", "style_transfer", "gan", "captioning"}
GROUND = {"images", "layers", "norms", "information", "gradient_check", "files", "errors"}


def module_name(path):
    return os.path.relpath(path, ROOT)[:-3].replace(os.sep, ".").replace(".__init__", "")


def imports(path):
    """Names of all modules that a file imports, also inside functions."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    # `if __name__ == "__main__":` makes a module a script; that is no dependency.
    tree.body = [
        node
        for node in tree.body
        if not (isinstance(node, ast.If) and "__main__" in ast.dump(node.test))
    ]
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def source(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def test_only_compat_imports_tensorflow():
    importers = [
        module_name(path)
        for path in FILES
        if any(name.split(".")[0] == "tensorflow" for name in imports(path))
    ]
    assert importers == ["tf_cs231n.compat"]


def test_only_sessions_makes_a_config():
    makers = [module_name(path) for path in FILES if "ConfigProto(" in source(path)]
    assert makers == ["sessions"]


@pytest.mark.parametrize(
    "pattern",
    [
        r"tf\.contrib",
        r"tf\.layers\.",
        r"tf\.keras",
        r"rnn_cell",
        r"reset_default_graph\(",
        r"(\]|dim\w*)\.value\b",
    ],
)
def test_nothing_that_one_runtime_lacks_is_used(pattern):
    users = [
        f"{module_name(path)}: {line.strip()}"
        for path in FILES
        for line in source(path).splitlines()
        if re.search(pattern, line) and "``" not in line and "no tf." not in line
    ]
    assert users == []


def test_dependencies_point_one_way():
    wrong = []
    for path in FILES:
        name = module_name(path)
        parts = name.split(".")
        topic = parts[1] if len(parts) > 1 else parts[0]
        for imported in imports(path):
            target = imported.split(".")
            if target[0] != "tf_cs231n" or len(target) < 2 or target[1] == topic:
                continue
            if topic in GROUND and target[1] in SUBJECTS | {"commands", "plots", "demo"}:
                wrong.append((name, imported))
            if topic in SUBJECTS and target[1] in SUBJECTS | {"commands", "plots", "demo"}:
                wrong.append((name, imported))
            # The demo runs the very commands that its page shows.
            if target[1] == "cli" and parts[-1] != "__main__" and topic != "demo":
                wrong.append((name, imported))
    assert wrong == []


def test_no_path_of_a_machine_is_in_the_sources():
    pattern = re.compile(r"/(?:root|home|work|Users)/")
    wrong = [module_name(path) for path in FILES if pattern.search(source(path))]
    assert wrong == []
