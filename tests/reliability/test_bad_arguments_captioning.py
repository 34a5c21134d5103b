"""Bad arguments of captioning in NumPy: layers, model, solver, update rules, data, scores."""

import numpy as np
import pytest
from corpus import bad_arrays, bad_choices, bad_counts, bad_numbers, check_refusals

from tf_cs231n.captioning import gradient_flow
from tf_cs231n.captioning import rnn_layers as layers
from tf_cs231n.captioning.optim import UPDATE_RULES
from tf_cs231n.captioning.rnn import CaptioningRNN
from tf_cs231n.captioning.solver import CaptioningSolver
from tf_cs231n.errors import InputError

N, T, D, H, V = 2, 3, 5, 4, 6
rng = np.random.RandomState(0)
CARRIED = ("NaN", "infinite")


def floats(*shape):
    return rng.randn(*shape)


LSTM = {"Wx": floats(D, 4 * H), "Wh": floats(H, 4 * H), "b": floats(4 * H)}
RNN = {"Wx": floats(D, H), "Wh": floats(H, H), "b": floats(H)}
WORDS = np.array([[1, 3, 4], [1, 5, 2]])
FORWARD = {
    "affine_forward": {"x": floats(N, D), "w": floats(D, 3), "b": floats(3)},
    "temporal_affine_forward": {"x": floats(N, T, D), "w": floats(D, 3), "b": floats(3)},
    "rnn_step_forward": {"x": floats(N, D), "prev_h": floats(N, H), **RNN},
    "rnn_forward": {"x": floats(N, T, D), "h0": floats(N, H), **RNN},
    "lstm_step_forward": {
        "x": floats(N, D),
        "prev_h": floats(N, H),
        "prev_c": floats(N, H),
        **LSTM,
    },
    "lstm_forward": {"x": floats(N, T, D), "h0": floats(N, H), **LSTM},
    "word_embedding_forward": {"x": WORDS, "W": floats(V, D)},
    "temporal_softmax_loss": {"x": floats(N, T, V), "y": WORDS, "mask": WORDS > 1},
    "sigmoid": {"x": floats(N, T)},
}
# backward pass: names of the gradients that it takes, and its forward pass's outputs of that shape
BACKWARD = {
    "affine_backward": ["dout"],
    "temporal_affine_backward": ["dout"],
    "rnn_step_backward": ["dnext_h"],
    "rnn_backward": ["dh"],
    "lstm_step_backward": ["dnext_h", "dnext_c"],
    "lstm_backward": ["dh"],
    "word_embedding_backward": ["dout"],
}
TAKES = {
    "sigmoid": {("x", kind) for kind in
                ("ints", "an axis too many", "an axis too few", "empty", "no rows")},
    "word_embedding_forward": {("W", "huge")},  # vectors of any length, which nothing copies whole
    "temporal_softmax_loss": {("mask", kind) for kind in ("ints", "bools", *CARRIED)},
}  # fmt: skip


@pytest.mark.parametrize("name", FORWARD)
def test_forward_passes(name):
    good = FORWARD[name]
    bad = {argument: bad_arrays(value) for argument, value in good.items()}
    if name == "temporal_softmax_loss":
        bad["mask"] = bad_arrays(good["mask"].astype(float))
    if name == "sigmoid":
        del bad["x"]["huge"]  # any shape is good, so a huge one is what was asked for
    takes = {(arg, kind) for arg in bad for kind in CARRIED if good[arg].dtype.kind == "f"}
    takes |= TAKES.get(name, set())
    with np.errstate(all="ignore"):
        assert check_refusals(getattr(layers, name), good, bad, takes) >= 13 * len(bad) - 1


@pytest.mark.parametrize("name", BACKWARD)
def test_backward_passes(name):
    caches = {f: getattr(layers, f)(**FORWARD[f]) for f in FORWARD if f.endswith("forward")}
    *outputs, cache = caches.pop(name.replace("backward", "forward"))
    good = dict(zip(BACKWARD[name], outputs))
    bad = {argument: bad_arrays(value) for argument, value in good.items()}
    bad["cache"] = {f"of {other}": cache for other, (*_, cache) in caches.items()}
    bad["cache"].update(bad_choices(), a_list=list(cache), cut=cache[:-1], array=floats(2, 2))
    takes = {(argument, kind) for argument in good for kind in CARRIED}
    with np.errstate(all="ignore"):
        cases = check_refusals(getattr(layers, name), {**good, "cache": cache}, bad, takes)
    assert cases >= 28


