import gc
import os
import re
import stat

import numpy as np
import pytest

from tf_cs231n.errors import InputError
from tf_cs231n.files import (
    check_output,
    pretrained_dir,
    read_npz,
    whole_file,
    write_bytes,
    write_npz,
)


def test_a_file_appears_whole_and_with_usual_permissions(tmp_path):
    path = tmp_path / "new" / "x.txt"
    with whole_file(path) as temporary:
        assert os.path.splitext(temporary)[1] == ".txt"
        with open(temporary, "w") as file:
            file.write("half")
            assert not path.exists()
    assert path.read_text() == "half"
    reference = tmp_path / "reference"
    reference.write_text("")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(reference.stat().st_mode)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_failure_leaves_the_old_file_and_no_other(tmp_path, error):
    path = tmp_path / "x.txt"
    path.write_text("old")
    with pytest.raises((KeyboardInterrupt, InputError)), whole_file(
        path, overwrite=True
    ) as temporary:
        with open(temporary, "w") as file:
            file.write("new")
        raise error
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.txt"]


@pytest.mark.parametrize("kind", ["bytes", "npz"])
def test_a_full_disk_names_the_file_its_folder_and_the_room_it_takes(small_disk, kind, capfd):
    path = small_disk / f"x.{kind}"
    with pytest.raises(InputError) as caught:
        if kind == "bytes":
            write_bytes(path, bytes(200000))
        else:
            write_npz(path, {"x": np.zeros(25000)})
    words = r"cannot write (\S+): (No space left on device|File too large): it takes (\S+) bytes, "
    words += r"(\S+) are free in (\S+); make room"
    name, _, takes, free, folder = re.match(words, str(caught.value)).groups()
    assert (name, folder) == (str(path), str(small_disk))
    assert 200000 <= int(takes.replace(",", "")) < 201000 and int(free.replace(",", "")) > 90000
    assert os.listdir(small_disk) == []
    gc.collect()
    assert "Traceback" not in capfd.readouterr().err  # as of `ZipFile.__del__` on Python 3.7


def test_an_fsync_that_fails_names_the_file(tmp_path, monkeypatch, raises_one_line):
    def fsync(descriptor):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    with raises_one_line("cannot write", "x.txt", "Input/output error"):
        write_bytes(tmp_path / "x.txt", b"text")
    assert os.listdir(tmp_path) == []


def test_a_file_system_without_permissions_is_written_to(tmp_path, monkeypatch):
    def chmod(path, mode):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chmod", chmod)
    write_bytes(tmp_path / "x.txt", b"text")
    assert (tmp_path / "x.txt").read_bytes() == b"text"


def test_an_existing_file_is_kept_unless_overwrite(tmp_path, raises_one_line):
    path = tmp_path / "x.txt"
    path.write_text("old")
    with raises_one_line("exists already", "--overwrite"), whole_file(path):
        raise AssertionError("the block must not run")
    with whole_file(path, overwrite=True) as temporary, open(temporary, "w") as file:
        file.write("new")
    assert path.read_text() == "new"


def test_a_file_that_appears_meanwhile_is_kept(tmp_path, raises_one_line):
    path = tmp_path / "x.txt"
    with raises_one_line("appeared meanwhile"), whole_file(path):
        path.write_text("another's")
    assert path.read_text() == "another's"


def test_a_folder_that_cannot_be_written_is_told_before_the_work(tmp_path, raises_one_line):
    (tmp_path / "file").write_text("")
    with raises_one_line("cannot write to folder"):
        check_output(tmp_path / "file" / "x.png")
    # /proc refuses new files to everyone, root too.
    with raises_one_line("cannot write to folder /proc"):
        check_output("/proc/x.png")
    with raises_one_line("is a folder"):
        check_output(tmp_path)


def test_pretrained_dir_can_be_moved(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_CS231N_PRETRAINED", str(tmp_path / "kept"))
    assert pretrained_dir() == str(tmp_path / "kept")
    assert (tmp_path / "kept").is_dir()
    monkeypatch.delenv("TF_CS231N_PRETRAINED")
    assert os.path.isfile(os.path.join(pretrained_dir(), "README.md"))


def test_npz_is_read_without_pickles(tmp_path):
    path = tmp_path / "x.npz"
    np.savez_compressed(path, a=np.zeros(10**6), b=np.array([{}], object))
    assert read_npz(path, ["a"])["a"].shape == (10**6,)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        read_npz(path)


def test_damaged_npz_leaves_no_traceback(tmp_path, capfd):
    path = tmp_path / "x.npz"
    path.write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(ValueError):
        read_npz(path)
    gc.collect()
    assert "Traceback" not in capfd.readouterr().err
