"""Files that are cut, foreign, locked, dangling: one line that names them. Odd names: read."""

import contextlib
import io
import os
import shutil
import tempfile

import numpy as np
import pytest
from good_files import GOOD_FILES
from PIL import Image

from tf_cs231n.errors import InputError

NOBODY = 65534


@pytest.fixture
def folder():
    """A folder that every user of the machine may enter, which pytest's own is not."""
    path = tempfile.mkdtemp()
    os.chmod(path, 0o777)
    yield path
    shutil.rmtree(path)


def refusal(file, path):
    """The line with which a file is refused; None if it is read. A checkpoint is passed over."""
    try:
        return None if file.read(path) is not False else os.path.basename(path)
    except InputError as error:
        message = str(error)
        assert "\n" not in message and len(message) < 600, message
        stem = os.path.basename(path).partition(".index")[0].partition(".data-")[0]
        assert stem in message, f"{message!r} does not name {stem}"
        return message


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


@pytest.mark.parametrize("name", GOOD_FILES)
def test_a_file_that_ends_too_early_is_refused(folder, name):
    file = GOOD_FILES[name]
    path, good = os.path.join(folder, file.name), file.make()
    for tenths in range(10):
        write(path, good[: len(good) * tenths // 10])
        assert refusal(file, path) or (file.is_text and tenths), f"{tenths} tenths were read"


def png():
    content = io.BytesIO()
    Image.fromarray(np.zeros((5, 5, 3), np.uint8)).save(content, "PNG")
    return content.getvalue()


FOREIGN = {
    "picture": png(),
    "JSON": b'["no such thing"]',
    "noise": np.random.RandomState(0).bytes(3000),
    "folder": None,
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("name", GOOD_FILES)
def test_a_file_of_another_kind_is_refused(folder, name, kind):
    file = GOOD_FILES[name]
    path = os.path.join(folder, file.name)
    if FOREIGN[kind] is None:
        os.mkdir(path)
    else:
        write(path, FOREIGN[kind])
    is_its_own = kind == "picture" and file.read is GOOD_FILES["PNG"].read
    assert (refusal(file, path) is None) == is_its_own


@contextlib.contextmanager
def as_nobody():
    """Give up root's right to read every file while the block runs."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.mark.parametrize("name", GOOD_FILES)
def test_a_file_without_permission_is_refused(folder, name):
    file = GOOD_FILES[name]
    path = os.path.join(folder, file.name)
    write(path, file.make())
    assert refusal(file, path) is None  # and every module that it needs is imported
    for other in os.listdir(folder):
        os.chmod(os.path.join(folder, other), 0o666)
    os.chmod(path, 0)
    with as_nobody():
        assert refusal(file, path)


@pytest.mark.parametrize("kind", ["dangling", "to itself"])
@pytest.mark.parametrize("name", GOOD_FILES)
def test_a_link_to_nothing_is_refused(folder, name, kind):
    file = GOOD_FILES[name]
    path = os.path.join(folder, file.name)
    os.symlink(path if kind == "to itself" else path + "-not-there", path)
    assert refusal(file, path)


ODD = {
    "non-ASCII": "猫 für Ölgemälde",
    "spaces": " a  cat ",
    "dash": "-rf",
    "long": "x" * 200,
    "special": "a%20*?'\"$(c)",
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", GOOD_FILES)
def test_a_file_with_an_odd_name_is_read(folder, name, odd, monkeypatch):
    file = GOOD_FILES[name]
    monkeypatch.chdir(folder)
    os.mkdir(ODD[odd])
    paths = [os.path.join(ODD[odd], file.name)] + [ODD[odd] + file.name] * file.any_name
    for path in paths:
        write(path, file.make())
        assert refusal(file, path) is None
