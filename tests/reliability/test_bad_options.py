"""Every option of every command, found in the command line itself, meets values it cannot take.

Each is one line that names the option or the value, before any session runs, and no new file.
"""

import inspect
import json
import os
import shutil

import click
import pytest

from tf_cs231n import cli
from tf_cs231n.commands.option_types import Count, Number, Path
from tf_cs231n.compat import tf
from tf_cs231n.style_transfer import style_transfer

pytest_plugins = "homes"

# A call of each command, of good arguments.
CALLS = {
    "demo": [],
    "classify": ["sample:cat"],
    "weights convert": ["default", "out.npz"],
    "weights info": [],
    "saliency": ["sample:cat"],
    "fool": ["sample:cat", "--target", "7"],
    "visualize": ["goldfish"],
    "style": ["sample:cat", "sample:tissue", "-o", "out.png"],
    "invert": ["sample:cat", "-o", "out.png"],
    "texture": ["sample:tissue", "-o", "out.png"],
    "gan evaluate": ["--folder", "gan", "--mnist", "builtin"],
    "gan interpolate": ["--folder", "gan"],
    "gan sample": ["--folder", "gan"],
    "gan train": ["--mnist", "builtin", "--folder", "out"],
    "caption evaluate": ["--folder", "captioner", "--data", "data"],
    "caption prepare": ["--images", "pictures", "--captions", "captions.csv", "--out", "out"],
    "caption sample": ["pictures/0.png", "--folder", "captioner"],
    "caption train": ["--data", "data", "--folder", "out"],
    "norms": ["matrix.npy"],
    "information": ["0.5,0.5", "0.1,0.9"],
    "likelihood": ["matrix.npy", "--family", "gaussian"],
}
TO_READ = ["missing", "text.txt", "folder"]
TO_WRITE = ["text.txt/out.png", "folder", "out.txt"]
A_FOLDER = ["text.txt", "text.txt/out"]
PATHS = {
    **dict.fromkeys(["--folder", "--weights", "--again", "--mask", "--init"], TO_READ),
    **dict.fromkeys(["--data", "--mnist", "--images", "--captions"], TO_READ),
    "--tensorboard": ["text.txt"],
    **dict.fromkeys(["--out", "--gif", "--image", "--frames"], TO_WRITE),
    **dict.fromkeys(["--json", "--csv"], TO_WRITE[:2]),
    "--out-dir": A_FOLDER,
}
OTHERS = {  # where the option is another thing than elsewhere
    ("gan train", "--folder"): A_FOLDER[:1],
    ("caption train", "--folder"): A_FOLDER,
    ("demo", "--out"): A_FOLDER,
    ("gan evaluate", "--out"): A_FOLDER,
    ("caption prepare", "--out"): A_FOLDER,
    ("caption sample", "--max-length"): ["0", "text"],
    # The weights say which classes there are; columns are those of fresh images.
    **dict.fromkeys([("classify", "--class"), ("saliency", "--class"), ("fool", "--target")], []),
    ("caption evaluate", "--image-column"): [],
    ("caption evaluate", "--caption-column"): [],
    ("norms", "-p"): ["text", "nan", "-1"],  # infinity is an order
}


def commands(command=cli.tf_cs231n, path=()):
    if isinstance(command, click.Group):
        for name in command.list_commands(None):
            yield from commands(command.get_command(None, name), (*path, name))
    else:
        yield " ".join(path), command


def bad_values(command, option):
    name, kind = option.opts[-1], option.type
    if (command, name) in OTHERS:
        return OTHERS[command, name]
    if isinstance(kind, Path):
        return PATHS.get(name, TO_READ)
    if isinstance(kind, Count):
        return ["text", "1.5", kind.least - 1]
    if isinstance(kind, Number):
        bounds = kind.bounds
        beyond = [] if bounds["least"] is None else [bounds["least"] - 0.01]
        beyond += [] if bounds["above"] is None else [bounds["above"]]
        beyond += [] if bounds["most"] is None else [bounds["most"] + 0.01]
        return ["text", "nan", *beyond]
    return ["nonsense"]  # a name, or a list of numbers


CASES = [
    (command, option.opts[-1], str(value))
    for command, found in commands()
    if command in CALLS
    for option in found.params
    if isinstance(option, click.Option) and not option.is_flag
    for value in bad_values(command, option)
]
ARGUMENTS = [
    *[(["norms"], value) for value in TO_READ],
    *[(["likelihood", "--family", "gaussian"], value) for value in TO_READ],
    *[(["weights", "info"], value) for value in TO_READ],
    *[(["weights", "convert"], [value, "out.npz"]) for value in TO_READ],
    (["weights", "convert", "default"], "text.txt/out.npz"),
    *[(["caption", "sample", "--folder", "captioner"], value)
      for value in [*TO_READ, "shapes:val:x", "shapes:none:0", "sample:none"]],
]  # fmt: skip


@pytest.fixture(scope="module")
def home(template, tmp_path_factory):
    home = tmp_path_factory.mktemp("bad") / "home"
    shutil.copytree(str(template), str(home))
    (home / "folder").mkdir()
    (home / "text.txt").write_text("text")
    return home


