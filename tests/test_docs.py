"""The documentation is code: its commands run, its examples are true, its links lead somewhere."""

import doctest
import functools
import glob
import importlib
import json
import os
import pkgutil
import re
import shlex
import shutil

import numpy as np
import own_networks
import pytest

import tf_cs231n
from tf_cs231n.captioning import shapes
from tf_cs231n.commands.results import COLUMNS
from tf_cs231n.compat import tf
from tf_cs231n.datasets import sample_image
from tf_cs231n.images import save_image

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGES = sorted(
    glob.glob(os.path.join(ROOT, "*.md"))
    + glob.glob(os.path.join(ROOT, "docs", "*.md"))
    + glob.glob(os.path.join(ROOT, "*", "README.md"))
)
MODULES = ["sessions"] + [
    module.name
    for module in pkgutil.walk_packages(tf_cs231n.__path__, "tf_cs231n.")
    if not module.name.endswith("__main__")
]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_are_true(name):
    failed, _ = doctest.testmod(
        importlib.import_module(name),
        optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS,
    )
    assert failed == 0


def anchors(page):
    """The anchors of a page's headings, as the usual Markdown renderers make them."""
    headings = re.findall(r"^#+ (.+)$", read(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: os.path.relpath(page, ROOT))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)]+)\)", read(page)):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = os.path.join(os.path.dirname(page), path) if path else page
        assert os.path.exists(file), target
        if anchor:
            assert anchor in anchors(file), target


def commands(page):
    """Command lines in the page's ```sh blocks, continuation lines joined, comments dropped."""
    for block in re.findall(r"```sh\n(.*?)```", read(page), flags=re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words:
                yield words


# Options that make a documented command quick, and let the next one on the page write the same
# file; they come last, so they win.
SHORTER = {
    "classify": "--size 64 --overwrite",
    "saliency": "--size 64 --overwrite",
    "fool": "--size 64 --max-iterations 3 --overwrite",
    "visualize": "--size 64 --num-iterations 2 --overwrite",
    "style": "--image-size 48 --style-size 48 --max-evaluations 2 --overwrite",
    "invert": "--image-size 48 --max-evaluations 2 --overwrite",
    "texture": "--image-size 48 --style-size 48 --max-evaluations 2 --overwrite",
    "gan train": "--steps 2 --batch-size 4",
    "gan evaluate": "--number 100 --overwrite",
    "gan sample": "--overwrite",
    "gan interpolate": "--overwrite",
    "caption sample": "--overwrite",
    "caption train": "--steps 2 --validate-every 2 --num-val 10",
    "caption evaluate": "--num 10",
}
# More of them, where the command names the method that takes them, or all methods.
SHORTER_METHODS = {
    "smoothgrad": "--samples 2",
    "integrated": "--steps 2",
    "occlusion": "--patch 16 --stride 16",
}
# These have tests of their own that run them whole, take the whole demo's minutes, or do not end.
TESTED_ELSEWHERE = ("demo", "studio", "worker")


@pytest.fixture
def folder_of_a_user(tmp_path, monkeypatch, digit_judge):
    """The files that the documentation's commands name, in the present folder."""
    monkeypatch.chdir(tmp_path)
    # Trainings of the documentation's commands must not meet, or become, a user's own.
    monkeypatch.setenv("TF_CS231N_PRETRAINED", str(tmp_path / "pretrained"))
    shutil.copytree(str(digit_judge), str(tmp_path / "pretrained"))
    few = functools.partial(shapes.shapes_data, num_train=40, num_val=12)
    monkeypatch.setattr(shapes, "shapes_data", few)
    pictures = {"photo.jpg": "cat", "painting.jpg": "galaxies", "other-painting.jpg": "tissue"}
    for file, sample in pictures.items():
        save_image(file, sample_image(sample, 96))
    mask = np.zeros((96, 144), np.uint8)
    mask[:, 72:] = 255
    save_image("mask.png", mask)
    save_image("other-mask.png", 255 - mask)
    np.save("matrix.npy", np.arange(6.0).reshape(2, 3))
    np.save("samples.npy", np.arange(6.0))
    os.makedirs("submissions/ada")
    with open("submissions/ada/rnn_layers.py", "w") as file:
        file.write("def rnn_step_forward(x, prev_h, Wx, Wh, b):\n    raise NotImplementedError\n")
    os.mkdir("photos")
    with open("captions.csv", "w") as file:
        file.write("file,caption\n")
        for number in range(20):
            save_image(f"photos/{number}.png", sample_image("cat", 48)[:48, number : number + 48])
            file.write(f"{number}.png,a cat that looks {'left' if number % 2 else 'right'}\n")
    return tmp_path


OWN_NETWORKS = "own-networks.md"


def save_own_networks(folder):
    for kind in ("frozen", "SavedModel", "checkpoint"):
        with tf.Graph().as_default():
            own_networks.save(folder, kind, *own_networks.build(H=None, W=None))
    with open("labels.txt", "w") as file:
        file.write("cat\ndog\ncrow\nnewt\n")


def test_the_python_for_own_networks_runs(folder_of_a_user, capsys):
    save_own_networks(folder_of_a_user)
    (code,) = re.findall(
        r"```python\n(.*?)```", read(os.path.join(ROOT, "docs", OWN_NETWORKS)), flags=re.DOTALL
    )
    names = {}
    exec(code, names)
    assert names["maps"].shape == names["X"].shape[:3]
    assert capsys.readouterr().out.split()[-1] in ("cat", "dog", "crow", "newt")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: os.path.relpath(page, ROOT))
