"""Bad arguments of what prepares, evaluates, explains and draws captioning, and of its layers."""

import numpy as np
import pytest
from corpus import bad_arrays, bad_choices, bad_counts, bad_numbers, check_refusals
from test_bad_arguments_captioner import BAD_SEEDS, BAD_VOCABULARIES, PARAMS, WORD_TO_IDX, WORDS
from test_bad_arguments_captioning import BAD_TEXTS

from sessions import graph_session
from tf_cs231n.captioning import (
    coco,
    evaluate,
    explain,
    features,
    graph_layers,
    prepare,
    shape_captions,
    shapes,
)
from tf_cs231n.captioning.graph import GraphCaptioner
from tf_cs231n.captioning.shape_captions import Shape, describe, is_true
from tf_cs231n.captioning.train import Progress
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.limits import MAX_EXPLAINED_WORDS
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


# --- Preparing ------------------------------------------------------------------------------

TEXTS = {"train": [["a cat"], ["a cat", "cat"]], "val": [["a cat"]]}


def test_vocabulary_and_captions():
    bad = {
        "captions": {kind: value for kind, value in BAD_TEXTS.items() if kind != "empty"},
        "min_count": bad_counts(),
    }
    good = {"captions": ["a cat"], "min_count": 1}
    build = saying(prepare.build_vocabulary, "caption:", "captions:")
    assert check_refusals(build, good, bad) >= 15
    word_to_idx = prepare.build_vocabulary(["a cat"])
    bad = {
        "captions": BAD_TEXTS,
        "word_to_idx": {**BAD_VOCABULARIES, "without <UNK>": WORD_TO_IDX},
        "max_words": {**bad_counts(), "huge": 2**40},
    }
    good = {"captions": ["a cat"], "word_to_idx": word_to_idx, "max_words": 3}
    assert check_refusals(prepare.encode_captions, good, bad) >= 31
    one_split = {f"val {kind}": {**TEXTS, "val": value} for kind, value in BAD_TEXTS.items()}
    one_picture = {f"a {kind}": {**TEXTS, "val": [value]} for kind, value in BAD_TEXTS.items()}
    del one_picture["a lists"]
    del one_split["val lists"]  # which is what they should be
    bad = {
        "texts": {**NO_OBJECT, "None": None, "no val": {"train": [["a"]]}, **one_split},
        "min_count": bad_counts(),
        "max_words": bad_counts(),
    }
    bad["texts"].update(one_picture)
    good = {"texts": TEXTS, "min_count": 1, "max_words": 3}
    assert check_refusals(prepare.encode_splits, good, bad) >= 35


class Extractor:
    """Stands in for SqueezeNet."""

    picture_size = 64

    def __call__(self, pictures):
        return np.zeros((len(pictures), 6), np.float32)


def projection():
    return features.Projection(np.zeros(6, np.float32), np.ones((6, D), np.float32), 64)


def test_extract_features():
    picture = np.zeros((64, 64, 3), np.uint8)
    loads = {kind: lambda name, value=value: value for kind, value in bad_arrays(picture).items()}
    good = {"extractor": Extractor(), "names": ["a", "b"], "load": lambda name: picture,
            "projection": projection(), "progress": None}  # fmt: skip
    bad = {
        "extractor": {**NO_OBJECT, "None": None, "a function": print},
        "names": {"None": None, "text": "a.png", "empty": [], "a number": 3},
        "load": {**NOT_FUNCTIONS, **loads},
        "projection": NO_OBJECT,
        "progress": NOT_FUNCTIONS,
    }
    assert check_refusals(prepare.extract_features, good, bad) >= 35


