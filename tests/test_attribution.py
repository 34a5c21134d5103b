import numpy as np
import pytest
from tiny_networks import initialized, linear_network, pixel_network

from sessions import graph_session
from tf_cs231n.attribution import (
    METHODS,
    attribution_maps,
    grad_cam,
    gradient_times_input,
    guided_backpropagation,
    integrated_gradients,
    occlusion,
    smooth_grad,
)
from tf_cs231n.compat import tf
from tf_cs231n.graph_model import GraphModel
from tf_cs231n.interruption import Stop, Stopped
from tf_cs231n.saliency import compute_saliency_maps


def test_gradient_times_input_of_a_linear_network_is_weight_times_pixel(rng):
    with graph_session() as sess:
        model, w, _ = linear_network(rng)
        initialized(sess)
        X, y = rng.randn(2, 5, 7, 3), np.array([1, 3])
        by_hand = X * w[..., y].transpose(3, 0, 1, 2)
        np.testing.assert_allclose(gradient_times_input(X, y, model), by_hand)
        shifted = (X - [1, 2, 3]) * w[..., y].transpose(3, 0, 1, 2)
        np.testing.assert_allclose(gradient_times_input(X, y, model, baseline=[1, 2, 3]), shifted)


def test_smoothgrad_averages_the_gradient_over_gaussian_noise(rng):
    # s = sum x^3 / 3: the gradient x^2 has the mean x^2 + sigma^2 under noise.
    with graph_session() as sess:
        image = tf.placeholder(tf.float64, [None, None, None, 1])
        model = GraphModel(image, tf.reduce_sum(image**3 / 3, axis=[1, 2]), sess)
        X = rng.uniform(-1, 1, size=(2, 3, 4, 1))
        sigma = 0.3 * (X.max(axis=(1, 2, 3)) - X.min(axis=(1, 2, 3)))[:, None, None, None]
        mean = smooth_grad(X, 0, model, samples=20000, noise=0.3)
        np.testing.assert_allclose(mean, X**2 + sigma**2, atol=0.05)
        np.testing.assert_allclose(smooth_grad(X, 0, model, samples=3, noise=0), X**2)
        first = smooth_grad(X, 0, model, samples=5, seed=1)
        np.testing.assert_array_equal(first, smooth_grad(X, 0, model, samples=5, seed=1))
        assert np.abs(first - smooth_grad(X, 0, model, samples=5, seed=2)).max() > 1e-3


def test_integrated_gradients_of_a_square_are_half_way_to_its_gradient(rng):
    # s = sum x^2: (x - x0) * integral of 2 (x0 + a (x - x0)) = x^2 - x0^2, each pixel on its own.
    with graph_session() as sess:
        image = tf.placeholder(tf.float64, [None, None, None, 2])
        model = GraphModel(image, tf.reduce_sum(image**2, axis=[1, 2]), sess)
        X = rng.randn(3, 4, 2, 2)
        result = integrated_gradients(X, [0, 1, 0], model, baseline=0.5, steps=7)
        by_hand = X**2 - 0.25
        by_hand[[0, 2], ..., 1] = 0
        by_hand[1, ..., 0] = 0
        np.testing.assert_allclose(result.attributions, by_hand, atol=1e-12)
        np.testing.assert_allclose(result.completeness_error, 0, atol=1e-12)
        np.testing.assert_allclose(result.score_difference, by_hand.sum(axis=(1, 2, 3)))


def test_integrated_gradients_of_min_are_the_papers(rng):
    # min(x1, x2) along the diagonal from 0 to (1, 3): the gradient is (1, 0) all the way.
    with graph_session() as sess:
        image = tf.placeholder(tf.float64, [None, 1, 1, 2])
        lesser = tf.minimum(image[..., :1], image[..., 1:])
        model = GraphModel(image, tf.reshape(lesser, [-1, 1]), sess)
        result = integrated_gradients(np.array([[[[1.0, 3.0]]]]), 0, model)
        np.testing.assert_allclose(result.attributions[0, 0, 0], [1, 0])


