"""Near copies are found, and different images are not taken for them."""

import io

import numpy as np
import pytest
from PIL import Image

from tf_cs231n.captioning.near_copies import near_copies, thumbnail
from tf_cs231n.images import resize

NUM = 900


def make_image(rng):
    """An image with as much contrast at each scale as photographs have, in three colors."""
    frequencies = np.fft.fftfreq(64)
    radius = np.sqrt(frequencies[:, np.newaxis] ** 2 + frequencies**2)
    radius[0, 0] = 1
    noise = np.fft.ifft2(np.fft.fft2(rng.randn(3, 64, 64)) / radius**1.5).real
    noise = (noise - noise.mean()) / noise.std() + 1.5 * noise[:1] / noise[:1].std()
    return np.clip(128 + 30 * noise.transpose(1, 2, 0), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def images():
    rng = np.random.RandomState(0)
    return [make_image(rng) for _ in range(NUM)]


def thumbnails_of(images):
    return np.stack([thumbnail(resize(np.ascontiguousarray(each), (96, 96))) for each in images])


def jpeg(image, rng):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=50)
    return np.asarray(Image.open(file))


def crop(image, rng):
    y, x = rng.randint(0, 4, 2)
    return image[y : y + 61, x : x + 61]  # 5 % of each side is gone


def flip(image, rng):
    return image[:, ::-1]


def all_three(image, rng):
    return jpeg(crop(flip(image, rng), rng).copy(), rng)


@pytest.mark.parametrize("change", [jpeg, crop, flip, all_three])
def test_at_least_95_of_100_copies_are_found(images, change):
    rng = np.random.RandomState(1)
    places = np.arange(0, NUM, 9)
    copies = thumbnails_of([change(images[place], rng) for place in places])
    assert np.mean(near_copies(copies, thumbnails_of(images)) == places) >= 0.95


def test_at_most_1_of_100_different_images_is_taken_for_a_copy(images):
    thumbnails = thumbnails_of(images)
    for n in range(2):
        assert np.mean(near_copies(thumbnails[n::2], thumbnails[1 - n :: 2]) >= 0) <= 0.01


def test_flat_images_of_one_color_are_copies_and_of_two_are_not():
    flat = np.zeros((3, 32, 32, 3), np.uint8) + np.uint8([[[[10]]], [[[10]]], [[[200]]]])
    assert near_copies(flat[:1], flat[1:]).tolist() == [0]
    assert near_copies(flat[2:], flat[:2]).tolist() == [-1]
