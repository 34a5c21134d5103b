"""Mistakes that people make with the public names: one line that names the argument, each.

A row is a public function, a right call, and wrong values in the place of one argument of it.
"""

import contextlib

import numpy as np
import pytest
from tiny_networks import pixel_network, random_squeezenet

import sessions
from tf_cs231n import (
    datasets,
    gan,
    gradient_check,
    images,
    information,
    layers,
    norms,
    saliency,
    style_transfer,
)
from tf_cs231n.captioning import coco, optim, rnn_layers
from tf_cs231n.captioning.graph import GraphCaptioner
from tf_cs231n.captioning.rnn import CaptioningRNN
from tf_cs231n.captioning.solver import CaptioningSolver
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.squeezenet import SqueezeNet, class_id, load_squeezenet

N, T, D, H, V = 2, 3, 5, 4, 6
RNG = np.random.RandomState(0)
WORDS = {word: n for n, word in enumerate(["<NULL>", "<START>", "<END>", "<UNK>", "a", "cat"])}
CAPTIONS = np.array([[1, 4, 5, 2], [1, 5, 2, 0]])
NAN = float("nan")
COUNT = [0, -1, 2.5, "many", NAN]
LENGTH = [-1, 2.5, "many"]  # which may be 0
RATE = [NAN, "fast", float("inf")]
ORDER = [-1, NAN, "fro", None]
NAME = ["no such name", 7]
MISSING = ["missing.file"]


def floats(*shape):
    return RNG.randn(*shape)


def array(right):
    """In the place of an array: another rank, another size, whole numbers for fractions, text."""
    wrong = [right[..., np.newaxis], np.full(right.shape, "x"), "an array"]
    whole = right.dtype.kind in "iu"
    return wrong + [right + 0.5 if whole else np.ones(right.shape, int)]


def sized(right):
    """The same where the last axis has a size that other arguments fix."""
    return array(right) + [right[..., 1:]]


def arrays(check=sized, **right):
    return right, {name: check(value) for name, value in right.items()}


CELLS = {"rnn": 1, "lstm": 4}
ROWS = {}


def row(function, right, wrong, name=None):
    ROWS[name or f"{function.__module__}.{function.__name__}"[10:]] = function, right, wrong


# ---- ground

row(sessions.session_config, {}, {"memory_fraction": [0, 2, "x"], "gpus": [-1, "a", 0.5],
    "intra_op_threads": COUNT, "inter_op_threads": COUNT}, "sessions.session_config")  # fmt: skip
row(sessions.get_session, {}, {"graph": ["a graph", 7]}, "sessions.get_session")
X = floats(2, 3)
row(gradient_check.eval_numerical_gradient, {"f": np.sum, "x": X, "verbose": False},
    {"x": [X.astype("f"), np.ones((2, 3), int), [1.0]], "h": [0, *RATE]})  # fmt: skip
row(gradient_check.eval_numerical_gradient_array, {"f": np.square, "x": X, "df": X},
    {"x": [X.astype("f"), [1.0]], "df": [X[1:], X[:, 1:]], "h": [0, *RATE]})  # fmt: skip
row(gradient_check.rel_error, {"x": X, "y": X}, {"y": [X[1:], X.T]})
PHOTO = np.uint8(RNG.randint(0, 256, (40, 44, 3)))
row(images.load_image, {"filename": PHOTO}, {"filename": MISSING, "size": COUNT})
row(images.preprocess_image, {"img": PHOTO}, {"img": ["cat", PHOTO[..., :2], PHOTO[0, 0, :2]]})
row(images.deprocess_image, {"img": floats(8, 9, 3)}, {"img": ["cat", floats(8, 9, 2)]})
row(images.blur_image, {"X": floats(8, 9, 3)}, {"X": ["cat"], "sigma": [-1, *RATE]})
row(datasets.load_mnist, {}, {"path": MISSING})
row(datasets.load_imagenet_val, None, {"path": MISSING})
row(datasets.sample_image, {"name": "cat"}, {"name": NAME})

# ---- theory

A, P = floats(3, 4), np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])
RAGGED = [[1.0], [1.0, 2.0]]
MATRIX = [A[0], RAGGED, "A", np.ones((3, 4), int)]
row(norms.vector_norm, {"x": A}, {"x": [1.0, RAGGED, "x", [1, 2]], "p": ORDER})
row(norms.induced_norm, {"A": A}, {"A": MATRIX, "p": [0.5, *ORDER], "iterations": LENGTH,
    "starts": LENGTH, "seed": LENGTH})  # fmt: skip
