import functools

import numpy as np
import pytest
from scipy.stats import spearmanr
from tiny_networks import initialized, linear_network, pixel_network

from sessions import graph_session
from tf_cs231n.attribution import attribution_maps
from tf_cs231n.compat import tf
from tf_cs231n.faithfulness import (
    deletion_curves,
    insertion_curves,
    weight_randomization_test,
)
from tf_cs231n.graph_model import GraphModel, softmax
from tf_cs231n.images import blur_image
from tf_cs231n.ops.subgraph import weight_tensors
from tf_cs231n.saliency import compute_saliency_maps


def brightness_network(sess):
    """Two classes, scores (sum of all pixels, 0): the probability is the sigmoid of the sum."""
    image = tf.placeholder(tf.float64, [None, None, None, 1])
    total = tf.reduce_sum(image, axis=[1, 2])
    return GraphModel(image, tf.concat([total, 0 * total], axis=1), sess)


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x, float)))


X4 = np.array([[[[0.5], [2.0]], [[1.0], [-0.25]]]])  # in order of the map X4: 2, 1, 0.5, -0.25


def test_deletion_takes_the_highest_pixels_first():
    with graph_session() as sess:
        curves = deletion_curves(X4, 0, X4[..., 0], brightness_network(sess), steps=4)
        by_hand = sigmoid([3.25, 1.25, 0.25, -0.25, 0])
        np.testing.assert_allclose(curves.fractions, [0, 0.25, 0.5, 0.75, 1])
        np.testing.assert_allclose(curves.probabilities[0], by_hand)
        np.testing.assert_allclose(curves.areas[0], ((by_hand[1:] + by_hand[:-1]) / 2 * 0.25).sum())


def test_probabilities_are_taken_as_they_are():
    """A network that ends in a softmax: its probabilities, not the softmax of those."""
    with graph_session() as sess:
        model = brightness_network(sess)
        by_hand = sigmoid([3.25, 1.25, 0.25, -0.25, 0])
        for scores in (
            tf.nn.softmax(model.scores),
            tf.reshape(tf.nn.softmax(model.scores), [-1, 2]),
            tf.exp(model.scores) / tf.reduce_sum(tf.exp(model.scores), axis=1, keepdims=True),
        ):
            with pytest.warns(RuntimeWarning, match="are probabilities"):
                curves = deletion_curves(
                    X4, 0, X4[..., 0], GraphModel(model.image, scores), sess, steps=4
                )
            np.testing.assert_allclose(curves.probabilities[0], by_hand)


def test_insertion_brings_the_highest_pixels_first():
    with graph_session() as sess:
        model = brightness_network(sess)
        curves = insertion_curves(X4, 0, X4[..., 0], model, baseline=0, steps=4)
        np.testing.assert_allclose(curves.probabilities[0], sigmoid([0, 2, 3, 3.5, 3.25]))
        # Blurred by default: the ends are the blurred picture and the picture.
        rng = np.random.RandomState(0)
        X = rng.randn(1, 40, 30, 1)
        curves = insertion_curves(X, 0, X[..., 0], model, steps=3)
        blurred = blur_image(X, 30 / 20)
        np.testing.assert_allclose(
            curves.probabilities[0, [0, -1]], sigmoid([blurred.sum(), X.sum()])
        )


def test_a_better_map_deletes_faster_and_inserts_faster(rng):
    with graph_session() as sess:
        model, w, _ = linear_network(rng)
        initialized(sess)
        X, y = rng.randn(3, 5, 7, 3), np.array([2, 0, 1])
        exact = (X * w[..., y].transpose(3, 0, 1, 2)).sum(axis=-1)
        for maps, sign in ((exact, 1), (-exact, -1)):
            deleted = deletion_curves(X, y, maps, model, steps=35).areas
            inserted = insertion_curves(X, y, maps, model, baseline=0, steps=35).areas
            assert (sign * (inserted - deleted) > 0).all()


def test_curves_refuse_maps_and_steps_that_do_not_fit(raises_one_line):
    with graph_session() as sess:
        model = brightness_network(sess)
        with raises_one_line("maps", "(1, 2, 2, 1)", "(1, 2, 2)"):
            deletion_curves(X4, 0, X4, model)
        with raises_one_line("steps: got 0"):
            deletion_curves(X4, 0, X4[..., 0], model, steps=0)


