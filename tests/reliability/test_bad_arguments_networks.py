"""Bad arguments of network visualisation: the network, pictures, classes and every setting."""

import numpy as np
import pytest
from corpus import bad_arrays, bad_choices, bad_counts, bad_numbers, check_refusals, optional
from tiny_networks import initialized, pixel_network

from sessions import graph_session
from tf_cs231n import adversarial, attribution, faithfulness, saliency
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.graph_model import GraphModel
from tf_cs231n.pixels.decorrelation import decorrelate
from tf_cs231n.plots.saliency import heat_overlay, heat_picture, magnified
from tf_cs231n.squeezenet import SqueezeNet, class_id, load_squeezenet
from tf_cs231n.squeezenet.formats import check_weights, read_weights, write_weights
from tf_cs231n.squeezenet.frozen import frozen_features
from tf_cs231n.squeezenet.model import VARIABLE_SHAPES

N, H, W, K = 2, 6, 7, 4
rng = np.random.RandomState(0)
X = rng.randn(N, H, W, 3).astype(np.float32)
y = np.array([1, 2])
maps = np.abs(X[..., 0])
picture = np.uint8(rng.randint(0, 256, (H, W, 3)))

MODELS = {"None": None, "text": "SqueezeNet", "a class": SqueezeNet, "an object": object()}
SESSIONS = {"text": "a session", "a number": 7, "an object": object()}
IMAGES, CLASSES = bad_arrays(X), bad_arrays(y)
NETWORK = {"X": IMAGES, "y": CLASSES, "model": MODELS, "sess": SESSIONS}
BOUNDS = {
    "None": None,
    "a number": 1.0,
    "text": ("black", "white"),
    "one": (0.0,),
    "three": (0.0, 1.0, 2.0),
    "NaN": (0.0, np.nan),
    "infinite": (0.0, np.inf),
    "crossed": (1.0, 0.0),
    "of four channels": (np.zeros(4), np.ones(4)),
}
UNITS = {
    **bad_numbers(),
    "zero": 0,
    "negative": -1.0,
    "zero in one channel": np.array([1.0, 0.0, 1.0]),
    "of four channels": np.ones(4),
}
del UNITS["a list"]
SEEDS = {**bad_counts(0, 2**32 - 1), "a list of texts": ["x"]}
del SEEDS["None"]
BASELINES = {
    **bad_arrays(X),
    "of another size": np.zeros((N, H + 1, W, 3)),
}