row(norms.entrywise_norm, {"A": A}, {"A": MATRIX, "p": ORDER})
row(norms.lpq_norm, {"A": A}, {"A": MATRIX, "p": ORDER, "q": ORDER})
row(norms.schatten_norm, {"A": A}, {"A": [*MATRIX, A[:0]], "p": ORDER})
for norm in (norms.frobenius_norm, norms.max_norm, norms.nuclear_norm, norms.spectral_norm):
    row(norm, {"A": A}, {"A": MATRIX})
CHANCES = [P * 2, -P, P * NAN, "p", np.eye(3, dtype=int), 1.0]
BASE = [0, 1, *RATE]
row(information.self_information, {"p": P}, {"p": [P - 1, P + 1, "p"], "base": BASE})
row(information.entropy, {"p": P}, {"p": CHANCES, "p_logits": [P], "base": BASE})
for divergence in ("cross_entropy", "kl_divergence", "js_divergence"):
    wrong = [*CHANCES, P[:, :2] / P[:, :2].sum(-1, keepdims=True)]
    row(getattr(information, divergence), {"p": P, "q": P},
        {"p": CHANCES, "q": wrong, "q_logits": [P], "base": BASE})  # fmt: skip
row(information.log_likelihood, {"labels": np.array([0, 2]), "q": P[0]},
    {"labels": [[0, 3], [-1], [0.5], 1, "cat"], "q": CHANCES[:-1], "base": BASE})  # fmt: skip
row(information.perplexity, {"cross_entropy": P}, {"cross_entropy": ["x", [1, 2]], "base": BASE})

# ---- captioning

for cell, gates in CELLS.items():
    weights = {"Wx": floats(D, gates * H), "Wh": floats(H, gates * H), "b": floats(gates * H)}
    state = {"prev_h": floats(N, H), "prev_c": floats(N, H)}
    state = state if cell == "lstm" else {"prev_h": state["prev_h"]}
    step, whole = (getattr(rnn_layers, f"{cell}{kind}_forward") for kind in ("_step", ""))
    row(step, *arrays(x=floats(N, D), **state, **weights))
    row(whole, *arrays(x=floats(N, T, D), h0=floats(N, H), **weights))
    for forward, inputs, gradients in (
        (step, {"x": floats(N, D), **state}, {"dnext_h": floats(N, H), "dnext_c": floats(N, H)}),
        (whole, {"x": floats(N, T, D), "h0": floats(N, H)}, {"dh": floats(N, T, H)}),
    ):
        if cell == "rnn":
            gradients.pop("dnext_c", None)
        backward = getattr(rnn_layers, forward.__name__.replace("forward", "backward"))
        right, wrong = arrays(**gradients)
        row(backward, {**right, "cache": forward(**inputs, **weights)[-1]}, wrong)
AFFINE = {"w": floats(D, 3), "b": floats(3)}
for kind, x in ("affine", floats(N, D)), ("temporal_affine", floats(N, T, D)):
    forward = getattr(rnn_layers, f"{kind}_forward")
    right, wrong = arrays(x=x, **AFFINE)
    wrong["x"] = array(x)[1:] + [x[..., 1:]]
    row(forward, right, wrong)
    out, cache = forward(x, **AFFINE)
    row(getattr(rnn_layers, f"{kind}_backward"), {"dout": out, "cache": cache},
        {"dout": sized(out)})  # fmt: skip
row(rnn_layers.word_embedding_forward, {"x": CAPTIONS, "W": floats(V, D)},
    {"x": [*array(CAPTIONS), CAPTIONS + 9, -CAPTIONS], "W": [floats(D), "W"]})  # fmt: skip
row(rnn_layers.temporal_softmax_loss,
    {"x": floats(2, 4, V), "y": CAPTIONS, "mask": CAPTIONS > 0},
    {"x": sized(floats(2, 4, V))[:-1], "y": [CAPTIONS + 9, CAPTIONS[:, 1:], CAPTIONS + 0.5],
     "mask": [CAPTIONS[:, 1:] > 0]})  # fmt: skip
