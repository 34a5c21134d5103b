import functools

import numpy as np
import pytest
from tiny_networks import initialized, linear_network, pixel_network, random_squeezenet

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.gradient_check import eval_numerical_gradient
from tf_cs231n.graph_model import GraphModel
from tf_cs231n.images import blur_image, preprocess_image
from tf_cs231n.interruption import Stop
from tf_cs231n.pixels.decorrelation import COLOR_ROOT, decorrelate
from tf_cs231n.saliency import (
    PIXEL_BOUNDS,
    compute_saliency_maps,
    create_class_visualization,
    explain_predictions,
    make_fooling_image,
    perturbation_norm,
    unit_length,
)


def test_saliency_of_a_linear_network_is_its_largest_weight(rng):
    with graph_session() as sess:
        model, w, _ = linear_network(rng)
        initialized(sess)
        y = np.array([3, 0, 3])
        maps = compute_saliency_maps(rng.randn(3, 5, 7, 3), y, model)
        np.testing.assert_allclose(maps, np.abs(w[..., y]).max(axis=2).transpose(2, 0, 1))


def test_saliency_is_the_numeric_gradient_of_the_own_score_only(rng):
    with graph_session() as sess:
        model = pixel_network(rng.randn(2, 5), rng.randn(5, 3))
        initialized(sess)
        X = rng.randn(2, 3, 2, 2)
        maps = compute_saliency_maps(X, [2, 0], model)
        for n, y in enumerate([2, 0]):

            def score(x, y=y):
                return sess.run(model.scores, {model.image: x[None]})[0, y]

            numeric = eval_numerical_gradient(score, X[n].copy(), verbose=False)
            np.testing.assert_allclose(maps[n], np.abs(numeric).max(axis=-1), atol=1e-8)


def test_saliency_of_squeezenet_has_the_pictures_shape_and_is_not_negative(rng):
    with graph_session() as sess:
        model = random_squeezenet(sess)
        X = preprocess_image(rng.randint(256, size=(3, 40, 36, 3)))
        maps = compute_saliency_maps(X, [1, 2, 3], model)
        assert maps.shape == (3, 40, 36) and maps.dtype == np.float32
        assert maps.min() >= 0 and (maps.reshape(3, -1).max(axis=1) > 0).all()
        alone = [compute_saliency_maps(X[n : n + 1], n + 1, model)[0] for n in range(3)]
        np.testing.assert_allclose(maps, alone, rtol=1e-4, atol=1e-7)


def test_predictions_are_explained_in_one_run_as_in_two(rng):
    """Of 45 images, so in more than one chunk."""
    with graph_session() as sess:
        model = random_squeezenet(sess)
        X = preprocess_image(rng.randint(256, size=(45, 100, 100, 3)))
        scores, maps = explain_predictions(X, model)
        expected = np.concatenate([sess.run(model.scores, {model.image: x[None]}) for x in X])
        np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-6)
        y = scores.argmax(axis=1)
        np.testing.assert_allclose(maps, compute_saliency_maps(X, y, model), rtol=1e-4, atol=1e-7)
        others = compute_saliency_maps(X, scores.argmin(axis=1), model)
        assert np.abs(maps - others).max() > 0.01 * maps.max()


def steps_by_hand(x, w, b, target, learning_rate):
    """How many steps of length ``learning_rate`` along w_target until it wins, in plain NumPy."""
    x, direction, steps = x.copy(), w[..., target], 0
    while (np.einsum("hwc,hwck->k", x, w) + b).argmax() != target:
        x += learning_rate * direction / np.sqrt((direction**2).sum())
        steps += 1
    return x, steps


def test_fooling_takes_the_steps_counted_by_hand(rng):
    with graph_session() as sess:
        model, w, b = linear_network(rng)
        initialized(sess)
        X = 3 * rng.randn(4, 5, 7, 3)
        targets, original = np.array([0, 1, 2, 3]), X.copy()
        result = make_fooling_image(X, targets, model, learning_rate=0.3, details=True)
        by_hand = [steps_by_hand(x, w, b, t, 0.3) for x, t in zip(X, targets)]
        assert len({steps for _, steps in by_hand}) > 1  # images that stop at different times
        assert result.iterations.tolist() == [steps for _, steps in by_hand]
        np.testing.assert_allclose(result.X_fooling, [x for x, _ in by_hand], rtol=1e-10)
        np.testing.assert_allclose(result.l2, 0.3 * result.iterations, atol=1e-10)
        assert result.fooled.all() and result.scores.argmax(axis=1).tolist() == targets.tolist()
        np.testing.assert_array_equal(X, original)
        plain = make_fooling_image(X, targets, model, learning_rate=0.3)
        np.testing.assert_array_equal(plain, result.X_fooling)


