"""Rules of the design that a reader of one file would not notice being broken."""

import ast
import glob
import json
import os
import re

import pytest

import tf_cs231n

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FILES = sorted(
    glob.glob(os.path.join(ROOT, "tf_cs231n", "**", "*.py"), recursive=True)
    + [os.path.join(ROOT, "sessions.py")]
)
PACKAGE = os.path.join(ROOT, "tf_cs231n")
SUBJECTS = {"saliency", "attribution", "adversarial", "faithfulness", "style_transfer", "gan"}
SUBJECTS |= {"gan_training", "captioning"}
KIN = [  # subjects that are parts of one
    {"saliency", "attribution", "adversarial", "faithfulness"},
    {"gan", "gan_training"},
]
GROUND = {
    "images",
    "layers",
    "datasets",
    "gradient_check",
    "files",
    "errors",
    "checks",
    "named",
    "ops",
}
GROUND |= {"interruption", "compat", "pixels", "training", "graph_model", "squeezenet", "norms"}
GROUND |= {"information", "likelihood", "graph_files", "terminal"}
ABOVE = {"commands", "plots", "demo", "assignment", "studio", "cli"}


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


def dependencies(path):
    """Names of the rooms, one level below the package, that a file imports from; its own apart."""
    own = topic(path)
    found = {name.split(".")[1] for name in imports(path) if name.startswith("tf_cs231n.")}
    return found & ROOMS - {own}


def topic(path):
    parts = module_name(path).split(".")
    return parts[1] if len(parts) > 1 else parts[0]


ROOMS = {topic(path) for path in FILES}


def test_the_files_that_a_reader_looks_for_exist():
    for name in ("saliency.py", "style_transfer.py", "gan.py"):
        assert os.path.isfile(os.path.join(PACKAGE, name))


def test_the_package_has_at_most_24_files_at_its_first_level():
    assert len(glob.glob(os.path.join(PACKAGE, "*.py"))) <= 24


def test_the_map_names_every_room():
    words = set(re.findall(r"\w+", tf_cs231n.__doc__))
    rooms = {name[:-3] if name.endswith(".py") else name for name in os.listdir(PACKAGE)}
    assert {name for name in rooms if not name.startswith("_")} <= words


def test_ground_knows_no_subject():
    wrong = [
        (module_name(path), other)
        for path in FILES
        if topic(path) in GROUND
        for other in dependencies(path) & (SUBJECTS | ABOVE)
    ]
    assert wrong == []


def test_subjects_know_neither_each_other_nor_what_is_above():
    wrong = []
    for path in FILES:
        if topic(path) in SUBJECTS and not path.endswith("__main__.py"):
            own = next((kin for kin in KIN if topic(path) in kin), set())
            others = SUBJECTS - own | ABOVE
            wrong += [(module_name(path), other) for other in dependencies(path) & others]
    assert wrong == []


def test_only_the_demo_imports_the_command_line():
    """It runs the very commands that its page shows."""
    users = {path for path in FILES if "cli" in dependencies(path)}
    assert {topic(path) for path in users if not path.endswith("__main__.py")} == {"demo"}


def test_no_import_goes_in_a_circle():
    modules = {module_name(path): imports(path) for path in FILES}
    graph = {
        name: {other for other in found if other in modules and other != name}
        for name, found in modules.items()
    }
    while graph:  # take away what imports nothing that is left, until nothing is
        leaves = {name for name, found in graph.items() if not found & graph.keys()}
        assert leaves, sorted(graph)
        graph = {name: found for name, found in graph.items() if name not in leaves}


def test_no_trace_function_is_set():
    assert [path for path in FILES if re.search("settrace|f_trace", source(path))] == []


def test_notebooks_import_neither_commands_nor_the_demo():
    wrong = []
    for path in glob.glob(os.path.join(ROOT, "notebooks", "*.ipynb")):
        with open(path, encoding="utf-8") as file:
            cells = json.load(file)["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        if re.search(r"tf_cs231n(\.| import )(commands|demo)", code):
            wrong.append(os.path.basename(path))
    assert wrong == []


def test_no_path_of_a_machine_is_in_the_sources():
    pattern = re.compile(r"/(?:root|home|work|Users)/")
    wrong = [module_name(path) for path in FILES if pattern.search(source(path))]
    assert wrong == []
