import numpy as np
import pytest
import skimage.data
from sklearn.datasets import load_sample_image

from tf_cs231n.datasets import SAMPLES, load_imagenet_val, open_image, sample_image


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_sample_is_a_colour_picture(name):
    picture = sample_image(name)
    assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3
    assert min(picture.shape[:2]) >= 300
    assert len(np.unique(picture)) > 200


def test_samples_are_the_pixels_that_their_packages_load():
    for name, function in [("cat", "chelsea"), ("tissue", "immunohistochemistry")]:
        np.testing.assert_array_equal(sample_image(name), getattr(skimage.data, function)())
    for name, picture in [("palace", "china.jpg"), ("flower", "flower.jpg")]:
        np.testing.assert_array_equal(sample_image(name), load_sample_image(picture))


def test_open_image_takes_samples_and_files(raises_one_line):
    assert open_image("sample:cat", 100).shape == (100, 150, 3)
    with raises_one_line("dog", "cat", "coffee"):
        open_image("sample:dog")
    with raises_one_line("no such file"):
        open_image("missing.png")


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
