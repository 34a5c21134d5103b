"""One's own images in, and the data of a training found again."""

import numpy as np
import pytest

from tf_cs231n.datasets import Digits, load_mnist
from tf_cs231n.errors import InputError
from tf_cs231n.gan_training.data import checksum, load_images, load_trained_on, looks_transposed
from tf_cs231n.images import save_image


@pytest.fixture
def folder(tmp_path):
    """Twenty-one wide images: a third red, the middle third gray by its number, a third blue."""
    for k in range(21):
        image = np.zeros((40, 120, 3), np.uint8)
        image[:, :40, 0], image[:, 80:, 2] = 255, 255
        image[:, 40:80] = 10 * k
        place = tmp_path / "photos" / ("one" if k < 9 else "two")
        place.mkdir(parents=True, exist_ok=True)
        save_image(place / f"{k:02d}.png", image)
    return tmp_path / "photos"


def test_the_middle_square_of_each_image_in_the_order_of_names(folder):
    data = load_images(folder)
    assert data.train_images.shape == (19, 32, 32) and data.test_images.shape == (2, 32, 32)
    levels = [10 * k for k in range(21)]  # the middles are gray, so all become gray
    np.testing.assert_array_equal(data.test_images[:, 16, 16], [levels[9], levels[19]])
    del levels[19], levels[9]
    np.testing.assert_array_equal(data.train_images[:, 3, 30], levels)
    assert data.train_labels is None
    assert data.origin == {"images": str(folder), "size": 32, "color": False, "crop": True}


def test_a_squeezed_image_keeps_its_ends_and_its_colors(folder):
    data = load_images(folder, size=64, crop=False)
    assert data.train_images.shape == (19, 64, 64, 3)
    np.testing.assert_array_equal(data.train_images[5, 30, [2, 32, 61]],
                                  [[255, 0, 0], [50, 50, 50], [0, 0, 255]])  # fmt: skip
    gray = load_images(folder, size=28, color=False, crop=False).train_images
    assert gray.shape == (19, 28, 28)
    np.testing.assert_array_equal(gray[5, 14, [1, 14, 26]], [76, 50, 29])  # ITU-R 601
    assert load_images(folder, color=True).train_images.shape == (19, 32, 32, 3)


def test_unreadable_files_are_listed_and_too_few_are_refused(folder, tmp_path):
    (folder / "broken.png").write_bytes(b"\x89PNG no more")
    (folder / ".hidden.png").write_bytes(b"")
    (folder / "notes.txt").write_text("not an image")
    skipped = []
    assert len(load_images(folder, skipped=skipped).train_images) == 19
    assert [path for path, _ in skipped] == [str(folder / "broken.png")]
    with pytest.raises(InputError, match="9 images in it; expected at least 20"):
        load_images(folder / "one")
    with pytest.raises(InputError, match="no such folder"):
        load_images(tmp_path / "nowhere")
    with pytest.raises(InputError, match="size: got 30, expected one of 28, 32, 64"):
        load_images(folder, size=30)


def test_the_data_of_a_training_is_found_again_also_where_it_moved(folder, tmp_path):
    data = load_images(folder, size=64, color=True, crop=False)
    settings = {"origin": data.origin, "shape": [64, 64, 3], "data": checksum(data.train_images)}
    again = load_trained_on(settings)
    np.testing.assert_array_equal(again.train_images, data.train_images)
    moved = tmp_path / "moved"
    folder.rename(moved)
    with pytest.raises(InputError, match="no such folder"):
        load_trained_on(settings)
    again = load_trained_on(settings, images=moved)
    np.testing.assert_array_equal(again.test_images, data.test_images)
    (moved / "one" / "00.png").unlink()
    with pytest.raises(InputError, match="not the images that this GAN was trained on"):
        load_trained_on(settings, images=moved)


def test_a_folder_of_an_earlier_version_is_judged_by_the_mnist_that_it_learned():
    builtin = load_mnist("builtin")
    settings = {"data": checksum(builtin.train_images)}
    assert load_trained_on(settings, mnist="builtin").source == builtin.source
    with pytest.raises(InputError, match="30 pictures, crc32 00000000, here 4000 pictures"):
        load_trained_on({"data": "30 pictures, crc32 00000000"}, mnist="builtin")


def test_digits_with_rows_and_columns_exchanged_are_noticed(rng):
    upright = load_mnist("builtin")
    found = upright._replace(origin={"mnist": "/somewhere"})
    turned = found._replace(train_images=found.train_images.transpose(0, 2, 1))
    assert looks_transposed(turned) and not looks_transposed(found)
    assert not looks_transposed(turned._replace(train_labels=None))
    noise = rng.randint(0, 256, (90, 28, 28)).astype(np.uint8)
    assert not looks_transposed(Digits(noise, np.zeros(90, int), None, None, ""))
