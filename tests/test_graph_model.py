"""What every explanation rests on: any live graph, built once, run in chunks, never changed."""

import threading
import warnings

import numpy as np
import pytest
from tiny_networks import count_ops, initialized, linear_network, pixel_network

from sessions import graph_session
from tf_cs231n import graph_model
from tf_cs231n.adversarial import fast_gradient_sign, projected_gradient_descent
from tf_cs231n.attribution import METHODS, attribution_maps, grad_cam, guided_backpropagation
from tf_cs231n.compat import tf
from tf_cs231n.faithfulness import deletion_curves, insertion_curves, weight_randomization_test
from tf_cs231n.graph_model import GraphModel
from tf_cs231n.saliency import (
    compute_saliency_maps,
    create_class_visualization,
    make_fooling_image,
)

W1, W2 = [[1.0, -1.0, 0.5], [-1.0, 3.0, 0.25]], [[2.0, 1.0], [-3.0, 0.5], [1.0, -1.0]]


def call_everything(model, X, seed=0):
    settings = {"occlusion": {"patch": 2, "stride": 1}}
    for method in METHODS:
        maps = attribution_maps(method, X, 1, model, **settings.get(method, {}))
        assert maps.shape == X.shape[:3]
    compute_saliency_maps(X, 0, model)
    make_fooling_image(X, 1, model, max_iterations=2, details=True)
    create_class_visualization(
        0, model, num_iterations=2, size=X.shape[1:3], bounds=(-1, 1), seed=seed
    )
    fast_gradient_sign(X, 1, model, unit=1, bounds=(-3, 3))
    projected_gradient_descent(X, None, model, unit=1, bounds=(-3, 3), max_iterations=2)
    deletion_curves(X, 1, maps, model, steps=4)
    insertion_curves(X, 1, maps, model, steps=4)
    weight_randomization_test(compute_saliency_maps, X, 1, model)


def test_second_call_of_any_function_adds_no_operation(rng):
    with graph_session() as sess:
        model = pixel_network(W1, W2)
        initialized(sess)
        call_everything(model, rng.randn(2, 4, 3, 2))
        before = count_ops(sess)
        call_everything(model, rng.randn(3, 5, 4, 2), seed=1)
        assert count_ops(sess) == before


def test_no_function_changes_an_operation_or_a_variable(rng):
    with graph_session() as sess:
        model = pixel_network(W1, W2)
        initialized(sess)
        before = {op.name: op.node_def.SerializeToString() for op in sess.graph.get_operations()}
        values = sess.run(tf.global_variables())
        call_everything(model, rng.randn(2, 4, 3, 2))
        for name, definition in before.items():
            assert sess.graph.get_operation_by_name(name).node_def.SerializeToString() == definition
        for value, after in zip(values, sess.run(tf.global_variables())):
            np.testing.assert_array_equal(value, after)


def test_everything_new_is_under_one_scope(rng):
    with graph_session() as sess:
        model = pixel_network(W1, W2)
        initialized(sess)
        before = set(sess.graph.get_operations())
        with tf.name_scope("elsewhere"):
            call_everything(model, rng.randn(2, 4, 3, 2))
        new = [op.name for op in sess.graph.get_operations() if op not in before]
        assert new and all(name.startswith("explain/") for name in new)


def test_two_models_in_one_graph_are_kept_apart(rng):
    with graph_session() as sess:
        first, w_first, _ = linear_network(rng, name="first")
        second, w_second, _ = linear_network(rng, name="second")
        initialized(sess)
        X = rng.randn(1, 5, 7, 3)
        for model, w in ((first, w_first), (second, w_second), (first, w_first)):
            maps = compute_saliency_maps(X, 2, model)
            np.testing.assert_allclose(maps[0], np.abs(w[..., 2]).max(-1))