def test_projections(tmp_path):
    good = {"mean": floats(6), "matrix": floats(6, D), "picture_size": 64}
    bad = {"mean": bad_arrays(good["mean"]), "matrix": bad_arrays(good["matrix"])}
    bad["picture_size"] = bad_counts(64, 512)
    takes = taken(("mean", "matrix"), ("ints",))
    assert check_refusals(features.Projection, good, bad, takes) >= 43
    pooled = floats(3, 2048)
    good = {"pooled": pooled, "picture_size": 64, "num_features": 2, "seed": 0}
    bad = {"pooled": bad_arrays(pooled), "picture_size": bad["picture_size"]}
    bad.update(num_features=bad_counts(), seed=BAD_SEEDS)
    takes = taken(["pooled"], ["ints"]) | {("seed", "None")}
    assert check_refusals(features.Projection.fit, good, bad, takes) >= 45
    bad = {"pooled": bad_arrays(floats(N, 6))}
    check_refusals(lambda pooled: projection()(pooled), {"pooled": floats(N, 6)}, bad,
                   taken(["pooled"], ["ints"]))  # fmt: skip
    bad = {"path": {**BAD_PATHS, "an object": object()}}
    good = {"path": str(tmp_path / "p.npz")}
    check_refusals(lambda path: projection().save(path, overwrite=True), good, bad)


def test_tensors_of_a_projection(raises_one_line):
    with graph_session():
        for shape, dtype in [([N, 7], tf.float32), ([6], tf.float32), ([N, 6], tf.int32)]:
            with raises_one_line("pooled"):
                projection()(tf.placeholder(dtype, shape))
        layers = [tf.zeros([1, 8, 8, 2]) for _ in range(13)]
        bad = {"layers": {**NO_OBJECT, "None": None, "too few": layers[:5]}}
        bad["layers"]["rank"] = [tf.zeros([1, 8])] * 13
        bad["layers"]["ints"] = [tf.zeros([1, 8, 8, 2], tf.int32)] * 13
        bad["layers"]["unknown size"] = [tf.placeholder(tf.float32, [None, None, None, 2])] * 13
        assert check_refusals(features.pool, {"layers": layers}, bad) >= 10


def test_square_pictures():
    good = {"picture": np.zeros((9, 7, 3), np.uint8), "size": 8}
    bad = {"size": {**bad_counts(), "huge": 2**40}}
    bad["picture"] = {"None": None, "a number": 3, "a list": [1], "text dtype": np.array(["x"])}
    load = saying(features.load_square, "filename", "picture")  # as load_image says
    assert check_refusals(load, good, bad) >= 14


def test_features_of_pictures():
    with graph_session() as sess:
        bad = {"picture_size": bad_counts(64, 512), "sess": BAD_SESSIONS}
        made = []

        def make(**arguments):
            made.append(features.PictureFeatures(**arguments))

        assert check_refusals(make, {"sess": sess, "picture_size": 64}, bad) >= 15
        pictures = np.zeros((2, 64, 64, 3), np.uint8)
        bad = {"pictures": bad_arrays(pictures)}
        assert check_refusals(made[0].__call__, {"pictures": pictures}, bad) >= 14


# --- Data and captioners --------------------------------------------------------------------

CAPTIONS = np.array([[1, 3, 4, 2], [1, 4, 2, 0]])
DATA = {"word_to_idx": WORD_TO_IDX, "idx_to_word": WORDS}
for split in coco.SPLITS:
    DATA[f"{split}_captions"] = CAPTIONS
    DATA[f"{split}_image_idxs"] = np.array([0, 1])
    DATA[f"{split}_features"] = floats(2, D)
    DATA[f"{split}_urls"] = ["a.png", "b.png"]
PARTS = ("val_captions", "val_image_idxs", "val_features")
BAD_URLS = {"text": "ab", "a number": 3, "too few": ["a.png"], "a dict": {}}
BAD_WORDS = {"None": None, "text": "a cat", "empty": [], "numbers": [1] * V, "short": WORDS[:3]}


def of_parts(function, **others):
    """The function of a data dictionary as one of the dictionary's parts."""
    return lambda **data: function(data=data, **others)


