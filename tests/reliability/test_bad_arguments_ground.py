"""Bad arguments of what every subject stands on: sessions, pictures, data, layers, trainings."""

import numpy as np
import pytest
from corpus import bad_arrays, bad_choices, bad_counts, bad_numbers, check_refusals

import sessions
from sessions import graph_session
from tf_cs231n import checkpoints, datasets, images, minibatches, mnist, training
from tf_cs231n.compat import tf

rng = np.random.RandomState(0)
picture = rng.randint(0, 256, size=(5, 4, 3)).astype(np.uint8)
floats = rng.rand(5, 4, 3)
X = rng.randn(1, 5, 4, 3)

NO_PATH = {"a number": 7, "a list": ["x"], "an object": object(), "empty": "", "a zero": "a\0b"}
NOT_OPTIONAL = {**NO_PATH, "None": None}
NO_FUNCTION = {"None": None, "text": "f", "a number": 7, "a list": []}
NO_GRAPH = {"text": "graph", "a number": 7, "a list": []}


def optional(bad):
    return {kind: value for kind, value in bad.items() if kind != "None"}


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

# name: (function, good arguments, bad arguments, what is taken nevertheless)
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
    "step_seed": (
        minibatches.step_seed,
        {"seed": 0, "stream": 0},
        {"seed": bad_counts(least=0, most=2**32 - 1), "stream": bad_counts(least=0)},
    ),
}


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