def test_fooling_tells_when_it_fails(rng):
    with graph_session() as sess:
        model, w, b = linear_network(rng)
        initialized(sess)
        X = 10 * w[None, ..., 0]
        seen = []
        result = make_fooling_image(
            X,
            1,
            model,
            max_iterations=2,
            details=True,
            callback=lambda step, X_fooling, scores: seen.append((step, scores.argmax())),
        )
        assert not result.fooled[0] and result.iterations[0] == 2
        assert seen == [(0, 0), (1, 0), (2, 0)]
        with pytest.warns(RuntimeWarning, match="1 of 1 images not fooled after 2"):
            make_fooling_image(X, 1, model, max_iterations=2)


def test_image_fooled_at_the_very_last_step_counts_as_fooled(rng):
    with graph_session() as sess:
        model, w, b = linear_network(rng)
        initialized(sess)
        x = 3 * rng.randn(5, 7, 3)
        target = int((np.einsum("hwc,hwck->k", x, w) + b).argmin())
        _, steps = steps_by_hand(x, w, b, target, 1)
        result = make_fooling_image(x[None], target, model, max_iterations=steps, details=True)
        assert result.fooled[0] and steps > 0


def test_a_stop_ends_fooling_with_the_images_as_they_are(rng):
    with graph_session() as sess:
        model, w, b = linear_network(rng)
        initialized(sess)
        X, stop = 10 * w[None, ..., 0], Stop()

        def stop_at_two(step, X_fooling, scores):
            if step == 2:
                stop.request()

        stopped = make_fooling_image(
            X, 1, model, learning_rate=0.1, details=True, callback=stop_at_two, stop=stop
        )
        two_steps = make_fooling_image(
            X, 1, model, learning_rate=0.1, details=True, max_iterations=2
        )
        assert stopped.stopped and stopped.iterations[0] == 2 and not two_steps.stopped
        np.testing.assert_array_equal(stopped.X_fooling, two_steps.X_fooling)


def test_zero_gradient_leaves_the_image_finite():
    with graph_session() as sess:
        model = pixel_network([[1.0]], [[1.0, 0.0]])  # class 1 never scores
        initialized(sess)
        with pytest.warns(
            RuntimeWarning, match="1 of 1 images cannot be changed.*gradient is zero"
        ):
            result = make_fooling_image(np.ones((1, 2, 2, 1)), 1, model, details=True)
        assert not result.fooled[0] and result.iterations[0] == 0
        np.testing.assert_array_equal(result.X_fooling, 1)


def test_a_class_without_gradient_is_not_drawn(raises_one_line):
    with graph_session() as sess:
        model = pixel_network([[1.0]], [[1.0, 0.0]])
        initialized(sess)
        draw = functools.partial(create_class_visualization, model=model, bounds=(0, 1), size=8)
        assert draw(0, num_iterations=2).shape == (1, 8, 8, 1)
        with raises_one_line("target_y", "class 1 is zero", "dead ReLU"):
            draw([0, 1])


def test_a_visualization_has_the_models_size(rng):
    with graph_session() as sess:
        model, _, _ = linear_network(rng)
        initialized(sess)
        X = create_class_visualization(0, model, bounds=(0, 1), num_iterations=1)
        assert X.shape == (1, 5, 7, 3)


def test_change_is_measured_in_the_unit_given():
    X = np.zeros((2, 1, 2, 3))
    X_changed = X.copy()
    X_changed[1, 0, 0] = [3, -8, 0]
    l2, linf = perturbation_norm(X, X_changed, unit=np.array([1, 2, 4]))
    np.testing.assert_allclose(l2, [0, 5])
    np.testing.assert_allclose(linf, [0, 4])


def course_class_visualization(gradient, size, seed):
    """The course's loop as its notebook has it, with its global random numbers."""
    l2_reg, learning_rate, num_iterations, blur_every, max_jitter = 1e-3, 25, 30, 10, 16
    np.random.seed(seed)
    X = preprocess_image(255 * np.random.rand(size, size, 3))[None]
    for t in range(num_iterations):
        ox, oy = np.random.randint(-max_jitter, max_jitter + 1, 2)
        X = np.roll(np.roll(X, ox, 1), oy, 2)
        g = gradient(X) - 2 * l2_reg * X
        X = X + learning_rate * g / np.linalg.norm(g)
        X = np.roll(np.roll(X, -ox, 1), -oy, 2)
        X = np.clip(X, *PIXEL_BOUNDS)
        if t % blur_every == 0:
            X = blur_image(X, sigma=0.5)
    return X


def test_class_visualization_is_the_courses_loop(rng):
    with graph_session() as sess:
        pattern = rng.randn(2, 40, 40, 3).astype("f")
        image = tf.placeholder(tf.float32, [None, None, None, 3])
        pull = [tf.reduce_sum(p * image - 0.2 * image**2, axis=[1, 2, 3]) for p in pattern]
        model = GraphModel(image, tf.stack(pull, axis=1))

        def gradient(X):  # of class 1, by hand
            return pattern[1] - 0.4 * X

        expected = course_class_visualization(gradient, 40, seed=7)
        X = create_class_visualization(1, model, sess, num_iterations=30, size=40, seed=7)
        np.testing.assert_allclose(X, expected, atol=1e-4)