def test_documented_commands_run(page, folder_of_a_user, run_cli):
    if "--graph" in read(page):
        save_own_networks(folder_of_a_user)
    for words in commands(page):
        if words[:2] == ["python", "-m"]:
            words = ["tf-cs231n", words[2].rpartition(".")[2], *words[3:]]
        if os.path.basename(words[0]) != "tf-cs231n" or words[1] in TESTED_ELSEWHERE:
            continue
        arguments = words[1:]
        for task, options in SHORTER.items():
            if arguments[: len(task.split())] == task.split():
                arguments = arguments + options.split()
        for method, options in SHORTER_METHODS.items():
            if arguments[0] == "saliency" and {method, "all"} & set(arguments):
                arguments = arguments + options.split()
        status, _, err = run_cli(*arguments)
        assert status == 0, (words, err)


def test_the_front_pages_python_runs():
    (code,) = re.findall(
        r"^```python\n(.*?)^```", read(os.path.join(ROOT, "README.md")), re.M | re.S
    )
    names = {}
    exec(code, names)
    assert names["saliency"].shape == (1, *names["image"].shape[1:3])
    assert names["saliency"].max() > 0


def test_make_targets_in_the_documentation_exist():
    targets = set(re.findall(r"^([\w.-]+):", read(os.path.join(ROOT, "Makefile")), re.MULTILINE))
    for page in PAGES:
        for words in commands(page):
            if words[0] == "make":
                assert set(words[1:]) <= targets, words


def test_figures_of_speed_are_those_of_the_last_benchmark(monkeypatch):
    monkeypatch.syspath_prepend(os.path.join(ROOT, "benchmarks"))
    report = importlib.import_module("report")
    results = json.loads(read(os.path.join(ROOT, "benchmarks", "results.json")))
    front = read(os.path.join(ROOT, "README.md"))
    assert "times as fast as in PyTorch" in front
    assert report.front_page(front, results) == front
    assert report.table(results) == read(os.path.join(ROOT, "benchmarks", "RESULTS.md"))


def test_the_page_on_results_names_every_column_and_no_other():
    page = read(os.path.join(ROOT, "docs", "command-line.md"))
    table = page.split("| column | what it is |")[1].split("\n\n")[0]
    names = [re.findall(r"`(\w+)`", row.split("|")[1]) for row in table.splitlines()[2:]]
    assert [name for row in names for name in row] == list(COLUMNS)