@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_sigmoid_of_whole_numbers(dtype):
    """The minus of unsigned numbers wraps: 1 / (1 + exp(-1)) was 1 / (1 + exp(255))."""
    np.testing.assert_allclose(layers.sigmoid(np.ones(2, dtype)), 1 / (1 + np.exp(-1)))


# --- Model ----------------------------------------------------------------------------------

VOCABULARY = ["<NULL>", "<START>", "<END>", "a", "cat", "sat"]
WORD_TO_IDX = {word: index for index, word in enumerate(VOCABULARY)}
BAD_VOCABULARIES = {
    "None": None,
    "text": "<NULL>",
    "a list": VOCABULARY,
    "empty": {},
    "no <NULL>": {"<START>": 0, "<END>": 1},
    "a hole": {**WORD_TO_IDX, "cat": 7},
    "negative": {**WORD_TO_IDX, "cat": -1},
    "twice": {**WORD_TO_IDX, "cat": 3},
    "text indices": {**WORD_TO_IDX, "cat": "4"},
    "None index": {**WORD_TO_IDX, "cat": None},
    "NaN index": {**WORD_TO_IDX, "cat": float("nan")},
    "a fraction": {**WORD_TO_IDX, "cat": 4.5},
    "a word that is no text": {**dict(list(WORD_TO_IDX.items())[:-1]), 3: 5},
}
BAD_SIZES = {**bad_counts(), "huge": 2**40}
BAD_SEEDS = {**bad_counts(0), "huge": 2**40}
FEATURES = floats(N, D)
CAPTIONS = np.array([[1, 3, 4, 2], [1, 5, 2, 0]])


def model(cell_type="lstm"):
    return CaptioningRNN(WORD_TO_IDX, D, 3, H, cell_type, np.float64)


def test_model():
    good = {"word_to_idx": WORD_TO_IDX, "input_dim": D, "wordvec_dim": 3, "hidden_dim": H,
            "cell_type": "rnn", "dtype": np.float32, "seed": 0}  # fmt: skip
    bad = {
        "word_to_idx": BAD_VOCABULARIES,
        "input_dim": BAD_SIZES,
        "wordvec_dim": BAD_SIZES,
        "hidden_dim": BAD_SIZES,
        "cell_type": bad_choices(),
        "dtype": {**bad_choices(), "ints": np.int32, "complex": complex, "text dtype": str},
        "seed": BAD_SEEDS,
    }
    # No seed: any, as for np.random.RandomState. Holes: the course's own example has them.
    takes = {("seed", "None"), *(("word_to_idx", kind) for kind in ("a hole", "negative", "twice"))}
    assert check_refusals(CaptioningRNN, good, bad, takes) > 60


@pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
def test_loss_and_sample(cell_type):
    bad = {"features": bad_arrays(FEATURES), "captions": bad_arrays(CAPTIONS)}
    bad["captions"]["more than features"] = np.concatenate([CAPTIONS, CAPTIONS])
    bad["captions"]["no next word"] = CAPTIONS[:, :1]
    good = {"features": FEATURES, "captions": CAPTIONS}
    takes = {("features", kind) for kind in CARRIED}
    with np.errstate(all="ignore"):
        assert check_refusals(model(cell_type).loss, good, bad, takes) >= 32
    bad = {"features": bad["features"], "max_length": BAD_SIZES}
    good = {"features": FEATURES, "max_length": 3}
    assert check_refusals(model(cell_type).sample, good, bad) >= 27


# --- Update rules ---------------------------------------------------------------------------

SETTINGS = {
    "sgd": ["learning_rate"],
    "sgd_momentum": ["learning_rate", "momentum"],
    "rmsprop": ["learning_rate", "decay_rate", "epsilon"],
    "adam": ["learning_rate", "beta1", "beta2", "epsilon", "t"],
}
STATES = {"sgd": [], "sgd_momentum": ["velocity"], "rmsprop": ["cache"], "adam": ["m", "v"]}