VISUALIZE = {"num_iterations": 12, "size": 48, "blur_every": 5}


def test_same_seed_same_picture_and_another_seed_another():
    with graph_session() as sess:
        model = random_squeezenet(sess)
        draw = functools.partial(create_class_visualization, 5, model, **VISUALIZE)
        first = draw(seed=3)
        np.random.seed(99)  # numbers of others do not matter
        np.testing.assert_array_equal(first, draw(seed=3))
        assert np.abs(first - draw(seed=4)).max() > 0.1


def test_classes_drawn_together_are_those_drawn_alone():
    # Kernels for one image and for two round differently; after the first few steps a maximum that
    # falls to another pixel makes two pictures of it.
    few = dict(VISUALIZE, num_iterations=4)
    with graph_session() as sess:
        model = random_squeezenet(sess)
        together = create_class_visualization([5, 900], model, seed=3, **few)
        for X, target in zip(together, (5, 900)):
            alone = create_class_visualization(target, model, seed=3, **few)[0]
            assert np.sqrt(np.mean((X - alone) ** 2)) < 1e-5 * alone.std()


@pytest.mark.parametrize("extras", [{}, {"octaves": 2}, {"decorrelate": True}])
def test_ascent_raises_the_score_within_the_range_of_pixels(extras):
    with graph_session() as sess:
        model = random_squeezenet(sess)
        scores = []
        X = create_class_visualization(
            5,
            model,
            seed=3,
            callback=lambda step, X, s: scores.append((step, X.shape, s[0, 5])),
            **dict(VISUALIZE, **extras),
        )
        assert X.shape == (1, 48, 48, 3)
        assert (PIXEL_BOUNDS[0] - 1e-6 <= X).all() and (PIXEL_BOUNDS[1] + 1e-6 >= X).all()
        assert [step for step, _, _ in scores] == list(range(12 * extras.get("octaves", 1)))
        assert scores[0][1] == ((1, 34, 34, 3) if "octaves" in extras else (1, 48, 48, 3))
        final = sess.run(model.scores, {model.image: X})[0]
        assert final[5] > scores[0][2] + 1


def test_a_stop_ends_a_visualization_with_what_is_drawn():
    with graph_session() as sess:
        model = random_squeezenet(sess)
        stop = Stop()
        draw = functools.partial(create_class_visualization, 5, model, seed=3, **VISUALIZE)
        stopped = draw(callback=lambda step, X, s: step == 2 and stop.request(), stop=stop)
        np.testing.assert_array_equal(stopped, draw(num_iterations=3))
        stop = Stop()
        stop.request()
        assert draw(octaves=2, stop=stop).shape == (1, 48, 48, 3)


def test_decorrelated_step_weights_frequencies_and_colours():
    H, W = 8, 12
    rows, columns = np.mgrid[:H, :W]
    # One wave of frequency (2/8, 3/12): its weight is (1/12) / hypot(1/4, 1/4).
    wave = np.cos(2 * np.pi * (2 * rows / H + 3 * columns / W)).astype("f")
    gray = decorrelate(wave[None, :, :, None])
    np.testing.assert_allclose(gray[0, ..., 0], wave * (1 / 12) / np.hypot(0.25, 0.25), atol=1e-6)
    flat = np.ones((1, H, W, 3), np.float32) * np.array([1, -2, 0.5], "f")
    root = COLOR_ROOT / np.linalg.norm(COLOR_ROOT, axis=0).max()
    np.testing.assert_allclose(decorrelate(flat)[0, 0, 0], root @ root.T @ [1, -2, 0.5], rtol=1e-5)


def test_decorrelated_step_ascends(rng):
    for _ in range(5):
        g = rng.randn(1, 9, 10, 3).astype("f")
        assert (g * decorrelate(g)).sum() > 0


def test_settings_out_of_range_are_told(rng, raises_one_line):
    with graph_session() as sess:
        model, _, _ = linear_network(rng)
        initialized(sess)
        for name, value in (
            ("num_iterations", -1),
            ("blur_every", 2.5),
            ("max_jitter", -1),
            ("octaves", 0),
            ("octave_scale", 1),
        ):
            with raises_one_line(name, str(value)):
                create_class_visualization(0, model, **{name: value})
        with raises_one_line("height: got 0"):
            create_class_visualization(0, model, size=0)
        with raises_one_line("max_iterations", "-1"):
            make_fooling_image(rng.randn(1, 5, 7, 3), 0, model, max_iterations=-1)
        with raises_one_line("y", "0 to 3"):
            create_class_visualization(9, model, size=(5, 7))


@pytest.mark.parametrize("scale", [1e-40, 1e-30, 1.0, 1e30, 1e38])
def test_a_direction_has_length_one_however_small_or_large_the_gradient(scale):
    gradient = np.float32(scale) * np.ones((2, 3, 3, 1), np.float32)
    gradient[1] = 0
    lengths = np.linalg.norm(unit_length(gradient).reshape(2, -1), axis=1)
    np.testing.assert_allclose(lengths, [1, 0], rtol=1e-6)
