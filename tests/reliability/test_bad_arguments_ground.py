"""Bad arguments of what every subject stands on: sessions, pictures, data, layers, trainings."""

import numpy as np
import pytest
from corpus import bad_arrays, bad_choices, bad_counts, bad_numbers, check_refusals, optional

import sessions
from sessions import graph_session
from tf_cs231n import (
    checkpoints,
    datasets,
    images,
    layers,
    minibatches,
    mnist,
    plots,
    pooling,
    training,
)
from tf_cs231n.compat import tf
from tf_cs231n.plots import theory

rng = np.random.RandomState(0)
picture = rng.randint(0, 256, size=(5, 4, 3)).astype(np.uint8)
floats = rng.rand(5, 4, 3)
X = rng.randn(1, 5, 4, 3)

NO_PATH = {"a number": 7, "a list": ["x"], "an object": object(), "empty": "", "a zero": "a\0b"}
NOT_OPTIONAL = {**NO_PATH, "None": None}
NO_FUNCTION = {"None": None, "text": "f", "a number": 7, "a list": []}
NO_GRAPH = {"text": "graph", "a number": 7, "a list": []}


def taken(name, *kinds):
    return {(name, kind) for kind in kinds}


def arrays_only(good):
    bad = bad_arrays(good)
    return {kind: bad[kind] for kind in bad if isinstance(bad[kind], np.ndarray)}


def read_pairs(indices):
    return (indices, floats[:1].repeat(len(indices), 0))


NO_PICTURES = {
    "gives no tuple": lambda indices: indices,
    "gives None": lambda indices: None,
    "another length": lambda indices: (indices[:1],),
    "objects": lambda indices: (np.full(len(indices), None),),
    "ragged": lambda indices: ([[1], [1, 2], [3]],),
}

STRIDES = bad_counts()
PADDING = {**bad_choices(), "small letters": "same"}
NO_INITIALIZER = optional(NO_FUNCTION)
NAN = ("NaN", "infinite")  # carried by layers, as their modules say
NO_TRAINING = {"None": None, "text": "test", "two": 2, "a Tensor": tf.constant(True)}


def kernels(good):
    """In the place of a shape as a list."""
    bad = {"None": None, "text": "5x5", "a number": 5, "empty": [], "too short": good[:-1]}
    bad.update({"too long": [*good, 1], "of text": ["5"] * len(good), "a zero": [0] * len(good)})
    bad.update({"negative": [-1] * len(good), "a fraction": [1.5] * len(good)})
    return {**bad, "of other channels": [n + 1 for n in good]}