SIZES = {"input_dim": COUNT, "wordvec_dim": COUNT, "hidden_dim": COUNT}
VOCABULARY = [["a", "cat"], {"cat": 0}, "words"]
for model_class in CaptioningRNN, GraphCaptioner:
    row(
        model_class,
        {"word_to_idx": WORDS, "input_dim": D, "wordvec_dim": 3, "hidden_dim": H},
        {"word_to_idx": VOCABULARY, "cell_type": ["gru", None], "dtype": ["int32", int], **SIZES},
    )
MODEL = CaptioningRNN(WORDS, D, 3, H, "lstm")
FEATURES = floats(2, D)
WRONG = {"features": [FEATURES[:, 1:], FEATURES[0], "x"],
         "captions": [CAPTIONS + 9, CAPTIONS[0], CAPTIONS[:1], CAPTIONS + 0.5, "cat"]}  # fmt: skip
row(MODEL.loss, {"features": FEATURES, "captions": CAPTIONS}, WRONG, "CaptioningRNN.loss")
row(MODEL.sample, {"features": FEATURES},
    {"features": WRONG["features"], "max_length": COUNT}, "CaptioningRNN.sample")  # fmt: skip


def graph_captioner(method, **arguments):
    return getattr(GraphCaptioner(WORDS, D, 3, H), method)(**arguments)


row(lambda **a: graph_captioner("loss", **a), {"features": FEATURES, "captions": CAPTIONS},
    WRONG, "GraphCaptioner.loss")  # fmt: skip
row(lambda **a: graph_captioner("sample", **a), {"features": FEATURES},
    {"features": WRONG["features"], "max_length": COUNT, "beam_width": COUNT},
    "GraphCaptioner.sample")  # fmt: skip
for rule in optim.sgd, optim.sgd_momentum, optim.rmsprop, optim.adam:
    row(rule, {"w": X, "dw": X, "config": {}},
        {"dw": [X[1:], "dw"], "config": [{"learning_rate": "fast"}]})  # fmt: skip
DATA = {f"{split}_{key}": value for split in ("train", "val") for key, value in
        [("captions", CAPTIONS), ("image_idxs", np.array([0, 1])), ("features", FEATURES),
         ("urls", np.array(["a", "b"]))]}  # fmt: skip
DATA.update(word_to_idx=WORDS, idx_to_word=list(WORDS))
row(CaptioningSolver, {"model": MODEL, "data": DATA}, {"update_rule": NAME, "batch_size": COUNT,
    "num_epochs": LENGTH, "lr_decay": RATE})  # fmt: skip
row(coco.load_coco_data, None, {"base_dir": MISSING})
row(coco.sample_coco_minibatch, {"data": DATA}, {"batch_size": COUNT, "split": NAME})
row(coco.decode_captions, {"captions": CAPTIONS, "idx_to_word": list(WORDS)},
    {"captions": [CAPTIONS + 9, CAPTIONS + 0.5, "a cat"]})  # fmt: skip

# ---- network visualization and style

row(SqueezeNet, None, {"save_path": MISSING})
row(load_squeezenet, {"sess": None}, {"weights": MISSING})
row(class_id, {"name_or_id": "tabby"}, {"name_or_id": ["no such name", 1000, -1, 2.5]})
SHOTS, CLASSES = floats(2, 6, 7, 3).astype("f"), [[1], [1, 9], [-1, 0], [0.5, 1], "cat"]
SHAPES = [SHOTS[0], SHOTS[..., :2], "X", SHOTS * NAN]
row(saliency.compute_saliency_maps, {"X": SHOTS, "y": [1, 2], "model": "a network"},
    {"X": SHAPES, "y": CLASSES, "model": ["SqueezeNet"]})  # fmt: skip
row(saliency.make_fooling_image, {"X": SHOTS[:1], "target_y": 1, "model": "a network"},
    {"X": SHAPES, "target_y": [9, -1, 0.5, "cat"], "learning_rate": RATE,
     "max_iterations": LENGTH})  # fmt: skip
row(saliency.create_class_visualization, {"target_y": 1, "model": "a network",
    "num_iterations": 1, "size": 12}, {"target_y": [9, -1, 0.5, "cat"], "num_iterations": LENGTH,
    "l2_reg": RATE, "learning_rate": RATE, "max_jitter": LENGTH, "blur_every": LENGTH,
    "size": COUNT})  # fmt: skip