def test_softmax_is_stable():
    np.testing.assert_allclose(softmax(np.array([[1e4, 1e4 + np.log(3)]])), [[0.25, 0.75]])


def test_randomization_finds_kernels_from_the_last_layer_to_the_first(rng):
    with graph_session() as sess:
        model = pixel_network(rng.randn(2, 6), rng.randn(6, 3))
        initialized(sess)
        explain = functools.partial(attribution_maps, "gradient")
        X = rng.randn(2, 8, 9, 2)
        result = weight_randomization_test(explain, X, [0, 2], model)
        first, last = (tensor.op.name for tensor in weight_tensors(model.image, model.scores))
        assert list(result) == [last, first] and "w2" in last


def test_randomized_maps_are_those_of_a_network_with_these_weights(rng):
    w1, w2 = rng.randn(2, 6), rng.randn(6, 3)
    X, y = rng.randn(1, 8, 9, 2), 1
    with graph_session() as sess:
        model = pixel_network(w1, w2)
        initialized(sess)
        correlation = weight_randomization_test(
            functools.partial(attribution_maps, "gradient"), X, y, model, seed=5
        )
        original = compute_saliency_maps(X, y, model)
    shuffle = np.random.RandomState(5)
    shuffled2 = shuffle.permutation(w2.ravel()).reshape(w2.shape)
    shuffled1 = shuffle.permutation(w1.ravel()).reshape(w1.shape)
    for value, weights in zip(correlation.values(), [(w1, shuffled2), (shuffled1, shuffled2)]):
        with graph_session() as sess:
            model = pixel_network(*weights)
            initialized(sess)
            maps = compute_saliency_maps(X, y, model)
        np.testing.assert_allclose(value, spearmanr(original.ravel(), maps.ravel())[0])


def test_a_map_that_ignores_the_network_keeps_its_rank_correlation(rng):
    def edges(X, y, model, sess):
        return np.abs(X).sum(axis=-1)

    def constant(X, y, model, sess):
        return np.ones(X.shape[:3])

    with graph_session() as sess:
        model = pixel_network(rng.randn(2, 6), rng.randn(6, 3))
        initialized(sess)
        X = rng.randn(1, 4, 5, 2)
        np.testing.assert_allclose(
            list(weight_randomization_test(edges, X, 0, model).values()), [1, 1]
        )
        assert set(weight_randomization_test(constant, X, 0, model).values()) == {0.0}


def test_kernels_of_a_frozen_graph_are_its_constants(rng):
    with graph_session() as sess:
        image = tf.placeholder(tf.float32, [None, 3, 3, 2])
        hidden = tf.nn.conv2d(image, rng.randn(1, 1, 2, 4).astype("f"), [1, 1, 1, 1], "SAME")
        scores = tf.matmul(tf.reshape(hidden, [-1, 36]), rng.randn(36, 3).astype("f"))
        model = GraphModel(image, scores, sess)
        assert [t.shape.as_list() for t in weight_tensors(image, scores)] == [[1, 1, 2, 4], [36, 3]]
        X = rng.randn(1, 3, 3, 2).astype("f")
        result = weight_randomization_test(compute_saliency_maps, X, 0, model)
        assert len(result) == 2 and max(result.values()) < 1


def test_randomization_refuses_a_network_without_kernels(raises_one_line):
    with graph_session() as sess:
        model = brightness_network(sess)
        with raises_one_line("no kernel"):
            weight_randomization_test(compute_saliency_maps, X4, 0, model)


def test_stages_say_how_many_kernels_are_shuffled(rng, raises_one_line):
    with graph_session() as sess:
        model = pixel_network(rng.randn(2, 6), rng.randn(6, 3))
        initialized(sess)
        X = rng.randn(1, 4, 5, 2)
        every = weight_randomization_test(compute_saliency_maps, X, 0, model)
        last = weight_randomization_test(compute_saliency_maps, X, 0, model, stages=[2])
        assert list(last.items()) == list(every.items())[1:]
        with raises_one_line("stages: got index 3, expected 0 to 2"):
            weight_randomization_test(compute_saliency_maps, X, 0, model, stages=[3])
