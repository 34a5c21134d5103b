"""Bad arguments of what prepares, evaluates, explains and draws captioning, and of its layers."""

import numpy as np
import pytest
from corpus import bad_arrays, bad_choices, bad_counts, bad_numbers, check_refusals
from test_bad_arguments_captioner import BAD_SEEDS
from test_bad_arguments_captioning import BAD_TEXTS

from sessions import graph_session
from tf_cs231n.captioning import (
    graph_layers,
    prepare,
    shape_captions,
    shapes,
)
from tf_cs231n.captioning.shape_captions import Shape, describe, is_true
from tf_cs231n.captioning.train import Progress
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.plots import captioning as plots

rng = np.random.RandomState(0)
D, W, H, V, N, T = 5, 4, 3, 5, 2, 3
CARRIED = ("NaN", "infinite")
NOT_FUNCTIONS = {"text": "print", "a number": 3, "a list": [print]}
BAD_PATHS = {"None": None, "empty": "", "a number": 3, "a list": ["a"], "zero byte": "a\0b"}
BAD_SESSIONS = {"text": "session", "a number": 7, "a graph": tf.Graph(), "a dict": {}}
NO_OBJECT = {"text": "x", "a number": 7, "a dict": {}, "a list": [1], "an object": object()}


def floats(*shape):
    return rng.randn(*shape).astype(np.float32)


def saying(function, old, new):
    """The function, whose complaints of ``old`` are of ``new``, the argument that it came from."""

    def call(**arguments):
        try:
            return function(**arguments)
        except InputError as error:
            raise InputError(str(error).replace(old, new, 1)) from error

    return call


def taken(names, kinds):
    return {(name, kind) for name in names for kind in kinds}


# --- Layers of the graph --------------------------------------------------------------------


@pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
def test_layers_of_the_graph(cell_type):
    M = {"rnn": H, "lstm": 4 * H}[cell_type]
    weights = {"Wx": floats(W, M), "Wh": floats(H, M), "b": floats(M)}
    arrays = {"x": floats(T, N, W), "h0": floats(N, H), **weights}
    cell_types = {**bad_choices(), "of a layer": tf.matmul}
    bad = {name: bad_arrays(value) for name, value in arrays.items()}
    takes = taken(arrays, CARRIED) | taken(("h0", *weights), ("ints",))  # as x is, so they become
    with graph_session() as sess:

        def sequence(**arguments):
            sess.run(graph_layers.sequence(**arguments))

        good = {"cell_type": cell_type, **arrays}
        assert check_refusals(sequence, good, {"cell_type": cell_types, **bad}, takes) >= 80
        state = (arrays["h0"],) * (1 if cell_type == "rnn" else 2)
        states = {kind: state[:-1] + (value,) for kind, value in bad["h0"].items()}
        others = {"no tuple": None, "none": (), "three": state * 3, "an array": floats(2, N, H)}
        bad = {
            "cell_type": cell_types,
            "xWx": bad_arrays(floats(N, M)),
            "state": {**states, **others},
            "Wh": bad["Wh"],
        }
        good = {"cell_type": cell_type, "xWx": floats(N, M), "state": state, "Wh": weights["Wh"]}
        takes = taken(("xWx", "state", "Wh"), CARRIED) | taken(("xWx", "state"), ("ints",))
        step = graph_layers.step
        assert check_refusals(lambda **given: sess.run(step(**given)), good, bad, takes) >= 55


def test_word_vectors():
    good = {"words": np.array([[1, 3], [4, 0]]), "W": floats(V, W)}
    bad = {name: bad_arrays(value) for name, value in good.items()}
    takes = taken(["W"], CARRIED) | taken(["words"], ("an axis too many", "an axis too few"))
    with graph_session() as sess:
        vectors = graph_layers.word_vectors
        assert check_refusals(lambda **given: sess.run(vectors(**given)), good, bad, takes) >= 28


@pytest.mark.parametrize(
    "name, shape, dtype",
    [
        ("x", None, tf.float32),
        ("x", [None, N, W], tf.float32),
        ("x", [T, N, None], tf.float32),
        ("x", [T, N, W], tf.int32),
        ("x", [T, N, W], tf.float64),
        ("h0", [N, H + 1], tf.float32),
        ("h0", [N + 1, H], tf.float32),
        ("Wx", [W, H + 1], tf.float32),
        ("Wh", [None, H], tf.float32),
        ("Wh", None, tf.float32),
        ("b", [H], tf.string),
    ],
)
def test_tensors_of_a_layer_are_checked_when_the_graph_is_built(
    raises_one_line, name, shape, dtype
):
    shapes_of = {"x": [T, N, W], "h0": [N, H], "Wx": [W, H], "Wh": [H, H], "b": [H]}
    with graph_session():
        inputs = {other: tf.zeros(sizes) for other, sizes in shapes_of.items()}
        inputs[name] = tf.placeholder(dtype, shape)
        with raises_one_line(": "):
            graph_layers.sequence("rnn", **inputs)


# --- Scenes and their captions --------------------------------------------------------------

