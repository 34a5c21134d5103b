"""Bad arguments of style transfer: every keyword, the losses, and the pieces it is made of."""

import os

import numpy as np
import pytest
from corpus import bad_arrays, bad_choices, bad_counts, bad_numbers, check_refusals

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.squeezenet.model import VARIABLE_SHAPES
from tf_cs231n.style_transfer import (
    colors,
    content_loss,
    gram_matrix,
    invert_features,
    optimizers,
    settings,
    style_loss,
    style_transfer,
    synthesize_texture,
    tv_loss,
)
from tf_cs231n.style_transfer.pyramid import level_sizes
from tf_cs231n.style_transfer.regions import load_mask

rng = np.random.RandomState(0)
picture = np.uint8(rng.randint(0, 256, (32, 34, 3)))
mask = np.uint8(rng.randint(0, 2, (32, 34))) * 255
BIG = np.broadcast_to(np.float32(1), (2**20, 2**20))
WEIGHT = bad_numbers(0)
PAIR = {
    "three": (1, 2, 3),
    "one of text": (1, "x"),
    "one NaN": (1, np.nan),
    "one negative": (1, -1),
    "two axes": np.ones((2, 2)),
    "a dict": {},
    "none": (),
}
WEIGHTS = {**WEIGHT, **PAIR, "a list": [1]}
LAYERS = {**bad_counts(0, 12), **PAIR, "too large": (1, 13), "one twice": (4, 4), "a list": [1]}
SIZE = {**bad_counts(32), "huge": 2**40}
PICTURE = {
    **bad_arrays(picture),
    "a number": 7,
    "NaN": np.full(picture.shape, np.nan),
    "up to 255": picture.astype(float),
    "of two channels": picture[..., :2],
}
FILES = {"none": "no such file.png", "a folder": os.sep, "none of ours": "sample:x", "": ""}
GRAY = "an axis too few"  # is a picture, too


def without_none(bad):
    return {kind: value for kind, value in bad.items() if kind != "None"}


