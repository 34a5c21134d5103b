"""Other people's networks from their files: scores and gradients are NumPy's, whatever the file."""

import os
import shutil
import warnings

import numpy as np
import own_networks
import pytest
from own_networks import NCHW, NHWC, H, W, build, gradient_in_numpy, images, save, scores_in_numpy

from sessions import graph_session
from tf_cs231n.attribution import METHODS, attribution_maps
from tf_cs231n.compat import tf
from tf_cs231n.graph_files import load_graph
from tf_cs231n.graph_model import GraphModel
from tf_cs231n.saliency import compute_saliency_maps

KINDS = "frozen", "SavedModel", "checkpoint"


@pytest.fixture
def saved(tmp_path):
    """`saved(kind, **arguments of build)` saves a network, and returns its path."""

    def make(kind="frozen", after=None, **arguments):
        with tf.Graph().as_default():
            x, scores = build(**{n: v() if callable(v) and n == "dropout" else v
                                 for n, v in arguments.items()})  # fmt: skip
            return save(tmp_path, kind, x, scores if after is None else after(x, scores))

    return make


def explain(path, X, y=1, **arguments):
    """Scores and saliency maps."""
    with graph_session() as sess:
        model = load_graph(path, **arguments)
        return sess.run(model.scores, {model.image: X}), compute_saliency_maps(X, y, model)


def agree(path, X, **arguments):
    scores, maps = explain(path, X, **arguments)
    np.testing.assert_allclose(scores, scores_in_numpy(X), rtol=1e-5, atol=1e-6)
    expected = np.abs(gradient_in_numpy(X, 1)).max(axis=3)
    np.testing.assert_allclose(maps, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layout", [NHWC, NCHW])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_kind_of_file_gives_numpys_scores_and_gradients(saved, kind, layout, channels):
    agree(saved(kind, layout=layout, channels=channels), images(channels))


def test_a_training_graph_is_loaded_without_its_training(saved, tmp_path):
    def train(x, scores):
        labels = tf.placeholder(tf.int64, [None], "labels")
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=scores)
        tf.train.AdamOptimizer().minimize(tf.reduce_mean(loss))
        tf.reduce_mean(tf.cast(tf.equal(tf.argmax(scores, 1), labels), tf.float32))
        return scores

    path = saved("checkpoint", after=train)
    agree(path, images())
    agree(path[: -len(".meta")], images())  # the prefix that Saver.save returns
    agree(str(tmp_path), images())  # the folder
    with graph_session() as sess:
        load_graph(path)
        assert not tf.global_variables()
        assert not [op for op in sess.graph.get_operations() if "Adam" in op.name]


@pytest.mark.parametrize("layout", [NHWC, NCHW])
def test_all_methods_agree_between_layouts(saved, layout):
    X = np.float32(images())
    with graph_session() as sess:
        x, scores = build()
        sess.run(tf.global_variables_initializer())
        expected = [attribution_maps(m, X, 2, GraphModel(x, scores)) for m in METHODS]
    path = saved(layout=layout, dropout=lambda: tf.placeholder_with_default(False, []))
    with graph_session():
        model = load_graph(path)
        for method, maps in zip(METHODS, expected):
            got = attribution_maps(method, X, 2, model)
            np.testing.assert_allclose(got, maps, rtol=1e-4, atol=1e-5, err_msg=method)


def test_dropout_rests_by_its_default_and_by_feed(saved, raises_one_line):
    X = images()
    agree(saved(dropout=lambda: tf.placeholder_with_default(False, [], "train")), X)
    path = saved(dropout=lambda: tf.placeholder(tf.bool, [], "train"))
    with raises_one_line("net.pb: the scores also need train (bool)", "--feed train=VALUE"):
        explain(path, X)
    for value in (False, "false", "0"):
        agree(path, X, feed={"train": value})
    with raises_one_line("--feed trian", "no placeholder"):
        explain(path, X, feed={"trian": False})


def test_what_trains_is_warned_of(saved):
    path = saved(dropout=lambda: tf.placeholder(tf.bool, [], "train"))
    with pytest.warns(RuntimeWarning, match="from run to run.*--feed"):
        explain(path, images(), feed={"train": True})

    def normalize(x):
        return tf.nn.fused_batch_norm(x, np.ones(3, "f"), np.zeros(3, "f"), is_training=True)[0]

    with pytest.warns(RuntimeWarning, match="images beside it: dropout or batch normalization"):
        explain(saved(before=normalize), images())


