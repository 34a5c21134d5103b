"""The notebooks as they are committed: executed, small, and without logic of their own.

That they run is `make notebooks`, on both runtimes; this looks at what a reader opens.
"""

import ast
import glob
import json
import os
import re

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NOTEBOOKS = sorted(glob.glob(os.path.join(ROOT, "notebooks", "*.ipynb")))
MAX_BYTES = 1_200_000  # what a browser opens at once, and git keeps for ever
MAX_LINES = 4  # of a function in a cell: a formula to look at, not logic

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=os.path.basename)


def cells(path, kind):
    """The sources and outputs of a notebook's cells of a kind."""
    with open(path, encoding="utf-8") as file:
        notebook = json.load(file)
    return [
        ("".join(cell["source"]), cell.get("outputs", []), cell.get("execution_count"))
        for cell in notebook["cells"]
        if cell["cell_type"] == kind
    ]


def python(source):
    """A cell's syntax tree, its magics left out."""
    return ast.parse(re.sub(r"^%.*$", "", source, flags=re.MULTILINE))


def test_notebook_is_executed_from_top_to_bottom_without_an_error(path):
    code = cells(path, "code")
    assert [count for _, _, count in code] == list(range(1, len(code) + 1))
    outputs = [output for _, outputs, _ in code for output in outputs]
    assert {"image/png", "image/jpeg"} & {kind for o in outputs for kind in o.get("data", {})}
    assert not [output for output in outputs if output["output_type"] == "error"]
    noise = [output["text"] for output in outputs if output.get("name") == "stderr"]
    assert not noise, "warnings that a reader must wonder about"


def test_notebook_starts_with_the_session_helpers_and_says_where_own_data_goes(path):
    first = cells(path, "code")[0][0]
    assert first.startswith("from sessions import ")
    assert sum("## Your data" in source for source, _, _ in cells(path, "markdown")) == 1


def test_notebook_has_no_logic_of_its_own(path):
    for source, _, _ in cells(path, "code"):
        for node in ast.walk(python(source)):
            assert not isinstance(node, (ast.ClassDef, ast.Try)), source
            if isinstance(node, ast.FunctionDef):
                last = max(getattr(inner, "lineno", 0) for inner in ast.walk(node))
                assert last - node.lineno <= MAX_LINES, source


def test_notebook_is_small_and_names_no_folder_of_the_machine_that_ran_it(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert len(text.encode()) < MAX_BYTES
    # Base64 has slashes too: look at what is not a picture.
    words = re.sub(r'"image/\w+": "[^"]*"', "", text)
    home = re.escape(os.path.expanduser("~"))
    found = re.search(rf"{home}/|{re.escape(ROOT)}|/tmp/|/home/|/Users/|[A-Z]:\\\\", words)
    assert not found, found.group()


def test_links_of_a_notebook_lead_somewhere(path):
    for source, _, _ in cells(path, "markdown"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", source):
            assert os.path.exists(os.path.join(os.path.dirname(path), target)), target


def test_metadata_says_nothing_of_the_machine_that_ran_the_notebook(path):
    with open(path, encoding="utf-8") as file:
        metadata = json.load(file)["metadata"]
    # Nothing that changes with the machine: another run gives a diff of what has changed only.
    assert set(metadata) == {"kernelspec", "language_info"}
    assert metadata["kernelspec"]["name"] == "python3"
    assert metadata["language_info"] == {"name": "python"}