FEATS = floats(1, 4, 5, 3)
GRAM = floats(3, 3)
row(style_transfer.content_loss, {"content_weight": 1.0, "content_current": FEATS,
    "content_original": FEATS}, {"content_original": [FEATS[:, 1:], "x"],
    "content_current": [FEATS.astype(int), "x"]})  # fmt: skip
row(style_transfer.gram_matrix, {"features": FEATS}, {"features": [FEATS[0], "x"]})
row(style_transfer.tv_loss, {"img": FEATS, "tv_weight": 1.0},
    {"img": [FEATS[0], "x"]})  # fmt: skip
row(style_transfer.style_loss, {"feats": [FEATS], "style_layers": [0], "style_targets": [GRAM],
    "style_weights": [1.0]}, {"style_layers": [[0, 0]], "style_targets": [[], [GRAM[1:]]],
    "style_weights": [[]]})  # fmt: skip
row(style_transfer.style_transfer, {"content_image": PHOTO, "style_image": PHOTO,
    "image_size": 33, "style_size": 33, "max_evaluations": 1, "model": "SqueezeNet"},
    {"content_image": MISSING, "style_image": MISSING, "image_size": COUNT, "style_size": COUNT,
     "content_layer": [99, "conv"], "content_weight": RATE, "style_layers": [[99], "all"],
     "style_weights": [[1.0]], "tv_weight": RATE, "max_evaluations": COUNT,
     "optimizer": NAME})  # fmt: skip

# ---- GANs and layers

LOGITS, DIGITS, CODES = (RNG.uniform(-1, 1, (4, n)).astype("f") for n in (1, 784, 8))
PAIR = ["logits", np.ones((4, 1), int)]
row(gan.sample_noise, {"batch_size": 4, "dim": 8}, {"batch_size": COUNT, "dim": COUNT})
for network in gan.discriminator, gan.dcgan_discriminator:
    row(network, {"x": DIGITS}, {"x": [DIGITS[:, 1:], DIGITS[0], "x"]})
for network in gan.generator, gan.dcgan_generator:
    row(network, {"z": CODES}, {"z": [CODES[0], "z"]})  # named as the first layer's inputs
row(gan.gan_loss, {"logits_real": LOGITS, "logits_fake": LOGITS},
    {"logits_real": PAIR, "logits_fake": PAIR})  # fmt: skip
row(gan.lsgan_loss, {"scores_real": LOGITS, "scores_fake": LOGITS},
    {"scores_real": PAIR, "scores_fake": PAIR})  # fmt: skip
row(layers.conv_relu, {"inputs": FEATS, "kernel_shape": [3, 3, 3, 4], "bias_shape": [4]},
    {"inputs": [FEATS[0], "x"], "kernel_shape": [[3, 3, 9, 4]]})  # fmt: skip


def refusal(function, arguments, name):
    """What is wrong with how one bad argument is refused; None if it is one line that names it."""
    try:
        function(**arguments)
    except InputError as error:
        message = str(error)
        if "\n" in message or len(message) > 400:
            return f"a long message: {message!r}"
        value = arguments[name]
        known = [name, "inputs", *arguments, *(value if isinstance(value, dict) else [str(value)])]
        return None if any(word in message for word in known) else f"no name: {message}"
    except Exception as error:  # whatever else is what this test looks for
        return f"{type(error).__name__}: {str(error)[:120]}"
    return "no error"


@contextlib.contextmanager
def scene(model):
    """A fresh graph with its session, and the model that a row asks for."""
    with sessions.graph_session() as sess:
        if model == "a network":
            model = pixel_network(floats(3, 5), floats(5, 4), dtype="float32")
            sess.run(tf.global_variables_initializer())
        elif model == "SqueezeNet":
            model = random_squeezenet(sess)
        with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE):
            yield model


@pytest.mark.parametrize("name", ROWS)
def test_a_wrong_argument_is_one_line_that_names_it(name):
    function, right, wrong = ROWS[name]
    problems = []
    with scene((right or {}).get("model")) as model, np.errstate(all="ignore"):
        if right is None:  # it needs files that do not come with the package
            right = {}
        else:
            right = {**right, "model": model} if "model" in right else right
            function(**right)
        for argument, values in wrong.items():
            for value in values:
                problem = refusal(function, {**right, argument: value}, argument)
                shown = getattr(value, "shape", value)
                problems += [f"{argument}={shown}: {problem}"] if problem else []
    assert not problems, "\n".join(problems)