SHAPE = Shape("small", "red", "circle", 0.3, 0.3)
BAD_SCENES = {
    **NO_OBJECT,
    "None": None,
    "empty": [],
    "a shape": SHAPE,
    "too many": [SHAPE] * 5,
    "None in it": [SHAPE, None],
    "a tuple in it": [tuple(SHAPE)],
    "huge": [SHAPE] * 10**5,
    **{f"size {kind}": [SHAPE._replace(size=value)] for kind, value in bad_choices().items()},
    **{f"color {kind}": [SHAPE._replace(color=value)] for kind, value in bad_choices().items()},
    **{f"kind {kind}": [SHAPE._replace(kind=value)] for kind, value in bad_choices().items()},
    **{f"x {kind}": [SHAPE._replace(x=value)] for kind, value in bad_numbers(0, 1).items()},
    **{f"y {kind}": [SHAPE._replace(y=value)] for kind, value in bad_numbers(0, 1).items()},
}


def test_scenes():
    scenes = {"scene": BAD_SCENES}
    assert check_refusals(shapes.split_of, {"scene": [SHAPE]}, scenes) >= 45
    assert check_refusals(lambda scene: shapes.render(scene, 8), {"scene": [SHAPE]}, scenes) >= 45
    bad = {"scene": {**BAD_SCENES, "four": [SHAPE] * 4}, "rng": {**NO_OBJECT, "None": None}}
    good = {"scene": [SHAPE], "rng": np.random.RandomState(0)}
    assert check_refusals(describe, good, bad) >= 51
    bad = {"caption": {**NO_OBJECT, "None": None, "bytes": b"a red circle"}, "scene": BAD_SCENES}
    del bad["caption"]["text"]
    assert check_refusals(is_true, {"caption": "a red circle", "scene": [SHAPE]}, bad) >= 50


def test_a_caption_without_end_is_judged_before_it_is_read(monkeypatch):
    """Reading it phrase by phrase took as many copies of it as it has words."""
    monkeypatch.setattr(shape_captions, "_OPENINGS", None)  # with which reading would begin
    assert not is_true("a circle and " * 10**5 + "a circle", [SHAPE])


def test_built_in_data(tmp_path):
    good = {"num_train": 2, "num_val": 1, "seed": 0, "folder": tmp_path, "progress": None}
    bad = {
        "num_train": {**bad_counts(2), "huge": 2**40},
        "num_val": {**bad_counts(1), "huge": 2**40},
        "seed": BAD_SEEDS,
        "folder": {kind: path for kind, path in BAD_PATHS.items() if path is not None},
        "progress": NOT_FUNCTIONS,
    }
    for path in prepare.data_files(tmp_path):  # as if made, so that nothing is
        open(path, "w").close()
    assert check_refusals(shapes.shapes_data, good, bad) >= 38


# --- Figures --------------------------------------------------------------------------------


def test_figures_of_captions():
    picture = np.zeros((8, 8, 3), np.uint8)
    bad = {
        "pictures": {
            f"one {kind}": [picture, value] for kind, value in bad_arrays(picture).items()
        },
        "captions": {**BAD_TEXTS, "too few": ["a"]},
        "truths": {"text": "no", "too few": [True], "numbers": [1, 2], "texts": ["a", "b"]},
        "columns": bad_counts(),
        "title": {"a number": 3, "a list": ["a"], "an object": object()},
    }
    bad["pictures"].update({**NO_OBJECT, "None": None, "none": [], "many": [picture] * 10**4})
    good = {"pictures": [picture] * 2, "captions": ["a", "b"], "truths": None, "columns": 2,
            "title": None}  # fmt: skip
    assert check_refusals(plots.captioned_images, good, bad) >= 45
    bad = {
        "picture": bad_arrays(picture),
        "words": {**BAD_TEXTS, "too few": ["a"]},
        "attributions": bad_arrays(floats(2, 8, 8)),
        "columns": bad_counts(),
    }
    good = {"picture": picture, "words": ["a", "b"], "attributions": floats(2, 8, 8), "columns": 2}
    takes = {("attributions", "ints")}
    assert check_refusals(plots.explained_words, good, bad, takes) >= 45


def test_figures_of_a_training():
    good = Progress(1, {"loss": 2.0}, {"CIDEr": 1.0, "BLEU-4": 0.5}, 1.0, None)
    steps = {f"step, {kind}": [good._replace(step=v)] for kind, v in bad_numbers().items()}
    losses = {
        f"loss, {kind}": [good._replace(values={"loss": v})] for kind, v in bad_numbers().items()
    }
    scores = {
        f"scores, {kind}": [good._replace(scores={"CIDEr": v})] for kind, v in bad_numbers().items()
    }
    others = {f"one {kind}": [value] for kind, value in NO_OBJECT.items()}
    bad = {**NO_OBJECT, "None": None, "empty": [], **others, **steps, **losses, **scores}
    bad.update({"no loss": [good._replace(values={})], "values": [good._replace(values=None)]})
    assert check_refusals(plots.validation_curves, {"history": [good]}, {"history": bad}) >= 33