@pytest.mark.parametrize("rule", UPDATE_RULES)
def test_update_rules(rule):
    w = floats(2, 3)
    good = {"w": w, "dw": w, "config": None}
    bad = {"w": bad_arrays(w), "dw": bad_arrays(w)}
    bad["config"] = {"a list": [1e-2], "text": "adam", "a number": 3, "unknown": {"lr": 1e-2}}
    bad["config"]["no text"] = {7: 1e-2}
    for name in SETTINGS[rule]:
        most = None if name in ("learning_rate", "epsilon", "t") else 1
        for kind, value in bad_numbers(0, most).items():
            bad["config"][f"{name}, {kind}"] = {name: value}
    for name in STATES[rule]:
        for kind, value in bad_arrays(w).items():
            if kind not in ("ints", *CARRIED):
                bad["config"][f"{name}, {kind}"] = {name: value}
    takes = {(name, kind) for name in ("w", "dw") for kind in ("ints", *CARRIED)}
    with np.errstate(all="ignore"):
        assert check_refusals(named(UPDATE_RULES[rule]), good, bad, takes) >= 46


def named(update):
    """The rule, of which every complaint shall name what it is about."""

    def call(w, dw, config):
        try:
            return update(w, dw, config)
        except InputError as error:
            name = str(error).split(":")[0]
            assert name in ("w", "dw", "config") or name in (config or ()), str(error)
            raise InputError(f"config: {error}") from error

    return call


# --- Solver and data ------------------------------------------------------------------------

DATA = {
    "train_captions": CAPTIONS,
    "train_image_idxs": np.array([0, 1]),
    "train_features": FEATURES,
    "train_urls": np.array(["a.png", "b.png"]),
    "idx_to_word": VOCABULARY,
    "word_to_idx": WORD_TO_IDX,
}
DATA.update({key.replace("train", "val"): DATA[key] for key in list(DATA)[:4]})
NO_DATA = {"None": None, "a list": [1], "text": "data", "empty": {}, "a number": 3}
BAD_PARTS = {key: bad_arrays(DATA[key]) for key in list(DATA)[:4]}
# Without addresses or with other texts for them one trains as well.
del BAD_PARTS["train_urls"]["None"], BAD_PARTS["train_urls"]["text dtype"]
ANY_URLS = {("train_urls", "object dtype")}


def of_parts(function, **others):
    """The function of a data dictionary as one of the dictionary's parts."""
    return lambda **data: function(data=data, **others)


def test_solver():
    def train(**arguments):
        CaptioningSolver(**{"model": model(), "verbose": False, **arguments}).train()

    assert check_refusals(of_parts(train), DATA, BAD_PARTS, ANY_URLS) >= 58
    good = {"data": DATA, "update_rule": "adam", "optim_config": {}, "lr_decay": 0.9,
            "batch_size": 2, "num_epochs": 1, "print_every": 1, "seed": 0}  # fmt: skip
    settings = {"a list": [1], "text": "x", "a number": 3}
    bad = {
        "model": {"None": None, "a class": CaptioningRNN, "an object": object(), "a dict": {}},
        "data": NO_DATA,
        "update_rule": bad_choices(),
        "optim_config": settings,
        "lr_decay": {**bad_numbers(0, 1), "nought": 0},
        "batch_size": bad_counts(),
        "num_epochs": bad_counts(),
        "print_every": bad_counts(),
        "seed": BAD_SEEDS,
    }
    assert check_refusals(train, {**good, "model": model()}, bad) >= 60

    def with_epsilon(epsilon):
        train(data=DATA, update_rule="adam", optim_config={"epsilon": epsilon})

    assert check_refusals(with_epsilon, {"epsilon": 1e-8}, {"epsilon": bad_numbers(0)}) == 9


# --- Scores and gradients -------------------------------------------------------------------

BAD_TEXTS = {"None": None, "text": "a cat", "a number": 3, "empty": [], "numbers": [1, 2],
             "None in it": ["a cat", None], "lists": [["a"], ["b"]]}  # fmt: skip


@pytest.mark.parametrize("name", ["rnn_gradient_norms", "lstm_gradient_norms"])
def test_gradient_flow(name):
    good = {"num_steps": 2, "hidden_dim": 3, "seed": 0}
    bad = {"num_steps": BAD_SIZES, "hidden_dim": BAD_SIZES, "seed": BAD_SEEDS}
    if name == "lstm_gradient_norms":
        bad["forget_bias"], good["forget_bias"] = bad_numbers(), 0.0
    function = getattr(gradient_flow, name)
    assert check_refusals(function, good, bad, {("seed", "None")}) >= 30