def test_write_data(tmp_path):
    bad = {name: bad_arrays(DATA[name]) for name in PARTS}
    bad["val_urls"] = {**BAD_URLS, "None": None, "numbers": [1, 2], "two lines": ["a\nb", "c"]}
    bad.update(word_to_idx=BAD_VOCABULARIES, idx_to_word=BAD_WORDS)
    write = of_parts(
        prepare.write_data, folder=str(tmp_path), projection=projection(), overwrite=True
    )
    assert check_refusals(write, DATA, bad) >= 70
    good = {"folder": str(tmp_path), "data": DATA, "projection": projection(), "overwrite": True}
    bad = {"folder": BAD_PATHS, "data": {**NO_OBJECT, "None": None}, "projection": NO_OBJECT}
    write = saying(prepare.write_data, "train_urls", "data: train_urls")
    assert check_refusals(write, good, bad) >= 15
    check_refusals(prepare.data_files, {"folder": "x"}, {"folder": BAD_PATHS})

    good = {"base_dir": str(tmp_path), "max_train": 1, "seed": 0}
    bad = {
        "max_train": {**bad_counts(), "True": True},
        "seed": BAD_SEEDS,
        "base_dir": dict(BAD_PATHS),
    }
    bad["base_dir"].update(empty_folder=str(tmp_path / "none"))

    load = saying(coco.load_coco_data, str(tmp_path / "none"), "base_dir")
    takes = {("max_train", "None"), ("seed", "None")}
    assert check_refusals(load, good, bad, takes) >= 28


def test_pictures_of_data():
    bad = {name: bad_arrays(DATA[name]) for name in PARTS}
    bad.update(val_urls=BAD_URLS, idx_to_word=BAD_WORDS)
    assert check_refusals(of_parts(evaluate.pictures_of), DATA, bad) >= 50
    good = {"data": DATA, "split": "val", "num": 1}
    bad = {"data": {**NO_OBJECT, "None": None}, "split": bad_choices(), "num": bad_counts()}
    assert check_refusals(evaluate.pictures_of, good, bad, {("num", "None")}) >= 20
    without = {key: value for key, value in DATA.items() if not key.endswith("urls")}
    assert evaluate.pictures_of(without).names == ["0", "1"]
    good = {"captions": CAPTIONS, "idx_to_word": WORDS}
    bad = {"captions": bad_arrays(CAPTIONS), "idx_to_word": BAD_WORDS}
    takes = taken(["captions"], ("empty", "no rows"))
    assert check_refusals(evaluate.texts_of, good, bad, takes) >= 20
    good = {"texts": ["a", "b"], "pictures": evaluate.pictures_of(DATA)}
    bad = {"texts": {**BAD_TEXTS, "too few": ["a"]}, "pictures": {**NO_OBJECT, "None": None}}
    score = saying(evaluate.score, "captions", "texts")  # as score_captions says
    assert check_refusals(score, good, bad) >= 14


def test_sampler():
    with graph_session() as sess:
        model = GraphCaptioner(WORD_TO_IDX, D, W, H)
        model.assign(PARAMS)
        good = {"model": model, "max_length": 3, "beam_width": 1}
        bad = {"model": {**NO_OBJECT, "None": None}, "max_length": bad_counts()}
        bad["beam_width"] = bad_counts()
        assert check_refusals(evaluate.Sampler, good, bad) >= 24
        good = {"run": sess.run, "features": floats(2, D), "batch_size": 1}
        bad = {"run": {**NOT_FUNCTIONS, "None": None}, "batch_size": bad_counts()}
        bad["features"] = bad_arrays(good["features"])
        sampler = evaluate.Sampler(model, 3)
        takes = {("features", "ints")}
        assert check_refusals(sampler.__call__, good, bad, takes) >= 30
        bad = {"sess": BAD_SESSIONS}
        check_refusals(model.params, {"sess": sess}, bad)
        check_refusals(lambda sess: model.assign(PARAMS, sess), {"sess": sess}, bad)


def saved(**parts):
    good = {"params": PARAMS, "words": WORDS, "cell_type": "lstm", "projection": projection()}
    return evaluate.SavedCaptioner(**{**good, **parts})