def test_threads_build_once_and_get_the_same_maps(rng):
    with graph_session() as sess:
        model, w, _ = linear_network(rng)
        initialized(sess)
        X = rng.randn(2, 5, 7, 3)
        before = count_ops(sess)
        results = [None] * 8

        def explain(place):
            results[place] = compute_saliency_maps(X, 1, model, sess)

        threads = [threading.Thread(target=explain, args=(place,)) for place in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for maps in results:
            np.testing.assert_allclose(maps[1], np.abs(w[..., 1]).max(-1))
        added = count_ops(sess) - before
    with graph_session() as sess:
        model, _, _ = linear_network(rng)
        initialized(sess)
        before = count_ops(sess)
        compute_saliency_maps(X, 1, model)
        assert count_ops(sess) - before == added


def test_chunks_change_nothing(rng, monkeypatch):
    with graph_session() as sess:
        model = pixel_network(W1, W2)
        initialized(sess)
        X, y = rng.randn(7, 4, 3, 2), rng.randint(2, size=7)
        whole = {m: attribution_maps(m, X, y, model) for m in METHODS if m != "occlusion"}
        monkeypatch.setattr(graph_model, "PIXELS_A_RUN", 3 * 4 * 3)
        for method, maps in whole.items():
            np.testing.assert_allclose(attribution_maps(method, X, y, model), maps, rtol=1e-12)


def test_graph_of_fixed_batch_size_is_filled_up(rng):
    with graph_session() as sess:
        model, w, b = linear_network(rng, batch=4)
        initialized(sess)
        for N in (1, 4, 6):
            X, y = rng.randn(N, 5, 7, 3), rng.randint(4, size=N)
            maps = compute_saliency_maps(X, y, model)
            np.testing.assert_allclose(maps, np.abs(w[..., y]).max(2).transpose(2, 0, 1))
        fooling = make_fooling_image(X, 2, model, details=True)
        np.testing.assert_allclose(
            fooling.scores, np.einsum("nhwc,hwck->nk", fooling.X_fooling, w) + b
        )


def test_what_else_the_graph_needs_is_fed(rng, raises_one_line):
    with graph_session() as sess:
        image, rate = tf.placeholder(tf.float32, [None, 2, 2, 1]), tf.placeholder(tf.float32, [])
        scores = rate * tf.reshape(image, [-1, 4])
        X = rng.randn(1, 2, 2, 1).astype("f")
        maps = compute_saliency_maps(X, 3, GraphModel(image, scores, sess, feed={rate: 5.0}))
        np.testing.assert_allclose(maps[0], [[0, 0], [0, 5]])
        with raises_one_line("feed Placeholder_1", "feed={placeholder: value}"):
            compute_saliency_maps(X, 3, GraphModel(image, scores, sess))


def test_tensor_reshaped_from_a_flat_placeholder_is_an_image(rng):
    with graph_session() as sess:
        flat = tf.placeholder(tf.float32, [None, 6])
        image = tf.reshape(flat, [-1, 2, 3, 1])
        scores = tf.reduce_sum(image**2, axis=[1, 2])
        X = rng.randn(2, 2, 3, 1).astype("f")
        maps = compute_saliency_maps(X, 0, GraphModel(image, scores), sess)
        np.testing.assert_allclose(maps, np.abs(2 * X[..., 0]), rtol=1e-6)


@pytest.mark.parametrize("resource", [False, True])
def test_variables_of_both_kinds_are_shared_with_the_copy(rng, resource):
    with graph_session() as sess:
        model = pixel_network(W1, W2, use_resource=resource)
        initialized(sess)
        X = rng.randn(1, 1, 1, 2)
        guided_backpropagation(X, 0, model)
        assert len(tf.global_variables()) == 2
        kernel = tf.global_variables()[1]
        sess.run(kernel.initializer, {kernel.initializer.inputs[1]: np.full((3, 2), 2.0)})
        active = (X[0, 0, 0] @ np.array(W1)) > 0
        expected = 2 * np.array(W1)[:, active].sum(axis=1)  # all gradients positive: none stopped
        np.testing.assert_allclose(guided_backpropagation(X, 0, model)[0, 0, 0], expected)


def test_saver_exports_the_graph_after_explaining(rng, tmp_path):
    with graph_session() as sess:
        model, _, _ = linear_network(rng)
        initialized(sess)
        compute_saliency_maps(rng.randn(1, 5, 7, 3), 0, model)
        tf.train.Saver().save(sess, str(tmp_path / "model"))
        assert not any("explain" in key for key in sess.graph.get_all_collection_keys())


def test_finalized_graph_is_explained_if_built_before(rng, raises_one_line):
    with graph_session() as sess:
        model, w, _ = linear_network(rng)
        initialized(sess)
        X = rng.randn(1, 5, 7, 3)
        compute_saliency_maps(X, 0, model)
        sess.graph.finalize()
        np.testing.assert_allclose(compute_saliency_maps(X, 3, model)[0], np.abs(w[..., 3]).max(-1))
        with raises_one_line("finalized", "before"):
            fast_gradient_sign(X, 0, model)


def test_mistakes_are_told_in_one_line(rng, raises_one_line):
    X = rng.randn(2, 5, 7, 3)
    with graph_session() as sess:
        model, _, _ = linear_network(rng)
        with raises_one_line("no values", "initializers"):
            compute_saliency_maps(X, 0, model)
        initialized(sess)
        with raises_one_line("X", "(2, 5, 6, 3)", "(N, 5, 7, 3)"):
            compute_saliency_maps(X[:, :, :6], 0, model)
        with raises_one_line("X", "uint8", "floats"):
            compute_saliency_maps(np.zeros((1, 5, 7, 3), np.uint8), 0, model)
        with raises_one_line("NaN"):
            compute_saliency_maps(np.full_like(X, np.nan), 0, model)
        with raises_one_line("number of images in X: got 0"):
            compute_saliency_maps(X[:0], 0, model)
        with raises_one_line("y: got index 4, expected 0 to 3"):
            compute_saliency_maps(X, [0, 4], model)
        with raises_one_line("y", "(3,)", "N=2"):
            compute_saliency_maps(X, [0, 1, 2], model)
        with raises_one_line("y", "float64"):
            compute_saliency_maps(X, 0.5, model)
        with raises_one_line("model.image: got NoneType", "GraphModel"):
            compute_saliency_maps(X, 0, "model")
        with raises_one_line("are not made from model.image"):
            compute_saliency_maps(X, 0, GraphModel(model.image, tf.zeros([2, 4])))
        with raises_one_line("model.scores: got shape (2,), expected a row of scores per image"):
            compute_saliency_maps(X, 0, GraphModel(model.image, tf.zeros([2])))
        with graph_session() as other, raises_one_line("another graph"):
            compute_saliency_maps(X, 0, model, other)
    with raises_one_line("no session"):
        compute_saliency_maps(X, 0, model)


EVERY_GRADIENT = ("gradient", "gradient-input", "smoothgrad", "integrated", "guided", "gradcam")


def test_an_image_made_after_the_network_is_refused_by_every_method(raises_one_line):
    X = np.ones((1, 4, 4, 2))
    with graph_session() as sess:
        model = pixel_network(W1, W2)
        initialized(sess)
        late = GraphModel(
            tf.identity(model.image), model.scores, features=model.features, feed={model.image: X}
        )
        for method in METHODS:
            with raises_one_line("are not made from model.image", "the network was built on"):
                attribution_maps(method, X, 1, late)
        with raises_one_line("are not made from model.image"):
            deletion_curves(X, 1, X[..., 0], late)
        with raises_one_line("are not made from model.image"):
            make_fooling_image(X, 1, late)


@pytest.mark.parametrize("cut", ["stop_gradient", "argmax"])
def test_scores_without_gradient_are_one_line_for_every_method_that_needs_one(cut, raises_one_line):
    X = np.ones((1, 4, 4, 2))
    with graph_session() as sess:
        model = pixel_network(W1, W2)
        initialized(sess)
        if cut == "stop_gradient":
            scores = tf.stop_gradient(model.scores)
        else:
            scores = tf.one_hot(tf.argmax(model.scores, axis=1), 2, dtype=tf.float64)
        model = GraphModel(model.image, scores, features=model.features)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one-hot rows look like probabilities
            for method in EVERY_GRADIENT:
                with raises_one_line("has no gradient with respect to", "tf.stop_gradient"):
                    attribution_maps(method, X, 1, model)
            with raises_one_line("has no gradient"):
                fast_gradient_sign(X, 1, model, unit=1, bounds=(-3, 3))
            occlusion = attribution_maps("occlusion", X, 1, model, patch=2)  # needs none
        assert occlusion.shape == (1, 4, 4)


def test_each_kind_of_graph_that_cannot_be_explained_names_its_way_out(raises_one_line):
    with graph_session():
        levels = tf.placeholder(tf.uint8, [None, 8, 8, 3])
        pixels = tf.cast(levels, tf.float32)
        scores = tf.reduce_sum(pixels, axis=[1, 2])
        with raises_one_line("model.image: got integers", "tf.cast(placeholder, tf.float32)"):
            GraphModel(levels, scores)
        X = np.ones((2, 8, 8, 3), np.float32)
        assert compute_saliency_maps(X, 0, GraphModel(pixels, scores)).shape == (2, 8, 8)

        first = tf.placeholder(tf.float32, [None, 3, 8, 8])
        with raises_one_line("channels first", "tf.transpose(placeholder, [0, 3, 1, 2])"):
            GraphModel(first, tf.reduce_sum(first, axis=[2, 3]))
        last = tf.placeholder(tf.float32, [None, 8, 8, 3])
        scores = tf.reduce_sum(tf.transpose(last, [0, 3, 1, 2]), axis=[2, 3])
        assert compute_saliency_maps(X, 0, GraphModel(last, scores)).shape == (2, 8, 8)

        with raises_one_line("row of scores per image", "not averaged over the batch"):
            GraphModel(last, tf.reduce_mean(scores, axis=0))
        averaged = GraphModel(last, tf.reduce_mean(scores, axis=0, keepdims=True))
        with raises_one_line("(1, 3) for 2 images", "not averaged over the batch"):
            compute_saliency_maps(X, 0, averaged)


def test_probabilities_as_scores_get_one_warning_that_names_the_scores(rng):
    with graph_session() as sess:
        model = pixel_network(W1, W2)
        initialized(sess)
        X = rng.randn(1, 4, 4, 2)
        for probabilities in (tf.nn.softmax(model.scores), tf.sigmoid(model.scores)):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                for _ in range(2):
                    compute_saliency_maps(X, 1, GraphModel(model.image, probabilities))
            (message,) = [str(warning.message) for warning in caught]
            assert model.scores.name in message and probabilities.name in message


def test_classes_are_checked_where_only_the_run_knows_how_many(raises_one_line):
    X = np.ones((3, 4, 4, 2))
    with graph_session():
        image = tf.placeholder(tf.float64, [2, 4, 4, 2])  # a fixed batch as well
        pixels = tf.reduce_sum(image, axis=[1, 2])
        model = GraphModel(image, tf.placeholder_with_default(pixels * [1.0, 2.0], None))
        maps = compute_saliency_maps(X, 1, model)
        np.testing.assert_array_equal(maps, np.full((3, 4, 4), 2.0))
        for y in (2, -1, 2**32 + 1):
            with raises_one_line(f"y: got index {y}, expected 0 to 1"):
                compute_saliency_maps(X, y, model)


def test_other_errors_of_the_network_are_one_line(raises_one_line):
    with graph_session() as sess:
        image = tf.placeholder(tf.float32, [None, 2, 2, 1])
        queue = tf.FIFOQueue(1, tf.float32, [()])
        sess.run(queue.close())
        scores = queue.dequeue() * tf.reduce_sum(image, axis=[1, 2])
        with raises_one_line("the network cannot run on images", "QueueDequeue"):
            compute_saliency_maps(np.ones((1, 2, 2, 1)), 0, GraphModel(image, scores))


def test_what_is_no_tensor_or_no_float_of_numpy_is_refused(raises_one_line):
    with graph_session():
        image = tf.placeholder(tf.float32, [None, 2, 2, 1])
        with raises_one_line("model.scores: got list, expected a Tensor"):
            GraphModel(image, [tf.reduce_sum(image, axis=[1, 2])])
        with raises_one_line("model.image: got bfloat16"):
            GraphModel(tf.cast(image, tf.bfloat16), tf.reduce_sum(image, axis=[1, 2]))


def test_a_visualisation_takes_the_models_size(raises_one_line):
    with graph_session():
        image = tf.placeholder(tf.float32, [None, 4, 4, 3])
        model = GraphModel(image, tf.reduce_sum(image, axis=[1, 2]))
        with raises_one_line("(1, 224, 224, 3), expected (N, 4, 4, 3)"):
            create_class_visualization(0, model, size=224, num_iterations=1)
        with raises_one_line("(1, 2, 2, 3), expected (N, 4, 4, 3)"):
            create_class_visualization(0, model, size=4, octaves=2, octave_scale=2)


def test_parts_of_another_graph_are_refused(raises_one_line):
    with graph_session():
        image = tf.placeholder(tf.float32, [None, 2, 2, 1])
        hidden = tf.identity(image, "hidden")
        scores = tf.reduce_sum(hidden, axis=[1, 2])
        with tf.Graph().as_default():
            others = tf.identity(tf.placeholder(tf.float32, [None, 2, 2, 1]), "hidden")
        with raises_one_line("model.scores", "another graph"):
            GraphModel(image, tf.identity(others)[:, 0, 0])
        X = np.ones((1, 2, 2, 1))
        grad_cam(X, 0, GraphModel(image, scores, features=hidden))
        with raises_one_line("features"):
            grad_cam(X, 0, GraphModel(image, scores, features=others))