def functions():
    """name: (function, good arguments, bad arguments, what is taken nevertheless)."""
    model = pixel_network(rng.randn(3, 5), rng.randn(5, K), dtype="float32")
    good = {"X": X, "y": y, "model": model, "sess": None}
    target = {"X": X, "target_y": y, "model": model, "sess": None}
    TARGET = {"X": IMAGES, "target_y": CLASSES, "model": MODELS, "sess": SESSIONS}
    ONE, ONE_TARGET = {("y", "an axis too few")}, {("target_y", "an axis too few")}
    NO_TARGET = {("target_y", "None")}
    ONE_TRUE = {("true_y", "None"), ("true_y", "an axis too few")}
    NO_BOUND = {("bounds", "infinite")}
    BASELINE = ONE | {("baseline", "ints"), ("baseline", "an axis too few")}
    table = {
        "compute_saliency_maps": (saliency.compute_saliency_maps, good, NETWORK, ONE),
        "make_fooling_image": (
            saliency.make_fooling_image,
            {**target, "learning_rate": 1.0, "max_iterations": 1, "details": True},
            {**TARGET, "learning_rate": bad_numbers(), "max_iterations": bad_counts(0)},
            ONE_TARGET,
        ),
        "create_class_visualization": (
            saliency.create_class_visualization,
            {
                "target_y": y,
                "model": model,
                "sess": None,
                "num_iterations": 1,
                "size": 16,
                "max_jitter": 1,
                "blur_every": 1,
                "blur_sigma": 0.5,
                "octaves": 2,
                "octave_scale": 1.4,
                "contrast": 1.0,
                "l2_reg": 1e-3,
                "learning_rate": 5.0,
                "bounds": saliency.PIXEL_BOUNDS,
                "seed": 0,
            },
            {
                "target_y": CLASSES,
                "model": MODELS,
                "sess": SESSIONS,
                "num_iterations": bad_counts(0),
                "blur_every": bad_counts(0),
                "max_jitter": bad_counts(0),
                "octaves": bad_counts(1),
                "octave_scale": bad_numbers(above=1),
                "blur_sigma": bad_numbers(0),
                "contrast": bad_numbers(),
                "l2_reg": bad_numbers(),
                "learning_rate": bad_numbers(),
                "seed": SEEDS,
                "bounds": BOUNDS,
                "size": {**bad_counts(), "three": (6, 6, 6), "huge": 2**40, "a text and": ("x", 6)},
            },
            ONE_TARGET,
        ),
        "fast_gradient_sign": (
            adversarial.fast_gradient_sign,
            {
                **target,
                "target_y": None,
                "epsilon": 1.0,
                "true_y": y,
                "unit": 1.0,
                "bounds": (-9.0, 9.0),
            },
            {
                **TARGET,
                "true_y": CLASSES,
                "epsilon": bad_numbers(above=0),
                "unit": UNITS,
                "bounds": BOUNDS,
            },
            NO_BOUND | ONE_TARGET | NO_TARGET | ONE_TRUE,
        ),
        "projected_gradient_descent": (
            adversarial.projected_gradient_descent,
            {
                **target,
                "epsilon": 1.0,
                "norm": "l2",
                "step_size": 0.5,
                "max_iterations": 1,
                "unit": 1.0,
                "bounds": (-9.0, 9.0),
                "seed": 0,
            },
            {
                **TARGET,
                "epsilon": bad_numbers(above=0),
                "norm": bad_choices(),
                "step_size": bad_numbers(above=0),
                "max_iterations": bad_counts(0),
                "unit": UNITS,
                "bounds": BOUNDS,
                "seed": SEEDS,
            },
            NO_BOUND | ONE_TARGET | NO_TARGET | {("step_size", "None")},
        ),
        "gradient_times_input": (
            attribution.gradient_times_input,
            {**good, "baseline": 0},
            {**NETWORK, "baseline": BASELINES},
            BASELINE,
        ),
        "smooth_grad": (
            attribution.smooth_grad,
            {**good, "samples": 2, "noise": 0.1, "seed": 0},
            {**NETWORK, "samples": bad_counts(), "noise": bad_numbers(0), "seed": SEEDS},
            ONE,
        ),
        "integrated_gradients": (
            attribution.integrated_gradients,
            {**good, "baseline": 0, "steps": 2},
            {**NETWORK, "baseline": BASELINES, "steps": bad_counts()},
            BASELINE,
        ),
        "guided_backpropagation": (attribution.guided_backpropagation, good, NETWORK, ONE),
        "grad_cam": (
            attribution.grad_cam,
            {**good, "features": model.features},
            {**NETWORK, "features": {"text": "conv1", "an array": X, "the scores": model.scores}},
            ONE,
        ),
        "occlusion": (
            attribution.occlusion,
            {**good, "patch": 3, "stride": 2, "baseline": 0},
            {
                **NETWORK,
                "patch": bad_counts(1, 6),
                "stride": optional(bad_counts(1, 3)),
                "baseline": BASELINES,
            },
            BASELINE,
        ),
        "attribution_maps": (
            attribution.attribution_maps,
            {**good, "method": "gradient"},
            {**NETWORK, "method": bad_choices()},
            ONE,
        ),
        "deletion_curves": (
            faithfulness.deletion_curves,
            {**good, "maps": maps, "baseline": 0, "steps": 2},
            {
                **NETWORK,
                "maps": bad_arrays(maps),
                "baseline": BASELINES,
                "steps": bad_counts(1, H * W),
            },
            BASELINE | {("maps", "ints")},
        ),
        "insertion_curves": (
            faithfulness.insertion_curves,
            {**good, "maps": maps, "baseline": None, "steps": 2},
            {
                **NETWORK,
                "maps": bad_arrays(maps),
                "baseline": BASELINES,
                "steps": bad_counts(1, H * W),
            },
            BASELINE | {("baseline", "None"), ("maps", "ints")},
        ),
        "weight_randomization_test": (
            faithfulness.weight_randomization_test,
            {**good, "explain": saliency.compute_saliency_maps, "seed": 0, "stages": [1, 2]},
            {
                **NETWORK,
                "explain": {
                    "None": None,
                    "text": "gradient",
                    "another shape": lambda *a: np.ones(3),
                    "nothing": lambda *a: None,
                },
                "seed": SEEDS,
                "stages": {
                    "text": "all",
                    "a number": 1,
                    "too many": [3],
                    "none": [],
                    "zero": [0],
                    "a fraction": [1.5],
                    "texts": ["x"],
                },
            },
            ONE,
        ),
    }
    return table


NAMES = [
    "compute_saliency_maps",
    "make_fooling_image",
    "create_class_visualization",
    "fast_gradient_sign",
    "projected_gradient_descent",
    "gradient_times_input",
    "smooth_grad",
    "integrated_gradients",
    "guided_backpropagation",
    "grad_cam",
    "occlusion",
    "attribution_maps",
    "deletion_curves",
    "insertion_curves",
    "weight_randomization_test",
]