def test_probabilities_are_warned_of_with_the_name_of_the_scores(saved):
    path = saved(after=lambda x, scores: tf.nn.softmax(scores))
    with pytest.warns(RuntimeWarning, match="are probabilities.*logits:0"):
        scores, _ = explain(path, images())
    exponentials = np.exp(scores_in_numpy(images()))
    expected = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(scores, expected, rtol=1e-5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        agree(path, images(), scores_tensor="logits")


@pytest.mark.parametrize("batch", [1, 5])
def test_a_fixed_batch_and_free_sides_are_taken(saved, batch):
    _, maps = explain_any(saved(batch=batch), images())
    np.testing.assert_allclose(maps, np.abs(gradient_in_numpy(images(), 1)).max(axis=3), atol=1e-6)
    agree(saved(H=None, W=None), images())


def explain_any(path, X):
    with graph_session():
        model = load_graph(path)
        return model, compute_saliency_maps(X, 1, model)


def test_a_flat_placeholder_is_a_square_image(tmp_path):
    w = np.random.RandomState(0).randn(25, 3)
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 25])
        path = save(tmp_path, "frozen", x, tf.matmul(x, tf.constant(np.float32(w))))
    model, maps = explain_any(path, np.ones((2, 5, 5, 1)))
    assert model.size == (5, 5) and model.scaling.channels == 1
    np.testing.assert_allclose(maps[0], np.abs(w[:, 1]).reshape(5, 5), rtol=1e-5)


# what the first layers do to a pixel: the range of pixels that this tells of
RANGES = {
    "uint8": (lambda x: tf.cast(x, tf.float32) / 255, 255),
    "divided": (lambda x: x / 255, 255),
    "multiplied": (lambda x: x * np.float32(1 / 127.5) - 1, 255),
    "centered": (lambda x: x - np.float32([123.7, 116.8, 103.9]), 255),
    "from 0..1": (lambda x: (x - np.float32([0.485, 0.456, 0.406])) / 0.226, 1),
    "no arithmetic": (None, 1),
}


@pytest.mark.parametrize("name", RANGES)
def test_the_range_of_pixels_is_asked_from_the_graph(saved, name):
    before, white = RANGES[name]
    dtype = tf.uint8 if name == "uint8" else tf.float32
    with graph_session():
        model = load_graph(saved(before=before, dtype=dtype))
        low, high = model.scaling.bounds
        np.testing.assert_allclose([low, high], [[0] * 3, [white] * 3], rtol=1e-6)
        assert f"0 to {white}" in model.summary
        X = model.preprocess(np.full((H, W, 3), 255, np.uint8))
        np.testing.assert_allclose(X, np.full((1, H, W, 3), white), rtol=1e-6)
        assert compute_saliency_maps(X, 0, model).any()  # integers are bypassed


def test_scale_mean_and_bgr_are_given_in_the_networks_order(saved):
    with graph_session():
        model = load_graph(saved(), scale=[0.5, 1, 2], mean=[10, 20, 30], bgr=True)
        pixels = np.zeros((1, 1, 3), np.uint8) + np.uint8([200, 100, 50])  # red, green, blue
        np.testing.assert_allclose(model.preprocess(pixels)[0, 0, 0], [20, 80, 340])
        np.testing.assert_allclose(model.scaling.levels(model.preprocess(pixels)), [[pixels[0]]])
        np.testing.assert_allclose(model.scaling.bounds, [[-5, -20, -60], [122.5, 235, 450]])
        np.testing.assert_allclose(model.scaling.unit, [0.5, 1, 2])


def test_candidates_are_listed_where_several_would_do(saved, tmp_path, raises_one_line):
    path = saved(after=lambda x, scores: tf.concat([scores, other(x)], 1, "both"))
    with raises_one_line("give --input-tensor", "x:0 (?, 6, 8, 3) float32, mask:0 (?, 2, 2, 3)"):
        explain(path, images())
    with raises_one_line("also need mask (float32)"):
        explain(path, images(), input_tensor="x")
    agree(path, images(), input_tensor="x", scores_tensor="logits:0")

    with tf.Graph().as_default(), tf.Session() as sess:
        x, scores = build()
        second = tf.matmul(scores, tf.ones([4, 2]), name="second")
        first = tf.nn.relu(scores, name="first")
        sess.run(tf.global_variables_initializer())
        graph_def = tf.graph_util.convert_variables_to_constants(
            sess, sess.graph.as_graph_def(), [first.op.name, second.op.name]
        )
    path = own_networks.save_graph(tmp_path, graph_def)
    with raises_one_line("give --scores-tensor", "second:0 (?, 2) float32", "first:0 (?, 4)"):
        explain(path, images())
    with raises_one_line("'logit' is no Tensor of this graph", "names like it: logits:0"):
        explain(path, images(), scores_tensor="logit")
    agree(path, images(), scores_tensor="logits")


def other(x):
    mask = tf.placeholder(tf.float32, [None, 2, 2, 3], "mask")
    return tf.reduce_sum(mask, [1, 2])


