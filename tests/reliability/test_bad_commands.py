"""Every command that takes a picture meets bad ones: one line that names it, and no file."""

import os

import numpy as np
import pytest
from good_files import GOOD_FILES
from PIL import Image

PICTURE = "bad.png"
COMMANDS = {
    "classify": [PICTURE],
    "saliency": [PICTURE],
    "fool": [PICTURE, "--target", "7"],
    "style": [PICTURE, "sample:tissue", "-o", "out.png"],
    "style, its style": ["sample:cat", PICTURE, "-o", "out.png"],
    "invert": [PICTURE, "-o", "out.png"],
    "texture": [PICTURE, "-o", "out.png"],
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


BAD_PICTURES = {
    "missing": None,
    "cut": GOOD_FILES["PNG"].make()[:100],
    "JSON": b"{}",
}


@pytest.mark.parametrize("kind", [*BAD_PICTURES, "a folder"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_bad_picture_is_one_line_that_names_it(command, kind, here, fails_with_one_line):
    if kind == "a folder":
        os.mkdir(PICTURE)
    elif BAD_PICTURES[kind] is not None:
        (here / PICTURE).write_bytes(BAD_PICTURES[kind])
    before = sorted(os.listdir(here))
    task = command.partition(",")[0]
    assert PICTURE in fails_with_one_line(task, *COMMANDS[command])
    assert sorted(os.listdir(here)) == before


@pytest.mark.parametrize("name", ["-rf.png", "a b.png", "猫.png"])
def test_a_picture_with_an_odd_name_is_classified(name, here, run_cli):
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(name)
    status, out, err = run_cli("classify", "--size", 32, "--", name)
    assert status == 0 and name in out, err