@pytest.fixture
def refuses(home, pretrained, monkeypatch, fails_with_one_line):
    """Call a command that must fail without having run anything or left a file."""

    def work(*_, **__):
        pytest.fail("a session ran")

    def files():
        return sorted(path for path in home.rglob("*"))

    def check(*arguments):
        before = files()
        line = fails_with_one_line(*arguments)
        assert len(line) < 1000
        assert files() == before
        return line

    monkeypatch.chdir(home)
    monkeypatch.setenv("TF_CS231N_PRETRAINED", str(pretrained))
    monkeypatch.setattr(tf.Session, "run", work)
    monkeypatch.setattr(tf.Session, "make_callable", work)
    return check


def says(value, line):
    """Whether the line names the value, or the folder that it is in."""
    return (os.path.dirname(value) or value.rpartition("sample:")[2]) in line


@pytest.mark.parametrize("command, option, value", CASES)
def test_a_bad_option_is_one_line_before_any_work(command, option, value, refuses):
    line = refuses(*command.split(), *CALLS[command], option, value)
    name = option.strip("-")
    assert name in line or name.replace("-", "_") in line or says(value, line), line


RECORDS = {  # what a user's own hand might have changed in a file for --again
    "style": {"content_image": "sample:cat", "style_image": ["sample:tissue"]},
    "invert": {"content_image": "sample:cat"},
    "texture": {"style_image": "sample:tissue"},
}
TRUTH_VALUES = {"keep_alpha", "init_random"}  # any JSON value is true or false


@pytest.mark.parametrize("task", RECORDS)
def test_a_record_with_a_bad_setting_is_one_line_before_any_work(task, home, refuses):
    names = set(inspect.signature(style_transfer).parameters) - TRUTH_VALUES
    path = home / "record.json"
    for name in sorted(names | {"nonsense", "sess", "class"}):
        for value in ["nonsense"] + [-1] * name.endswith(("_size", "evaluations")):
            settings = {**RECORDS[task], name: value}
            path.write_text(json.dumps({"task": task, "settings": settings, "sha256": {}}))
            refuses(task, "--again", path.name, "-o", "out.png")
    path.write_text(json.dumps({"task": task, "settings": {}, "sha256": {}}))
    assert path.name in refuses(task, "--again", path.name, "-o", "out.png")


@pytest.mark.parametrize("command, value", ARGUMENTS)
def test_a_bad_argument_is_one_line_before_any_work(command, value, refuses):
    values = value if isinstance(value, list) else [value]
    line = refuses(*command, "--", *values)
    assert any(says(value, line) for value in values), line


CAT = ["sample:cat", "--size", "40"]
FOOL = ["fool", *CAT, "--target", "7"]
STYLE = ["style", "sample:cat", "sample:tissue", "-o", "out.png"]
DRAWN = ["caption", "sample", "shapes:val:0", "--temperature", "1"]
UNUSED = [
    ["saliency", *CAT, "--samples", "3"],
    ["saliency", *CAT, "-m", "gradient", "-m", "guided", "--baseline", "black"],
    ["saliency", *CAT, "-m", "integrated", "--patch", "3"],
    [*FOOL, "--epsilon", "2"],
    [*FOOL, "-m", "pgd", "--learning-rate", "2"],
    [*FOOL, "-m", "fgsm", "--norm", "l2"],
    [*FOOL, "-m", "fgsm", "--gif", "way.gif"],
    ["visualize", "goldfish", "--octave-scale", "2"],
    ["visualize", "goldfish", "--blur-every", "0", "--blur-sigma", "2"],
    [*STYLE, "--frame-every", "2"],
    [*DRAWN, "--beam-width", "3"],
    [*DRAWN, "--n-best", "2"],
    [*DRAWN, "--length-penalty", "1"],
]


@pytest.mark.parametrize("arguments", UNUSED, ids=" ".join)
def test_an_option_that_would_do_nothing_is_refused(arguments, refuses):
    assert refuses(*arguments).startswith(f"error: {arguments[-2]}: ")


SAME = [
    ["visualize", "3", "-o", "w.png", "--image", "./w.png"],
    ["visualize", "3", "--gif", "w.gif", "--image", "w.gif"],
    [*FOOL, "-o", "f.png", "--image", "f.png"],
    ["texture", "sample:tissue", "-o", "t.gif", "--frames", "folder/../t.gif"],
]


@pytest.mark.parametrize("arguments", SAME, ids=" ".join)
def test_two_outputs_of_one_name_are_refused(arguments, refuses):
    assert "two outputs have this name" in refuses(*arguments)
    assert "two outputs have this name" in refuses(*arguments, "--overwrite")


UNWRITTEN = ["x.psd", "x"]
PICTURES = [
    ["texture", "sample:tissue", "-o"],
    ["visualize", "3", "--image"],
    ["visualize", "3", "-o"],
    ["gan", "sample", "--folder", "gan", "--out"],
    ["gan", "interpolate", "--folder", "gan", "--out"],
    ["caption", "sample", "pictures/0.png", "--folder", "captioner", "--out"],
]


@pytest.mark.parametrize("name", UNWRITTEN)
@pytest.mark.parametrize("arguments", PICTURES, ids=" ".join)
def test_a_format_that_cannot_be_written_is_refused_before_any_work(arguments, name, refuses):
    assert name in refuses(*arguments, name)