def test_completeness_error_is_what_the_midpoint_rule_misses():
    # s = x^3 from 0 to 2 in n steps of h: the midpoint rule gives 8 - h^2 / 2, h = 2 / n.
    with graph_session() as sess:
        image = tf.placeholder(tf.float64, [None, 1, 1, 1])
        model = GraphModel(image, tf.reshape(image**3, [-1, 1]), sess)
        for steps in (1, 4, 50):
            result = integrated_gradients(np.full((1, 1, 1, 1), 2.0), 0, model, steps=steps)
            np.testing.assert_allclose(
                result.completeness_error, -((2 / steps) ** 2) / 2, rtol=1e-9
            )
            np.testing.assert_allclose(result.score_difference, 8)


# h1 = relu(x1 - x2), h2 = relu(-x1 + 3 x2), h3 = relu(x1 / 2 - x2); s = 2 h1 - 3 h2 + 5 h3.
# At x = (1, 0.9): h1 and h2 are active, h3 is not. The gradient is
# 2 (1, -1) - 3 (-1, 3) = (5, -11); guided, -3 is stopped at h2 as well: 2 (1, -1).
THREE_UNITS = ([[1.0, -1.0, 0.5], [-1.0, 3.0, -1.0]], [[2.0], [-3.0], [5.0]])
AT = np.array([[[[1.0, 0.9]]]])


def test_guided_backpropagation_stops_negative_gradients_and_inactive_units():
    with graph_session() as sess:
        model = pixel_network(*THREE_UNITS)
        initialized(sess)
        np.testing.assert_allclose(guided_backpropagation(AT, 0, model)[0, 0, 0], [2, -2])
        np.testing.assert_allclose(compute_saliency_maps(AT, 0, model), [[[11]]])
        np.testing.assert_allclose(gradient_times_input(AT, 0, model)[0, 0, 0], [5 * 1, -11 * 0.9])


def test_guided_backpropagation_stops_at_the_ceiling_of_relu6():
    with graph_session() as sess:
        model = pixel_network([[1.0, 1.0], [1.0, 8.0]], [[1.0], [1.0]], activation=tf.nn.relu6)
        initialized(sess)
        # x1 + x2 = 1.9 is below 6, x1 + 8 x2 = 8.2 is above.
        np.testing.assert_allclose(guided_backpropagation(AT, 0, model)[0, 0, 0], [1, 1])


def guided_by_hand(x, w1, w2, w3):
    """Two ReLU layers on one pixel, in plain NumPy."""
    z1 = x @ w1
    z2 = np.maximum(z1, 0) @ w2
    g = np.where((z2 > 0) & (w3 > 0), w3, 0) @ w2.T
    return np.where((z1 > 0) & (g > 0), g, 0) @ w1.T


def test_guided_backpropagation_of_two_layers_and_their_sum_is_the_numpy_one(rng):
    w1, w2, w3 = rng.randn(3, 8), rng.randn(8, 7), rng.randn(7)
    with graph_session() as sess:
        image = tf.placeholder(tf.float64, [None, 1, 1, 3])
        x = tf.reshape(image, [-1, 3])
        # The first layer feeds two: their gradients add before its ReLU sees them.
        hidden = tf.nn.relu(tf.matmul(x, w1))
        scores = tf.matmul(tf.nn.relu(tf.matmul(hidden, w2)), w3[:, None])
        model = GraphModel(image, scores, sess)
        X = rng.randn(5, 1, 1, 3)
        expected = [guided_by_hand(v, w1, w2, w3) for v in X[:, 0, 0]]
        assert np.abs(expected).max() > 0
        np.testing.assert_allclose(guided_backpropagation(X, 0, model)[:, 0, 0], expected)


def test_guided_backpropagation_wants_a_relu(rng, raises_one_line):
    with graph_session() as sess:
        model, _, _ = linear_network(rng)
        initialized(sess)
        with raises_one_line("no ReLU"):
            guided_backpropagation(rng.randn(1, 5, 7, 3), 0, model)


