"""Bad arguments of the captioner in the graph, and of what makes, explains and draws it."""

import numpy as np
import pytest
from corpus import bad_arrays, bad_choices, bad_counts, bad_numbers, check_refusals

from sessions import graph_session
from tf_cs231n.captioning import sampling, shapes
from tf_cs231n.captioning.graph import PARAMETERS, GraphCaptioner
from tf_cs231n.captioning.train import DEFAULTS, train
from tf_cs231n.compat import fresh_graph, tf
from tf_cs231n.errors import InputError
from tf_cs231n.limits import MAX_AXIS

D, W, H = 5, 4, 3
WORDS = ["<NULL>", "<START>", "<END>", "a", "cat"]
WORD_TO_IDX = {word: index for index, word in enumerate(WORDS)}
rng = np.random.RandomState(0)
FEATURES = rng.randn(2, D).astype(np.float32)
CAPTIONS = np.array([[1, 3, 4, 2], [1, 4, 2, 0]])
PARAMS = {"W_proj": (D, H), "b_proj": (H,), "W_embed": (5, W), "Wx": (W, 4 * H), "Wh": (H, 4 * H),
          "b": (4 * H,), "W_vocab": (H, 5), "b_vocab": (5,)}  # fmt: skip
PARAMS = {name: rng.randn(*shape).astype(np.float32) for name, shape in PARAMS.items()}

BAD_VOCABULARIES = {
    "None": None,
    "text": "a cat",
    "a list": WORDS,
    "empty": {},
    "without <NULL>": {word: index for index, word in enumerate(WORDS[1:])},
    "without <END>": {"<NULL>": 0, "<START>": 1},
    "a hole": {**WORD_TO_IDX, "cat": 7},
    "negative": {**WORD_TO_IDX, "cat": -1},
    "twice": {**WORD_TO_IDX, "cat": 3},
    "text indices": {**WORD_TO_IDX, "cat": "4"},
    "None index": {**WORD_TO_IDX, "cat": None},
    "NaN index": {**WORD_TO_IDX, "cat": float("nan")},
    "a fraction": {**WORD_TO_IDX, "cat": 4.5},
    "words no text": {**{w: i for w, i in WORD_TO_IDX.items() if w != "cat"}, 3: 4},
}
BAD_SIZES = {**bad_counts(), "huge": 2**40}
BAD_SEEDS = {**bad_counts(0), "huge": 2**40}


def captioner(**arguments):
    with fresh_graph():
        return GraphCaptioner(**{"word_to_idx": WORD_TO_IDX, "input_dim": D, **arguments})


def test_constructor():
    good = {"word_to_idx": WORD_TO_IDX, "input_dim": D, "wordvec_dim": W, "hidden_dim": H,
            "cell_type": "lstm", "dtype": tf.float32, "seed": 0, "forget_bias": 1.0}  # fmt: skip
    bad = {
        "word_to_idx": BAD_VOCABULARIES,
        "input_dim": BAD_SIZES,
        "wordvec_dim": BAD_SIZES,
        "hidden_dim": BAD_SIZES,
        "cell_type": bad_choices(),
        "dtype": {**bad_choices(), "ints": tf.int32, "complex": np.complex64, "half": tf.float16},
        "seed": BAD_SEEDS,
        "forget_bias": bad_numbers(),
    }
    assert check_refusals(captioner, good, bad) > 70


METHODS = {
    "log_probs": ({"features": FEATURES, "captions": CAPTIONS}, {}),
    "loss": ({"features": FEATURES, "captions": CAPTIONS}, {}),
    "scores": ({"features": FEATURES, "captions": CAPTIONS}, {}),
    "sample": (
        {"features": FEATURES, "max_length": 3, "beam_width": 1},
        {"max_length": bad_counts(), "beam_width": bad_counts()},
    ),
    "first_state": ({"features": FEATURES}, {}),
}
ARRAYS = {"features": bad_arrays(FEATURES), "captions": bad_arrays(CAPTIONS)}
ARRAYS["captions"]["as many as no features"] = CAPTIONS[:1]
ARRAYS["features"]["as many as no captions"] = FEATURES[:1]


@pytest.mark.parametrize("name", METHODS)
def test_methods(name):
    good, bad = METHODS[name]
    bad.update({argument: dict(ARRAYS[argument]) for argument in good if argument in ARRAYS})
    if "captions" not in good:
        del bad["features"]["as many as no captions"]
    with graph_session():
        model = GraphCaptioner(WORD_TO_IDX, D, W, H)
        assert check_refusals(getattr(model, name), good, bad) >= 17


def test_captions_without_a_next_word(raises_one_line):
    with graph_session():
        model = GraphCaptioner(WORD_TO_IDX, D, W, H)
        with raises_one_line("captions", "at least 2"):
            model.log_probs(FEATURES, CAPTIONS[:, :1])