GOOD = {
    "image_size": 32,
    "style_size": 32,
    "content_layer": 3,
    "content_weight": 5e-2,
    "style_layers": (1, 4),
    "style_weights": (200, 5),
    "tv_weight": 5e-2,
    "init": None,
    "optimizer": "adam",
    "num_evaluations": 1,
    "style_shares": None,
    "masks": None,
    "keep_colors": "no",
    "weights_at": None,
    "start_size": None,
    "seed": 0,
    "callback": None,
    "model": None,
    "sess": None,
}
BAD = {
    "image_size": SIZE,
    "style_size": SIZE,
    "content_layer": {**LAYERS, "a list": [1, 2]},
    "content_weight": {**WEIGHTS, "a list": [1, 2]},
    "style_layers": LAYERS,
    "style_weights": WEIGHTS,
    "tv_weight": WEIGHT,
    "init": without_none(PICTURE),
    "optimizer": bad_choices(),
    "num_evaluations": bad_counts(1),
    "style_shares": {**without_none(WEIGHTS), "a list": [1, 1], "zeros": [0]},
    "masks": {
        **without_none(PICTURE),
        "too many": [mask, mask],
        "black": np.zeros_like(mask),
        "of another size": mask[1:],
    },
    "keep_colors": bad_choices(),
    "weights_at": without_none(SIZE),
    "start_size": without_none(SIZE),
    "seed": without_none(bad_counts(0, 2**32 - 1)),
    "callback": {"text": "print", "a number": 7},
    "model": {"text": "SqueezeNet", "a number": 7, "an object": object()},
    "weights": {"None": None, "a number": 7, "a list": [1], "": ""},
}
for pictures in (PICTURE, BAD["init"], BAD["masks"]):
    del pictures["text"]  # a file, see FILES


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file of weights that is quick to read."""
    path = str(tmp_path_factory.mktemp("weights") / "w.npz")
    np.savez(path, **{name: np.full(shape, 0.01, "f") for name, shape in VARIABLE_SHAPES.items()})
    return path


def test_style_transfer(weights):
    good = {**GOOD, "content_image": picture, "style_image": picture, "weights": weights}
    bad = {**BAD, "content_image": without_none(PICTURE), "style_image": without_none(PICTURE)}
    taken = {(name, GRAY) for name in ("content_image", "style_image", "init")}
    check_refusals(style_transfer, good, bad, taken)


def test_feature_inversion(weights):
    names = ("image_size", "content_layer", "content_weight", "tv_weight", "num_evaluations")
    good = {name: GOOD[name] for name in names}
    good.update({"content_image": picture, "weights": weights, "optimizer": "adam"})
    bad = {**{name: BAD[name] for name in names}, "content_image": PICTURE}
    check_refusals(invert_features, good, bad, {("content_image", GRAY)})


def test_texture_synthesis(weights):
    names = ("image_size", "style_size", "style_layers", "style_weights", "num_evaluations")
    good = {name: GOOD[name] for name in names}
    good.update({"style_image": picture, "weights": weights, "optimizer": "adam"})
    bad = {**{name: BAD[name] for name in names}, "style_image": PICTURE}
    check_refusals(synthesize_texture, good, bad, {("style_image", GRAY)})


@pytest.mark.parametrize("name", ["content_image", "style_image", "init", "masks"])
@pytest.mark.parametrize("kind", FILES)
def test_files_that_are_no_pictures(weights, name, kind):
    arguments = {**GOOD, "content_image": picture, "style_image": picture, "weights": weights}
    with pytest.raises(InputError) as caught:
        style_transfer(**{**arguments, name: FILES[kind]})
    assert "\n" not in str(caught.value)


F, G = rng.randn(1, 4, 5, 3).astype("f"), rng.randn(3, 3).astype("f")
NAN = ("NaN", "infinite")


def carried(*names):
    return {(name, kind) for name in names for kind in NAN}


# name: (function, good arguments, bad arguments, what is taken nevertheless)
LOSSES = {
    "content_loss": (
        content_loss,
        {"content_weight": 1.0, "content_current": F, "content_original": F},
        {
            "content_weight": bad_numbers(),
            "content_current": bad_arrays(F),
            "content_original": bad_arrays(F),
        },
        carried("content_current", "content_original") | {("content_original", "ints")},
    ),
    "gram_matrix": (
        gram_matrix,
        {"features": F},
        {"features": {**bad_arrays(F), "two pictures": np.ones((2, 4, 5, 3), "f")}},
        carried("features"),
    ),
    "style_loss": (
        style_loss,
        {"feats": [F, F], "style_layers": [0, 1], "style_targets": [G, G], "style_weights": [1, 2]},
        {
            "feats": {
                "None": None,
                "one": [F],
                **{kind: [F, value] for kind, value in bad_arrays(F).items()},
            },
            "style_layers": {"None": None, "one": [0], "out of range": [0, 2], "text": [0, "x"]},
            "style_targets": {
                "no list": None,
                "one": [G],
                **{kind: [G, value] for kind, value in bad_arrays(G).items()},
            },
            "style_weights": {
                "no list": None,
                "one": [1],
                **{kind: [1, value] for kind, value in bad_numbers().items()},
            },
        },
        carried("feats", "style_targets") | {("style_targets", "ints")},
    ),
    "tv_loss": (
        tv_loss,
        {"img": F, "tv_weight": 1.0},
        {"img": bad_arrays(F), "tv_weight": bad_numbers()},
        carried("img"),
    ),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name):
    with graph_session():
        check_refusals(*LOSSES[name])


def test_shapes_that_only_the_run_knows():
    with graph_session() as sess:
        x = tf.placeholder(tf.float32, [None, None, None, 3])
        loss = content_loss(1.0, x, F)
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(loss, {x: np.ones((1, 9, 9, 3))})


COLORS = {
    "match_colors": (colors.match_colors, {"picture": picture, "reference": picture[:9]}),
    "gray": (colors.gray, {"picture": picture}),
    "match_luma": (colors.match_luma, {"picture": picture, "reference": picture[:9]}),
    "with_chroma_of": (colors.with_chroma_of, {"picture": picture, "reference": picture}),
}


@pytest.mark.parametrize("name", COLORS)
def test_colors(name):
    function, good = COLORS[name]
    bad = {**bad_arrays(picture), "of two channels": picture[..., :2]}
    check_refusals(function, good, dict.fromkeys(good, bad))


@pytest.mark.parametrize("name", ["lbfgs", "lbfgs-b", "adam"])
def test_optimizers(name):
    x = np.ones((2, 3), np.float32)
    good = {"evaluate": lambda x: (float((x**2).sum()), 2 * x), "x": x, "num_evaluations": 2}
    good.update({"low": -2.0, "high": np.full(3, 2.0)})
    BOX = {"None": None, "text": "x", "NaN": np.nan, "of four": np.zeros(4), "huge": BIG}
    bad = {
        "evaluate": {"None": None, "text": "loss"},
        "x": bad_arrays(x),
        "num_evaluations": bad_counts(1),
        "low": {**BOX, "above": 3.0},
        "high": {**BOX, "below": -3.0},
    }
    for kind in ("an axis too many", "an axis too few"):
        del bad["x"][kind]  # any number of axes will do
    check_refusals(optimizers.find_optimizer(name), good, bad)


def test_adams_settings():
    x = np.ones((2, 3), np.float32)
    good = {"evaluate": lambda x: (1.0, x), "x": x, "low": -2, "high": 2, "num_evaluations": 2}
    good.update({"learning_rate": 1.0, "decayed_learning_rate": 0.1, "decay_at": 0.5, "clamp": 1.5})
    bad = {name: bad_numbers() for name in ("learning_rate", "decayed_learning_rate")}
    bad.update({"decay_at": bad_numbers(0, 1), "clamp": bad_numbers(above=0)})
    check_refusals(optimizers.adam, good, bad)


def test_settings():
    sizes = {"image_size": 64, "start_size": 32}
    check_refusals(level_sizes, sizes, {"start_size": without_none(SIZE)})
    for name in bad_choices().values():
        with pytest.raises(InputError, match="^preset: got .*, expected one of"):
            settings.find_preset(name)


def test_masks():
    good = {"filename": mask, "size": (32, 34)}
    bad = {**BAD["masks"]}
    del bad["too many"]
    bad = {kind: value for kind, value in bad.items() if isinstance(value, np.ndarray)}
    for kind, value in bad.items():
        with pytest.raises(InputError) as caught:
            load_mask(value, good["size"])
        assert "\n" not in str(caught.value), kind