def test_guided_backpropagation_refuses_control_flow(rng, raises_one_line):
    with graph_session() as sess:
        image = tf.placeholder(tf.float32, [None, 2, 2, 1])
        flat = tf.nn.relu(tf.reshape(image, [-1, 4]))
        looped = tf.while_loop(lambda i, _: i < 2, lambda i, x: (i + 1, 2 * x), [0, flat])[1]
        with raises_one_line("while loop"):
            guided_backpropagation(np.ones((1, 2, 2, 1)), 0, GraphModel(image, looped, sess))


@pytest.mark.skipif(tf.__version__ >= "2", reason="Keras 3 has no graph mode")
def test_keras_with_dropout_needs_the_learning_phase_first(rng, raises_one_line):
    import tensorflow

    keras = tensorflow.keras
    X = rng.rand(1, 6, 6, 1)
    for phase in (None, 0):
        with graph_session() as sess:
            keras.backend.set_session(sess)  # which Keras keeps for this graph
            if phase is not None:
                keras.backend.set_learning_phase(phase)
            network = keras.Sequential(
                [
                    keras.layers.Conv2D(2, 3, activation="relu", input_shape=(6, 6, 1)),
                    keras.layers.BatchNormalization(),
                    keras.layers.Dropout(0.5),
                    keras.layers.Flatten(),
                    keras.layers.Dense(3),
                ]
            )
            initialized(sess)
            model = GraphModel(network.input, network.output, sess)
            if phase is None:
                with raises_one_line("tf.cond", "set_learning_phase(0)"):
                    guided_backpropagation(X, 1, model)
            else:  # by hand: back through the ReLU where input and gradient are positive
                kernel, bias, *_, last, _ = network.get_weights()
                expected = np.zeros((6, 6))
                for i, j, k in np.ndindex(4, 4, 2):
                    window = X[0, i : i + 3, j : j + 3, 0]
                    before = np.sum(window * kernel[:, :, 0, k]) + bias[k]
                    after = last[(i * 4 + j) * 2 + k, 1] / np.sqrt(1 + 1e-3)
                    expected[i : i + 3, j : j + 3] += (
                        max(after, 0) * (before > 0) * kernel[:, :, 0, k]
                    )
                guided = guided_backpropagation(X, 1, model)[0, ..., 0]
                np.testing.assert_allclose(guided, expected, atol=1e-6)


def test_grad_cam_weights_features_by_their_mean_gradient():
    # s = sum over positions of 2 A1 - 3 A2, so w = (2, -3) at each: cam = relu(2 A1 - 3 A2).
    with graph_session() as sess:
        image = tf.placeholder(tf.float64, [None, 2, 3, 2])
        features = tf.identity(image)
        scores = tf.reduce_sum(features * [2.0, -3.0], axis=[1, 2, 3])[:, None]
        A = np.arange(12.0).reshape(1, 2, 3, 2) % 5
        cam = grad_cam(A, 0, GraphModel(image, scores, sess, features=features))
        by_hand = np.maximum(2 * A[..., 0] - 3 * A[..., 1], 0)
        assert by_hand.max() > 0 and by_hand.min() == 0
        np.testing.assert_allclose(cam, by_hand)


def test_grad_cam_keeps_small_gradients_in_float16():
    # The gradient of a mean of 256 x 256 is 2^-16, and float16 has nothing between 0 and 2^-24.
    with graph_session() as sess:
        image = tf.placeholder(tf.float16, [None, 256, 256, 1])
        scores = tf.reduce_sum(image * 2.0**-16, axis=[1, 2])
        cam = grad_cam(np.ones((1, 256, 256, 1)), 0, GraphModel(image, scores, sess, image))
        np.testing.assert_allclose(cam, 2.0**-16, rtol=1e-3)