# name: (function, good arguments, bad arguments, what is taken nevertheless)
LAYERS = {
    "conv2d": (
        layers.conv2d,
        {
            "inputs": X,
            "kernel_shape": [3, 3, 3, 2],
            "bias_shape": [2],
            "stride": 1,
            "padding": "VALID",
            "initializer": None,
        },
        {
            "inputs": bad_arrays(X),
            "kernel_shape": {**kernels([3, 3, 3, 2]), "too large": [6, 6, 3, 2]},
            "bias_shape": kernels([2]),
            "stride": STRIDES,
            "padding": PADDING,
            "initializer": NO_INITIALIZER,
        },
        taken("inputs", *NAN),
    ),
    "conv_relu": (
        layers.conv_relu,
        {"inputs": X, "kernel_shape": [3, 3, 3, 2], "bias_shape": [2], "padding": "SAME"},
        {
            "inputs": bad_arrays(X),
            "kernel_shape": kernels([3, 3, 3, 2]),
            "bias_shape": kernels([2]),
            "padding": PADDING,
        },
        taken("inputs", *NAN),
    ),
    "deconv2d": (
        layers.deconv2d,
        {"inputs": X, "kernel_shape": [4, 4, 2, 3], "bias_shape": [2], "stride": 2},
        {
            "inputs": {**bad_arrays(X), "unknown": tf.placeholder(tf.float32, [None] * 4)},
            "kernel_shape": kernels([4, 4, 2, 3]),
            "bias_shape": kernels([2]),
            "stride": STRIDES,
        },
        taken("inputs", *NAN),
    ),
    "dense": (
        layers.dense,
        {"inputs": X[0, 0], "units": 2, "initializer": None},
        {
            "inputs": {**bad_arrays(X[0, 0]), "unknown": tf.placeholder(tf.float32)},
            "units": bad_counts(),
            "initializer": NO_INITIALIZER,
        },
        taken("inputs", *NAN),
    ),
    "matmul": (
        layers.matmul,
        {"x": X[0, 0], "w": X[0, 0].T},
        {"x": bad_arrays(X[0, 0]), "w": bad_arrays(X[0, 0].T)},
        taken("x", *NAN) | taken("w", "ints", *NAN),
    ),
    "max_pool": (
        layers.max_pool,
        {"inputs": X, "size": 2, "stride": 2, "padding": "VALID"},
        {
            "inputs": bad_arrays(X),
            "size": bad_counts(most=4),
            "stride": STRIDES,
            "padding": PADDING,
        },
        taken("inputs", *NAN),
    ),
    "max_pool_3x3": (
        pooling.max_pool_3x3,
        {"x": X.astype(np.float32)},
        {"x": {**bad_arrays(X.astype(np.float32)), "too small": X[:, :2]}},
        taken("x", "ints", *NAN),
    ),
    "batch_norm": (
        layers.batch_norm,
        {"inputs": X, "training": True, "momentum": 0.9, "epsilon": 1e-3},
        {
            "inputs": bad_arrays(X),
            "training": NO_TRAINING,
            "momentum": bad_numbers(least=0, most=1),
            "epsilon": bad_numbers(above=0),
        },
        taken("inputs", *NAN),
    ),
}
FUNCTIONS = {
    "session_config": (
        sessions.session_config,
        {"memory_fraction": 0.5, "gpus": [0], "intra_op_threads": 1, "inter_op_threads": 1},
        {
            "memory_fraction": optional(bad_numbers(above=0, most=1)),
            "gpus": {"text": "0", "a fraction": [0.5], "negative": [-1], "an object": object()},
            "intra_op_threads": optional(bad_counts(most=1024)),
            "inter_op_threads": optional(bad_counts(most=1024)),
        },
    ),
    "get_session": (
        lambda graph: sessions.get_session(graph).close(),
        {"graph": None},
        {"graph": NO_GRAPH},
    ),
    "graph_session": (
        lambda seed: graph_session(seed).__enter__(),
        {"seed": 1},
        {"seed": optional(bad_counts(least=0, most=2**32 - 1))},
    ),
    "find_session": (
        lambda sess, model: sessions.find_session(sess, model),
        {"sess": None, "model": None},
        {"sess": NO_GRAPH},
    ),
    "load_image": (
        images.load_image,
        {"filename": picture, "size": 4},
        {"filename": {**NOT_OPTIONAL, **arrays_only(picture)}, "size": optional(bad_counts())},
        taken("filename", "an axis too few"),
    ),
    "load_image of floats": (
        images.load_image,
        {"filename": floats},
        {"filename": arrays_only(floats)},
        taken("filename", "an axis too few"),
    ),
    "preprocess_image": (
        images.preprocess_image,
        {"img": floats},
        {"img": bad_arrays(floats)},
        taken("img", "an axis too many", "an axis too few", "ints"),
    ),
    "deprocess_image": (
        images.deprocess_image,
        {"img": floats},
        {"img": bad_arrays(floats)},
        taken("img", "an axis too many", "an axis too few", "ints"),
    ),
    "blur_image": (
        images.blur_image,
        {"X": X, "sigma": 1},
        {"X": bad_arrays(X), "sigma": bad_numbers(least=0, most=5)},
        taken("X", "an axis too few", "ints"),
    ),
    "sample_image": (
        datasets.sample_image,
        {"name": "cat", "size": 8},
        {"name": bad_choices(), "size": optional(bad_counts())},
    ),
    "open_image": (
        datasets.open_image,
        {"name": "sample:cat", "size": 8},
        {"name": {**NOT_OPTIONAL, "no sample": "sample:no"}, "size": optional(bad_counts())},
    ),
    "batch_order": (
        lambda **arguments: next(minibatches.batch_order(**arguments)),
        {"num_examples": 5, "batch_size": 2, "seed": 0, "start": 0},
        {
            "num_examples": bad_counts(),
            "batch_size": bad_counts(),
            "seed": bad_counts(least=0, most=2**32 - 1),
            "start": bad_counts(least=0),
        },
    ),
    "batch_tensors": (
        minibatches.batch_tensors,
        {"read": read_pairs, "num_examples": 5, "batch_size": 3, "seed": 0, "batches_per_step": 1},
        {
            "read": {**NO_FUNCTION, **NO_PICTURES},
            "num_examples": bad_counts(),
            "batch_size": bad_counts(),
            "seed": bad_counts(least=0, most=2**32 - 1),
            "batches_per_step": bad_counts(),
        },
    ),
    "image_grid": (
        plots.image_grid,
        {
            "rows": [[picture]],
            "titles": [["a"]],
            "row_titles": ["b"],
            "suptitle": "c",
            "cell": 1,
            "cmap": "gray",
        },
        {
            "rows": {
                **NO_FUNCTION,
                "empty": [[]],
                "no list of lists": [picture],
                **{f"of {kind}": [[bad]] for kind, bad in optional(bad_arrays(picture)).items()},
            },
            "titles": {"text": "a", "too many": [["a", "b"]], "a list": ["a"], "rows": [["a"]] * 2},
            "suptitle": {"a number": 7, "a list": ["c"]},
            "row_titles": {"text": "b", "too many": ["a", "b"], "a number": 7},
            "cell": bad_numbers(above=0),
            "cmap": bad_choices(),
        },
        taken("rows", "of an axis too few"),
    ),
    "overlay": (
        plots.overlay,
        {"picture": picture, "heat": floats[..., 0], "strength": 0.5, "cmap": "inferno"},
        {
            "picture": bad_arrays(picture),
            "heat": bad_arrays(floats[..., 0]),
            "strength": bad_numbers(least=0, most=1),
            "cmap": bad_choices(),
        },
        taken("heat", "ints"),
    ),
    "normalize": (
        plots.normalize,
        {"heat": floats[..., 0], "percentile": 99},
        {"heat": bad_arrays(floats[..., 0]), "percentile": bad_numbers(least=0, most=100)},
        taken("heat", "ints", "an axis too many", "an axis too few"),
    ),
    "curves": (
        lambda series, size: plots.curves(series, "x", "y", size=size),
        {"series": {"loss": floats[:, 0, 0]}, "size": (4, 3)},
        {
            "series": {
                **optional(bad_arrays(floats[:, 0, 0])),
                "empty dict": {},
                "lengths": {"loss": ([1, 2], [1, 2, 3])},
                "text values": {"loss": ["a", "b"]},
                "one number": {"loss": 1.0},
            },
            "size": {"None": None, "text": "ab", "one": 4, "three": (1, 2, 3), "zero": (0, 3)},
        },
    ),
    "unit_balls": (
        theory.unit_balls,
        {"radii": floats[0], "orders": [1, 2, 3, np.inf]},
        {"radii": bad_arrays(floats[0]), "orders": optional(NO_FUNCTION)},
        taken("radii", "ints"),
    ),
    "schatten_balls": (
        theory.schatten_balls,
        {"surfaces": floats[None, :2, :2], "orders": [1]},
        {"surfaces": bad_arrays(floats[None, :2, :2]), "orders": NO_FUNCTION},
        taken("surfaces", "ints"),
    ),
    "one_minimiser": (
        theory.one_minimiser,
        {"p": floats[0, 0], "curves": {"KL": floats[0, 0]}, "minimiser": 0.5},
        {
            "p": bad_arrays(floats[0, 0]),
            "curves": {**NO_FUNCTION, "another length": {"KL": [1.0]}, "words": {"KL": "abc"}},
            "minimiser": bad_numbers(least=0, most=1),
        },
        taken("p", "ints"),
    ),
    "step_seed": (
        minibatches.step_seed,
        {"seed": 0, "stream": 0},
        {"seed": bad_counts(least=0, most=2**32 - 1), "stream": bad_counts(least=0)},
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_bad_arguments_of_a_layer_are_one_clear_line(name):
    function, *rest = LAYERS[name]

    def build(**arguments):
        with tf.variable_scope(None, default_name="layer"):
            return function(**arguments)

    with graph_session():
        assert check_refusals(build, *rest) > 0


@pytest.mark.parametrize("name", FUNCTIONS)
def test_bad_arguments_are_one_clear_line(name):
    with graph_session():
        assert check_refusals(*FUNCTIONS[name]) > 0


def test_save_image_writes_no_bad_picture(tmp_path):
    bad = {
        "filename": {**NOT_OPTIONAL, "another format": tmp_path / "a.txt", "none": tmp_path / "a"},
        "img": bad_arrays(picture),
        "text": {"text": "seed", "a list": ["seed"], "numbers": {"seed": 1}},
    }
    bad["img"]["two channels"] = picture[..., :2]
    good = {"filename": tmp_path / "picture.png", "img": picture, "text": None}
    assert check_refusals(images.save_image, good, bad, taken("img", "an axis too few")) > 0
    assert [path.name for path in tmp_path.iterdir()] == ["picture.png"]


def test_a_format_without_transparency_is_told(tmp_path, raises_one_line):
    with raises_one_line("picture.jpg", "RGBA"):
        images.save_image(tmp_path / "picture.jpg", np.zeros((4, 4, 4), np.uint8))
    assert not list(tmp_path.iterdir())


def test_load_imagenet_val_refuses_bad_arguments(tmp_path):
    np.savez(tmp_path / "val.npz", X=picture[None], y=np.zeros(1, int))
    good = {"num": 1, "path": tmp_path / "val.npz"}
    bad = {"num": optional(bad_counts()), "path": NO_PATH}
    assert check_refusals(datasets.load_imagenet_val, good, bad) > 0


def test_load_mnist_refuses_bad_arguments(tmp_path):
    digits, labels = np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.uint8)
    np.savez(tmp_path / "m.npz", x_train=digits, y_train=labels, x_test=digits, y_test=labels)
    assert check_refusals(mnist.load_mnist, {"path": tmp_path / "m.npz"}, {"path": NO_PATH}) > 0


def test_figures_and_animations_refuse_bad_arguments(tmp_path):
    figure = plots.curves({"loss": [1, 2]}, "x", "y")
    paths = {**NOT_OPTIONAL, "another format": tmp_path / "path.txt"}
    good = {"figure": figure, "path": tmp_path / "figure.png"}
    assert check_refusals(plots.save_figure, good, {"figure": NO_GRAPH, "path": paths}) > 0

    good = {"path": tmp_path / "a.gif", "frames": [picture] * 2, "fps": 10, "hold": 0}
    frames = {f"of {kind}": [bad] for kind, bad in bad_arrays(picture).items()}
    frames.update({"two sizes": [picture, picture[1:]], "none": [], **NO_FUNCTION})
    bad = {"path": paths, "frames": frames, "fps": bad_numbers(above=0), "hold": bad_numbers(0)}
    grey = taken("frames", "of an axis too few")
    assert check_refusals(plots.save_animation, good, bad, grey) > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gif", "figure.png"]


def make_loss():
    with tf.variable_scope("model", reuse=tf.AUTO_REUSE):
        w = tf.get_variable("w", [], tf.float64)
    return w, tf.square(w)


NO_TENSORS = {"None": None, "text": "loss", "a number": 7.0, "a list": [], "an array": np.ones(2)}


def test_minimize_refuses_bad_arguments():
    with graph_session():
        w, loss = make_loss()
        good = {
            "loss": loss,
            "optimizer": tf.train.AdamOptimizer(0.1),
            "var_list": [w],
            "clip_norm": 1,
        }
        bad = {
            "loss": {
                **NO_TENSORS,
                "a vector": tf.stack([loss, loss]),
                "ints": tf.constant(1),
                "text dtype": tf.constant("loss"),
                "of no variable": tf.constant(1.0),
            },
            "optimizer": {**NO_GRAPH, "None": None, "a class": tf.train.AdamOptimizer},
            "var_list": {"text": "w", "empty": [], "names": ["w"], "one": w, "a Tensor": [loss]},
            "clip_norm": optional(bad_numbers(above=0)),
        }
        assert check_refusals(training.minimize, good, bad) > 0


def test_training_refuses_bad_arguments(tmp_path):
    with graph_session():
        _, loss = make_loss()
        op, scalar = tf.no_op(), {"loss": loss}
        good = {
            "directory": tmp_path,
            "phases": [(op, scalar)],
            "settings": {"rate": 0.1},
            "free": ["rate"],
            "save_seconds": 1,
            "keep": 3,
            "summary_steps": 20,
        }
        bad = {
            "directory": NOT_OPTIONAL,
            "phases": {
                **NO_FUNCTION,
                "a pair": (op, scalar),
                "no values": [(op,)],
                "no op": [(None, scalar)],
                "a list of values": [(op, [loss])],
                "a number": [(op, {"loss": 1.0})],
                "a vector": [(op, {"loss": tf.stack([loss, loss])})],
            },
            "settings": {"text": "rate", "a list": [1], "an object": {"rate": object()}},
            "free": {"None": None, "text": "rate", "a number": 7, "numbers": [7]},
            "save_seconds": bad_numbers(least=0),
            "keep": bad_counts(),
            "summary_steps": optional(bad_counts()),
        }
        assert check_refusals(training.Training, good, bad) > 0


def test_steps_refuses_a_bad_number(tmp_path):
    with tf.Graph().as_default():
        _, loss = make_loss()
        phases = [(tf.no_op(), {"loss": loss})]
        with training.Training(tmp_path, phases) as run:
            bad = {"until": bad_counts(least=0)}
            assert check_refusals(lambda until: list(run.steps(until)), {"until": 1}, bad) > 0


def test_checkpoints_refuse_bad_arguments(tmp_path):
    with graph_session() as sess:
        w, _ = make_loss()
        sess.run(w.initializer)
        checkpoints.save(tf.train.Saver([w]), sess, str(tmp_path), 1, 3)
        for function in (
            checkpoints.list_checkpoints,
            checkpoints.newest_readable,
            checkpoints.load_settings,
            training.read_summaries,
            lambda directory: checkpoints.locked(directory).__enter__(),
        ):
            check_refusals(function, {"directory": tmp_path}, {"directory": NOT_OPTIONAL})
        bad = {
            "sess": NO_GRAPH,
            "directory": NOT_OPTIONAL,
            "variables": {"None": None, "text": "w", "empty": [], "names": ["w"]},
        }
        good = {"sess": None, "directory": tmp_path, "variables": [w]}
        assert check_refusals(checkpoints.restore, good, bad) > 0