BAD_SAVED = {**NO_OBJECT, "None": None}
for part, kinds in {
    "params": {**NO_OBJECT, "None": None, "one missing": {"b": PARAMS["b"]}},
    "words": {**BAD_WORDS, "twice": WORDS[:4] + ["a"]},
    "cell_type": {**bad_choices(), "the other": "rnn"},
    "projection": {**NO_OBJECT, "width": features.Projection(floats(6), floats(6, D + 1), 64)},
}.items():
    BAD_SAVED.update({f"{part}, {kind}": saved(**{part: bad}) for kind, bad in kinds.items()})
for name, value in PARAMS.items():
    BAD_SAVED.update(
        {
            f"{name}, {kind}": saved(params={**PARAMS, name: bad})
            for kind, bad in bad_arrays(value).items()
        }
    )


def about_saved(function):
    """The function, of which every complaint shall name a part of the captioner."""

    def call(saved, **others):
        try:
            return function(saved=saved, **others)
        except ValueError as error:
            name = str(error).split(":")[0]
            parts = (*PARAMS, "idx_to_word", "word_to_idx", "params", "cell_type", "projection")
            assert name in (*parts, *others, "saved"), error
            raise type(error)(f"saved: {error}") from error

    return call


def test_saved_captioners(tmp_path):
    check = about_saved(evaluate.check_saved)
    assert check_refusals(check, {"saved": saved()}, {"saved": BAD_SAVED}) >= 130
    few = {kind: BAD_SAVED[kind] for kind in ("None", "Wx, NaN", "words, twice")}
    with graph_session() as sess:
        build = about_saved(evaluate.build_captioner)
        bad = {"saved": few, "sess": BAD_SESSIONS}
        assert check_refusals(build, {"saved": saved(), "sess": sess}, bad) == 7
    kinds = bad_arrays(DATA["val_features"])
    known = (*CARRIED, "huge")  # the numbers are not looked at; huge is another width
    datas = {k: {**DATA, "val_features": kinds[k]} for k in kinds if k not in known}
    bad = {"saved": few, "data": {**NO_OBJECT, "None": None, **datas}}
    good = {"saved": saved(), "data": DATA}
    fits = about_saved(saying(evaluate.check_fits, "val_features", "data: val_features"))
    assert check_refusals(fits, good, bad) == 19
    good = {"folder": str(tmp_path), "params": PARAMS, "data": DATA, "cell_type": "lstm",
            "data_folder": None}  # fmt: skip
    bad = {
        "folder": BAD_PATHS,
        "params": {**NO_OBJECT, "None": None, "b": {**PARAMS, "b": None}},
        "data": {**NO_OBJECT, "None": None},
        "cell_type": bad_choices(),
        "data_folder": {kind: path for kind, path in BAD_PATHS.items() if path is not None},
    }

    save = saying(evaluate.save_captioner, "idx_to_word", "data: idx_to_word")
    save = saying(save, "b: got", "params: b: got")
    assert check_refusals(save, good, bad) >= 25
    check_refusals(evaluate.load_captioner, {"folder": str(tmp_path)}, {"folder": BAD_PATHS})


def test_explaining():
    way = features.Projection(floats(2048), floats(2048, D), 64)
    with graph_session() as sess:
        made, few = [], {kind: BAD_SAVED[kind] for kind in ("None", "Wx, NaN", "words, twice")}

        def make(saved, sess):
            made.append(explain.PictureCaptioner(saved, sess))

        bad = {"saved": few, "sess": BAD_SESSIONS}
        good = {"saved": saved(projection=way), "sess": sess}
        assert check_refusals(about_saved(make), good, bad) >= 7
        picture, caption = np.zeros((64, 64, 3), np.uint8), np.array([3, 4])
        bad = {"picture": bad_arrays(picture), "caption": bad_arrays(caption)}
        bad["caption"]["too long"] = np.full(MAX_EXPLAINED_WORDS + 1, 3)
        bad["caption"]["a list"] = [3, 4]
        good = {"picture": picture, "caption": caption}
        assert check_refusals(made[0].attributions, good, bad) >= 30


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
    assert check_refusals(plots.captioned_pictures, good, bad) >= 45
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