def test_grad_cam_averages_gradients_over_positions_before_weighting():
    # s = A(0) + 5 A(1): the mean weight 3 goes to both positions.
    with graph_session() as sess:
        image = tf.placeholder(tf.float64, [None, 1, 2, 1])
        features = tf.identity(image)
        scores = tf.reshape(features[:, 0, 0] + 5 * features[:, 0, 1], [-1, 1])
        model = GraphModel(image, scores, sess)
        cam = grad_cam(np.array([[[[7.0], [11.0]]]]), 0, model, features=features)
        np.testing.assert_allclose(cam, [[[21, 33]]])


def test_grad_cam_is_enlarged_linearly_to_the_image():
    with graph_session() as sess:
        image = tf.placeholder(tf.float32, [None, 2, 4, 1])
        features = tf.nn.avg_pool(image, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
        model = GraphModel(image, tf.reduce_sum(features, axis=[1, 2]), sess, features=features)
        X = np.repeat([[[[4.0]], [[8.0]]]], 2, axis=1).reshape(1, 1, 4, 1).repeat(2, axis=1)
        # Centres of the two cells lie at 1 and 3 of 4 pixels; at 1/2, 3/2, 5/2, 7/2: 4, 5, 7, 8.
        np.testing.assert_allclose(grad_cam(X, 0, model), [[[4, 5, 7, 8]] * 2])


def test_grad_cam_wants_features_on_the_way_to_the_scores(rng, raises_one_line):
    X = rng.randn(1, 5, 7, 3)
    with graph_session() as sess:
        model, _, _ = linear_network(rng)
        initialized(sess)
        with raises_one_line("features", "convolutional"):
            grad_cam(X, 0, model)
        with raises_one_line("no gradient with respect to zeros"):
            grad_cam(X, 0, model, features=tf.zeros([1, 2, 2, 1], tf.float64))


def test_occlusion_of_a_linear_network_is_what_the_patches_hide(rng):
    with graph_session() as sess:
        model, w, _ = linear_network(rng)
        initialized(sess)
        X, y = rng.randn(2, 5, 7, 3), np.array([2, 0])
        maps = occlusion(X, y, model, patch=2, stride=2, baseline=0.5)
        for n in range(2):
            effect = ((X[n] - 0.5) * w[..., y[n]]).sum(axis=-1)
            total, covered = np.zeros((5, 7)), np.zeros((5, 7))
            for top in (0, 2, 3):  # the last patch lies at the edge
                for left in (0, 2, 4, 5):
                    square = np.s_[top : top + 2, left : left + 2]
                    total[square] += effect[square].sum()
                    covered[square] += 1
            np.testing.assert_allclose(maps[n], total / covered, atol=1e-10)


def test_methods_turn_into_one_map_an_image(rng):
    with graph_session() as sess:
        model = pixel_network(*THREE_UNITS)
        initialized(sess)
        X = np.tile(AT, (1, 3, 2, 1))
        by_hand = {
            "gradient": 11,
            "gradient-input": 5 * 1 - 11 * 0.9,
            "guided": 2,
            "gradcam": max(2 * 0.1 - 3 * 1.7, 0),
        }
        for method, value in by_hand.items():
            maps = attribution_maps(method, X, 0, model)
            np.testing.assert_allclose(maps, np.full((1, 3, 2), value), atol=1e-12)
        for method in ("integrated", "smoothgrad"):
            assert attribution_maps(method, X, 0, model).shape == (1, 3, 2)
        assert set(METHODS) == {*by_hand, "integrated", "smoothgrad", "occlusion"}


def test_mistakes_are_told(rng, raises_one_line):
    X = rng.randn(1, 5, 7, 3)
    with graph_session() as sess:
        model, _, _ = linear_network(rng)
        initialized(sess)
        with raises_one_line("method", "gradcam"):
            attribution_maps("gradCAM", X, 0, model)
        with raises_one_line("samples", "0"):
            smooth_grad(X, 0, model, samples=0)
        with raises_one_line("noise", "-1"):
            smooth_grad(X, 0, model, noise=-1)
        with raises_one_line("steps", "0.5"):
            integrated_gradients(X, 0, model, steps=0.5)
        with raises_one_line("baseline", "(4,)"):
            integrated_gradients(X, 0, model, baseline=np.zeros(4))
        with raises_one_line("patch 32", "at most 5 pixels"):
            occlusion(X, 0, model, patch=32)
        with raises_one_line("stride"):
            occlusion(X, 0, model, patch=2, stride=3)


@pytest.mark.parametrize("method", METHODS)
def test_images_of_a_batch_do_not_touch_each_other(rng, method):
    settings = {"patch": 2, "stride": 1} if method == "occlusion" else {}
    if method == "smoothgrad":
        settings = {"noise": 0}  # noise is drawn image after image
    with graph_session() as sess:
        model = pixel_network(rng.randn(2, 6), rng.randn(6, 3))
        initialized(sess)
        X, y = rng.randn(3, 4, 3, 2), [2, 0, 1]
        together = attribution_maps(method, X, y, model, **settings)
        for n in range(3):
            alone = attribution_maps(method, X[n : n + 1], y[n], model, **settings)
            np.testing.assert_allclose(together[n], alone[0], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("method", ["smoothgrad", "integrated", "occlusion"])
def test_a_stop_ends_a_method_between_two_runs(rng, method):
    stop = Stop()
    stop.request()
    with graph_session() as sess:
        model = pixel_network(rng.randn(2, 6), rng.randn(6, 3))
        initialized(sess)
        settings = {"patch": 2} if method == "occlusion" else {}
        with pytest.raises(Stopped):
            attribution_maps(method, rng.randn(1, 4, 3, 2), 1, model, stop=stop, **settings)


def small_gray_network(sess, rng):
    """The course's kind of digit classifier: 28x28 gray images, two convolutions, ten scores."""
    image = tf.placeholder(tf.float32, [None, 28, 28, 1])
    h = tf.nn.relu(tf.nn.conv2d(image, rng.randn(5, 5, 1, 4).astype("f"), [1, 2, 2, 1], "SAME"))
    h = tf.nn.relu(tf.nn.conv2d(h, rng.randn(3, 3, 4, 6).astype("f"), [1, 2, 2, 1], "SAME"))
    return GraphModel(image, tf.matmul(tf.reshape(h, [-1, 294]), rng.randn(294, 10).astype("f")))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_explains_a_small_gray_network_with_its_defaults(rng, method):
    with graph_session() as sess:
        model = small_gray_network(sess, rng)
        X = rng.rand(2, 28, 28, 1).astype("f")
        maps = attribution_maps(method, X, [3, 4], model, sess)
        assert maps.shape == (2, 28, 28) and maps[0].std() > 0


def test_occlusions_patch_is_a_seventh_of_the_image(rng):
    with graph_session() as sess:
        model = small_gray_network(sess, rng)
        X = rng.rand(1, 28, 28, 1).astype("f")
        given = occlusion(X, 3, model, sess, patch=4)
        np.testing.assert_array_equal(occlusion(X, 3, model, sess), given)


def test_grad_cam_takes_the_last_features_by_itself(rng):
    with graph_session() as sess:
        model = small_gray_network(sess, rng)
        X = rng.rand(1, 28, 28, 1).astype("f")
        last = [op.outputs[0] for op in sess.graph.get_operations() if op.type == "Relu"][-1]
        given = grad_cam(X, 3, model, sess, features=last)
        np.testing.assert_array_equal(grad_cam(X, 3, model, sess), given)


def test_an_empty_grad_cam_says_why():
    with graph_session() as sess:
        image = tf.placeholder(tf.float64, [None, 2, 3, 1])
        scores = tf.stack([-tf.reduce_sum(image, [1, 2, 3]), 0 * image[:, 0, 0, 0]], axis=1)
        model = GraphModel(image, scores, sess, features=image)
        X = np.ones((1, 2, 3, 1))
        with pytest.warns(RuntimeWarning, match="image 0: the weighted sum.*negative everywhere"):
            assert not grad_cam(X, 0, model).any()
        with pytest.warns(RuntimeWarning, match="zero everywhere"):
            assert not grad_cam(X, 1, model).any()
