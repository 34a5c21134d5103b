"""Files that are cut, of another kind, locked or missing: one line that names them."""

import contextlib
import os
import shutil
import tempfile

import numpy as np
import pytest
from good_files import GOOD_FILES

from tf_cs231n.errors import InputError

NOBODY = 65534
SOME = ["PNG", "IDX", "captions CSV", "weights .npz", "captioner.npz"]
ODD = ["猫 für Ölgemälde", "-rf", "a%20*?'\"$(c)"]
FOREIGN = {
    "JSON": b'["no such thing"]',
    "noise": np.random.RandomState(0).bytes(3000),
    "folder": None,
}


@pytest.fixture
def folder():
    """A folder that every user of the machine may enter, which pytest's own is not."""
    path = tempfile.mkdtemp()
    os.chmod(path, 0o777)
    yield path
    shutil.rmtree(path)


def refusal(file, path):
    """The line that refuses a file; None if it is read. A checkpoint is passed over."""
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
    for tenths in (0, 3, 8):
        write(path, good[: len(good) * tenths // 10])
        assert refusal(file, path) or (file.is_text and tenths), f"{tenths} tenths were read"


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("name", GOOD_FILES)
def test_a_file_of_another_kind_is_refused(folder, name, kind):
    file = GOOD_FILES[name]
    path = os.path.join(folder, file.name)
    if FOREIGN[kind] is None:
        os.mkdir(path)
    else:
        write(path, FOREIGN[kind])
    assert refusal(file, path)


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


@pytest.mark.parametrize("name", SOME)
def test_a_file_without_permission_is_refused(folder, name):
    file = GOOD_FILES[name]
    path = os.path.join(folder, file.name)
    write(path, file.make())
    assert refusal(file, path) is None  # and every module that it needs is imported
    os.chmod(path, 0)
    with as_nobody():
        assert refusal(file, path)


@pytest.mark.parametrize("name", SOME)
def test_a_file_that_is_missing_is_refused(folder, name):
    file = GOOD_FILES[name]
    path = os.path.join(folder, file.name)
    assert refusal(file, path)
    os.symlink(path + "-not-there", path)
    assert refusal(file, path)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", SOME)
def test_a_file_with_an_odd_name_is_read(folder, name, odd, monkeypatch):
    file = GOOD_FILES[name]
    monkeypatch.chdir(folder)
    os.mkdir(odd)
    for path in (os.path.join(odd, file.name), odd + file.name):
        write(path, file.make())
        assert refusal(file, path) is None