@pytest.mark.parametrize(
    "features, captions",
    [
        (lambda: tf.placeholder(tf.float64, [None, D]), lambda: CAPTIONS),
        (lambda: tf.placeholder(tf.int32, [None, D]), lambda: CAPTIONS),
        (lambda: tf.placeholder(tf.float32, [None, D + 1]), lambda: CAPTIONS),
        (lambda: tf.placeholder(tf.float32, [D]), lambda: CAPTIONS),
        (lambda: tf.placeholder(tf.float32), lambda: CAPTIONS),
        (lambda: FEATURES, lambda: tf.placeholder(tf.float32, [None, 4])),
        (lambda: FEATURES, lambda: tf.placeholder(tf.string, [None, 4])),
        (lambda: FEATURES, lambda: tf.placeholder(tf.int32, [None, None])),
        (lambda: FEATURES, lambda: tf.placeholder(tf.int32, [4])),
        (lambda: FEATURES, lambda: tf.placeholder(tf.int32)),
        (lambda: FEATURES, lambda: tf.placeholder(tf.int32, [3, 4])),
    ],
)
def test_tensors_are_checked_by_dtype_and_shape(features, captions):
    with graph_session():
        model = GraphCaptioner(WORD_TO_IDX, D, W, H)
        with pytest.raises(InputError, match="^(features|captions): got [^\n]*, expected [^\n]*$"):
            model.loss(features(), captions())


@pytest.mark.parametrize("index", [-1, len(WORDS), 2**31 - 1])
def test_fed_indices_out_of_range_are_the_runs_error(index):
    """On a CPU; on a GPU tf.gather gives zeros."""
    with graph_session() as sess:
        model = GraphCaptioner(WORD_TO_IDX, D, W, H)
        captions = tf.placeholder(tf.int32, [None, 4])
        sess.run(tf.global_variables_initializer())
        loss = model.loss(FEATURES, captions)
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(loss, {captions: np.where(CAPTIONS == 4, index, CAPTIONS)})


def test_assign():
    with graph_session() as sess:
        model = GraphCaptioner(WORD_TO_IDX, D, W, H)
        model.assign(PARAMS)
        for name in PARAMETERS:
            kinds = bad_arrays(PARAMS[name])
            bad = {"params": {kind: {**PARAMS, name: value} for kind, value in kinds.items()}}
            takes = {("params", "ints")}
            check_refusals(model.assign, {"params": PARAMS}, bad, takes)
        others = {
            "None": None,
            "a list": list(PARAMS),
            "text": "W_proj",
            "empty": {},
            "one missing": {name: PARAMS[name] for name in PARAMETERS[1:]},
            "one too many": {**PARAMS, "extra": PARAMS["b"]},
            "a number as name": {**PARAMS, 1: PARAMS["b"]},
        }
        check_refusals(model.assign, {"params": PARAMS}, {"params": others})
        sess.run(model.values)


SAMPLERS = {
    "greedy": (sampling.greedy, {}),
    "temperature_sample": (
        sampling.temperature_sample,
        {"temperature": bad_numbers(above=0), "seed": bad_counts(0, 2**31 - 1)},
    ),
    "beam_search": (
        sampling.beam_search,
        {"beam_width": bad_counts(1, MAX_AXIS), "length_penalty": bad_numbers(0)},
    ),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_sampling(name):
    function, bad = SAMPLERS[name]
    models = {"None": None, "text": "lstm", "a dict": PARAMS}
    bad = {
        "model": models,
        "features": bad_arrays(FEATURES),
        "max_length": bad_counts(1, MAX_AXIS),
        **bad,
    }
    good = {"temperature": 1.0, "seed": 0, "beam_width": 2, "length_penalty": 1}
    with graph_session():
        good = {
            "model": GraphCaptioner(WORD_TO_IDX, D, W, H),
            "features": FEATURES,
            "max_length": 3,
            **{name: value for name, value in good.items() if name in bad},
        }
        assert check_refusals(function, good, bad) >= 29


# --- Training, preparing, built-in pictures --------------------------------------------------


def test_settings_of_training(tmp_path):
    """Without data: what is wrong with a setting is said before anything else is looked at."""

    def begin(**settings):
        try:
            next(train(tmp_path / "run", None, **settings))
        except InputError as error:
            if not str(error).startswith("data: got None"):
                raise

    counts = ["steps", "batch_size", "decay_steps", "validate_every", "num_val", "patience"]
    bad = {name: bad_counts() for name in counts}
    bad.update(wordvec_dim=BAD_SIZES, hidden_dim=BAD_SIZES)
    bad.update({name: bad_numbers(0) for name in ("learning_rate", "lr_decay", "clip_norm")})
    bad.update(cell_type=bad_choices(), seed=BAD_SEEDS)
    good = {name: DEFAULTS[name] for name in bad}
    assert check_refusals(begin, good, bad) > 110
    assert not (tmp_path / "run").exists()


def test_built_in_pictures():
    good = {"num": 2, "split": "val", "seed": 0}
    bad = {"num": {**bad_counts(), "huge": 2**40}, "split": bad_choices(), "seed": BAD_SEEDS}
    assert check_refusals(shapes.make_pictures, good, bad) > 25
    scene = shapes.make_pictures(1)[0].scene
    check_refusals(lambda size: shapes.render(scene, size), {"size": 8}, {"size": BAD_SIZES})
    names = [
        "",
        "val:²",
        "val:-1",
        "val:1:",
        "val:1:²",
        "val:1:2:3",
        "val:" + "9" * 5000,
        "val:0:" + "9" * 5000,
    ]
    bad = {name[:20]: "shapes:" + name for name in names}
    bad.update(
        {"split of none": "shapes::1", "fraction": "shapes:val:1.5", "spaces": "shapes:val: 1"}
    )
    assert check_refusals(of_name, {"name": "shapes:val:0"}, {"name": bad}) >= 10


def of_name(name):
    try:
        return shapes.open_picture(name)
    except InputError as error:
        assert str(error).startswith(name[:100]), error
        raise InputError(f"name: {error}") from error