@pytest.mark.parametrize("name", NAMES)
def test_explanations(name):
    with graph_session() as sess:
        table = functions()
        initialized(sess)
        assert check_refusals(*table[name]) > 0


def test_graph_model():
    with graph_session() as sess:
        image = tf.placeholder(tf.float32, [None, H, W, 3])
        scores = tf.reduce_sum(image, axis=[1, 2])
        kinds = {**MODELS, "an array": X, "ints": tf.constant([[1]]), "a scalar": tf.constant(1.0)}
        bad = {
            "image": kinds,
            "scores": kinds,
            "feed": {"a list": [1], "text": "x", "names": {"keep_prob": 1.0}, "an array": X},
        }
        good = {"image": image, "scores": scores, "sess": sess, "feed": {scores: X[:, 0, 0]}}
        assert check_refusals(GraphModel, good, bad, {("feed", "names")}) == 18


def test_decorrelation():
    taken = {("gradient", "NaN"), ("gradient", "infinite")}
    check_refusals(decorrelate, {"gradient": X}, {"gradient": bad_arrays(X)}, taken)


def test_pictures_of_maps():
    heat = {"heat": bad_arrays(maps[0])}
    check_refusals(heat_picture, {"heat": maps[0]}, heat, {("heat", "ints")})
    good = {"picture": picture, "heat": maps[0]}
    bad = {"picture": bad_arrays(picture), **heat}
    check_refusals(heat_overlay, good, bad, {("heat", "ints")})
    good = {"original": picture * 1.0, "changed": picture * 1.0}
    bad = dict.fromkeys(good, bad_arrays(picture * 1.0))
    check_refusals(magnified, good, bad, {("original", "ints"), ("changed", "ints")})


NO_CLASS = {**bad_choices(), **bad_counts(0, 999), "signs": "+-3", "a superscript": "\u00b2"}
NO_CLASS.update({"digits": "9" * 5000, "bytes": b"cat", "long": "cat" * 500, "a bool": True})
del NO_CLASS["a number"]


@pytest.mark.parametrize("kind", NO_CLASS)
def test_class_id(kind):
    with pytest.raises(InputError, match="^class ") as caught:
        class_id(NO_CLASS[kind])
    assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)


PATHS = {"None": None, "a number": 7.5, "a list": ["w.npz"], "an object": object()}


def test_load_squeezenet():
    with graph_session() as sess:
        for read in (read_weights, lambda path: load_squeezenet(sess, weights=path)):
            for path in PATHS.values():
                with pytest.raises(InputError):
                    read(path)


def test_given_weights(tmp_path):
    arrays = {name: np.zeros(shape, np.float32) for name, shape in VARIABLE_SHAPES.items()}
    first = "features/layer0/bias"

    def with_first(value):
        return {**arrays, first: value}

    bad = {kind: with_first(value) for kind, value in bad_arrays(arrays[first]).items()}
    bad.update({"overflowing": with_first(np.full(64, 1e300)), "no dict": [1], "None": None})
    bad.update({"none": {}, "numbers for names": {1: 2, 3: 4}})
    taken = {("arrays", "ints")}
    check_refusals(check_weights, {"arrays": arrays, "path": "arrays"}, {"arrays": bad}, taken)
    good = {"path": tmp_path / "w.npz", "arrays": arrays, "overwrite": True}
    del bad["ints"]
    check_refusals(write_weights, good, {"path": PATHS, "arrays": bad})


def test_layers_of_squeezenet():
    """NaN in a Tensor is carried, as by every layer; ints become floats."""
    arrays = {name: np.zeros(shape, np.float32) for name, shape in VARIABLE_SHAPES.items()}
    pictures = np.zeros((1, 35, 33, 3), np.float32)
    bad = {**bad_arrays(pictures), "gray": pictures[..., :1]}
    taken = ["NaN", "infinite", "ints"]
    with graph_session() as sess:
        model = SqueezeNet(sess=sess)
        check_refusals(
            model.extract_features,
            {"input": pictures},
            {"input": {**bad, "too small": pictures[:, :31]}},
            {("input", kind) for kind in [*taken, "None"]},
        )
        check_refusals(
            lambda image, last: frozen_features(image, arrays, last),
            {"image": pictures, "last": 12},
            {"image": bad, "last": bad_counts(0, 12)},
            {("image", kind) for kind in taken},
        )
        check_refusals(
            model.assign, {"arrays": arrays}, {"arrays": {"None": None, "none": {}, "a list": [1]}}
        )