def test_a_signature_is_chosen_where_there_is_one(tmp_path, raises_one_line):
    path = str(tmp_path / "several")
    with tf.Graph().as_default(), tf.Session() as sess:
        x, scores = build()
        sess.run(tf.global_variables_initializer())
        signature = tf.saved_model.predict_signature_def
        builder = tf.saved_model.builder.SavedModelBuilder(path)
        builder.add_meta_graph_and_variables(
            sess,
            ["serve"],
            {
                "raw": signature({"x": x}, {"scores": scores, "class": tf.argmax(scores, 1)}),
                "double": signature({"x": x}, {"scores": 2 * scores}),
            },
        )
        builder.save()
    with raises_one_line("give --signature, one of", "raw", "double"):
        explain(path, images())
    with raises_one_line("signature: got 'row', expected one of"):
        explain(path, images(), signature="row")
    agree(path, images(), signature="raw")
    agree(os.path.join(path, "saved_model.pb"), images(), signature="raw", scores_tensor="scores")
    scores, _ = explain(path, images(), signature="double")
    np.testing.assert_allclose(scores, 2 * scores_in_numpy(images()), rtol=1e-5)


def with_node(path, **node):
    graph_def = tf.GraphDef()
    with open(path, "rb") as file:
        graph_def.ParseFromString(file.read())
    graph_def.node.add(**node)
    return graph_def


def test_an_operation_unknown_here_is_named_where_the_scores_need_it(
    saved, tmp_path, raises_one_line
):
    graph_def = with_node(saved(), name="new/layer", op="FancyLayerV9", input=["logits"])
    path = own_networks.save_graph(tmp_path, graph_def)
    agree(path, images(), scores_tensor="logits")  # which do not need it
    for name in (None, "new/layer"):
        with raises_one_line(f"TensorFlow {tf.__version__} has no operation FancyLayerV9 (new/la"):
            explain(path, images(), scores_tensor=name)


def test_a_setting_unknown_here_is_dropped_at_rest_and_named_otherwise(
    saved, tmp_path, raises_one_line
):
    graph_def = with_node(saved(), name="unused", op="NoOp")
    (node,) = [node for node in graph_def.node if node.op == "MatMul"]
    node.attr["fancy"].b = False
    agree(own_networks.save_graph(tmp_path, graph_def), images())
    node.attr["fancy"].b = True
    path = own_networks.save_graph(tmp_path, graph_def)
    with raises_one_line("has no setting fancy of the operation MatMul"):
        explain(path, images())


def test_what_is_no_graph_is_one_line(saved, tmp_path, raises_one_line):
    path = saved("checkpoint")
    os.rename(path, str(tmp_path / "elsewhere"))
    with raises_one_line("net.ckpt.meta, which holds the graph, is not beside it"):
        explain(path[: -len(".meta")], images())
    with raises_one_line("nothing.pb: no such file"):
        explain(tmp_path / "nothing.pb", images())
    (tmp_path / "empty").mkdir()
    with raises_one_line("no saved_model.pb in this folder"):
        explain(tmp_path / "empty", images())
    for name, content in (("text.pb", b"no graph at all"), ("zero.pb", b"")):
        (tmp_path / name).write_bytes(content)
        with raises_one_line(name):
            explain(tmp_path / name, images())
    (tmp_path / "model.keras").write_bytes(b"PK")
    with raises_one_line("a Keras file", "model.export(FOLDER)"):
        explain(tmp_path / "model.keras", images())
    with tf.Graph().as_default() as graph:
        build()
        path = own_networks.save_graph(tmp_path, graph.as_graph_def())
    with raises_one_line("has no value in this file", "freeze the graph"):
        explain(path, images())


def test_labels_name_the_classes(saved, tmp_path, raises_one_line):
    labels = tmp_path / "labels.txt"
    labels.write_text("cat\ndog\n crow \nnewt\n\n")
    path = saved()
    with graph_session():
        assert load_graph(path, labels=labels).class_names == ("cat", "dog", "crow", "newt")
        assert load_graph(path).class_names == ("0", "1", "2", "3")  # the same graph once more
    labels.write_text("cat\ndog")
    with graph_session(), raises_one_line("has 2 names, expected 4"):
        load_graph(path, labels=labels)


@pytest.mark.parametrize("maker", ["1.15", "2.21"])
def test_what_each_tensorflow_saved_is_loaded_by_this_one(tmp_path, maker):
    archive = os.path.join(os.path.dirname(__file__), f"saved-{maker}.zip")
    shutil.unpack_archive(archive, str(tmp_path))
    for name in ("net.pb", "saved", "net.ckpt.meta"):
        agree(str(tmp_path / name), images())
    pixels = np.round(255 * images())
    with graph_session() as sess:  # of functions, and of uint8
        model = load_graph(str(tmp_path / "module"))
        assert model.scaling.bounds[1][0] == 255
        scores = sess.run(model.scores, {model.image: pixels})
        np.testing.assert_allclose(scores, scores_in_numpy(pixels / 255), rtol=1e-5, atol=1e-6)
        maps = compute_saliency_maps(pixels, 1, model)
    expected = np.abs(gradient_in_numpy(pixels / 255, 1)).max(axis=3) / 255
    np.testing.assert_allclose(maps, expected, rtol=1e-4, atol=1e-8)
