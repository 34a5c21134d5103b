"""The built-in images: deterministic, truly described, judged by an independent reading."""

import numpy as np
import pytest

from tf_cs231n.captioning import shapes
from tf_cs231n.captioning.shape_captions import Shape, is_true
from tf_cs231n.errors import InputError

RED_CIRCLE = Shape("small", "red", "circle", 0.2, 0.2)
BLUE_SQUARE = Shape("large", "blue", "square", 0.25, 0.8)
GREEN_TRIANGLE = Shape("small", "green", "triangle", 0.8, 0.5)
OTHER_TRIANGLE = Shape("large", "green", "triangle", 0.5, 0.5)


@pytest.mark.parametrize(
    "caption, expected",
    [
        ("a small red circle above a blue square", True),
        ("a red circle below a blue square", False),
        ("a red circle to the left of a blue square", False),  # 5 % of the width is not "left"
        ("a red circle to the left of a green triangle", True),
        ("there is a green triangle to the right of a blue square", True),
        ("a large red circle", False),
        ("a red circle at the top", True),
        ("a red circle on the left", True),
        ("a red circle at the bottom", False),
        ("a circle that is red", True),
        ("a circle that is blue", False),
        ("there are two green triangles", True),
        ("two green triangles and a blue square", True),
        ("three green triangles", False),
        ("two red circles", False),
        ("a red circle and a red circle", False),  # there is only one
        ("a green triangle and a green triangle", True),
        ("a green triangle on the right", True),
        ("a green triangle on the left", False),
        ("a red circle in the middle", False),  # not in the grammar
        ("a red circle and a blue square and a green triangle", True),
        ("one square", True),
        ("a yellow circle", False),
        ("two triangles above a square", False),  # not in the grammar
        ("red circle", False),
        ("a red", False),
        ("a red circle and", False),
        ("a red circle a blue square", False),
        ("a red circles", False),
        ("two green triangle", False),
        ("a <UNK> circle", False),
        ("", False),
    ],
)
def test_truth_is_what_a_reader_of_the_image_would_say(caption, expected):
    scene = [RED_CIRCLE, BLUE_SQUARE, GREEN_TRIANGLE, OTHER_TRIANGLE]
    assert is_true(caption, scene) == expected


def test_every_caption_is_true_of_its_image_and_few_of_another():
    images = shapes.make_scenes(300)
    others = images[1:] + images[:1]
    captions = [caption for image in images for caption in image.captions]
    assert all(is_true(c, image.scene) for image in images for c in image.captions)
    assert np.mean([is_true(p.captions[0], o.scene) for p, o in zip(images, others)]) < 0.1
    assert len(set(captions)) > 0.5 * len(captions)
    assert max(len(caption.split()) for caption in captions) <= shapes.CAPTION_LENGTH
    for phrase in ("there are two", " above ", "that is", "on the left", "one ", "two "):
        assert any(phrase in caption for caption in captions), phrase


def test_no_combination_of_objects_is_in_both_splits():
    def combinations(split):
        return {
            tuple(sorted((shape.size, shape.color, shape.kind) for shape in image.scene))
            for image in shapes.make_scenes(400, split)
        }

    train, val = combinations("train"), combinations("val")
    assert not train & val and len(val) > 20
    assert {len(combination) for combination in train | val} == {1, 2, 3}


def test_same_seed_gives_the_same_images_and_more_of_them_begin_alike():
    ten, twenty = shapes.make_scenes(10, seed=3), shapes.make_scenes(20, seed=3)
    assert twenty[:10] == ten
    assert shapes.make_scenes(10, seed=4) != ten
    # The same on every machine: one caption spelt out.
    assert shapes.make_scenes(1, "val", 0)[0].captions[0] == EXPECTED_CAPTION


EXPECTED_CAPTION = "a blue square and a blue square"


def test_shapes_are_drawn_where_and_as_they_are_said_to_be():
    image = shapes.render([RED_CIRCLE, BLUE_SQUARE], 100)
    assert image.shape == (100, 100, 3) and image.dtype == np.uint8
    red, blue = (
        (np.abs(image.astype(int) - color).sum(axis=-1) < 30)
        for color in ((214, 39, 40), (31, 90, 200))
    )
    for mask, shape, area in (
        (red, RED_CIRCLE, np.pi * 11**2),
        (blue, BLUE_SQUARE, (2 * 0.88 * 20) ** 2),
    ):
        y, x = np.nonzero(mask)
        assert abs(x.mean() + 0.5 - 100 * shape.x) < 1 and abs(y.mean() + 0.5 - 100 * shape.y) < 1
        assert mask.sum() == pytest.approx(area, rel=0.15)


def test_images_have_names():
    scenes = shapes.scenes_of(["shapes:val:2", "cat.png", "shapes:train:0:7"])
    assert scenes[0] == shapes.make_scenes(3, "val")[2].scene
    assert scenes[1] is None
    assert scenes[2] == shapes.make_scenes(1, "train", 7)[0].scene
    np.testing.assert_array_equal(shapes.open_image("shapes:val:2"), shapes.render(scenes[0]))
    for name in ("shapes:test:1", "shapes:val", "shapes:val:x", "shapes:val:99999999"):
        with pytest.raises(InputError, match=f"{name}: expected shapes:train:NUMBER"):
            shapes.open_image(name)
