import numpy as np
import pytest
from tiny_networks import initialized, linear_network

from sessions import graph_session
from tf_cs231n.adversarial import fast_gradient_sign, project, projected_gradient_descent

FREE = {"unit": 1, "bounds": (-100, 100)}


def loss_gradient(X, y, w, b):
    """d(-log softmax(scores)[y]) / dX of the linear network, in plain NumPy."""
    scores = np.einsum("nhwc,hwck->nk", X, w) + b
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(X)), y] -= 1
    return np.einsum("nk,hwck->nhwc", p, w)


@pytest.fixture
def linear(rng):
    with graph_session() as sess:
        model, w, b = linear_network(rng)
        initialized(sess)
        yield model, w, b


def test_fgsm_steps_down_the_sign_of_the_targets_loss(rng, linear):
    model, w, b = linear
    X = rng.randn(3, 5, 7, 3)
    scores = np.einsum("nhwc,hwck->nk", X, w) + b
    target = scores.argmin(axis=1)
    result = fast_gradient_sign(X, target, model, epsilon=0.25, **FREE)
    expected = X - 0.25 * np.sign(loss_gradient(X, target, w, b))
    np.testing.assert_allclose(result.X_fooling, expected)
    np.testing.assert_allclose(result.linf, 0.25)
    np.testing.assert_allclose(result.l2, 0.25 * np.sqrt(5 * 7 * 3))
    moved = np.einsum("nhwc,hwck->nk", expected, w) + b
    np.testing.assert_allclose(result.scores, moved)
    np.testing.assert_array_equal(result.fooled, moved.argmax(axis=1) == target)


def test_fgsm_without_target_steps_up_the_present_classs_loss(rng, linear):
    model, w, b = linear
    X = rng.randn(3, 5, 7, 3)
    present = (np.einsum("nhwc,hwck->nk", X, w) + b).argmax(axis=1)
    result = fast_gradient_sign(X, None, model, epsilon=0.25, **FREE)
    expected = X + 0.25 * np.sign(loss_gradient(X, present, w, b))
    np.testing.assert_allclose(result.X_fooling, expected)
    np.testing.assert_array_equal(result.fooled, result.scores.argmax(axis=1) != present)
    named = fast_gradient_sign(X, None, model, epsilon=0.25, true_y=present, **FREE)
    np.testing.assert_array_equal(named.X_fooling, expected)


def test_fgsm_steps_from_an_image_that_is_fooled_already(rng, linear):
    model, w, b = linear
    X = rng.randn(1, 5, 7, 3)
    present = (np.einsum("nhwc,hwck->nk", X, w) + b).argmax(axis=1)
    result = fast_gradient_sign(X, present, model, epsilon=0.25, **FREE)
    assert result.iterations[0] == 1
    expected = X - 0.25 * np.sign(loss_gradient(X, present, w, b))
    np.testing.assert_allclose(result.X_fooling, expected)


def test_pgd_stops_at_a_fooled_image_or_takes_all_steps(rng, linear):
    model, w, b = linear
    X = rng.randn(1, 5, 7, 3)
    present = (np.einsum("nhwc,hwck->nk", X, w) + b).argmax(axis=1)
    settings = dict(FREE, random_start=False, max_iterations=5)
    stopped = projected_gradient_descent(X, present, model, **settings)
    assert stopped.fooled[0] and stopped.iterations[0] == 0 and stopped.linf[0] == 0
    going = projected_gradient_descent(X, present, model, early_stop=False, **settings)
    assert going.fooled[0] and going.iterations[0] == 5 and going.linf[0] > 0


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_pgd_stays_within_the_ball_and_the_range_of_pixels(rng, linear, norm):
    model, w, b = linear
    X = rng.uniform(-1, 1, size=(4, 5, 7, 3))
    unit = np.array([0.5, 1, 2])
    epsilon = 0.3
    result = projected_gradient_descent(
        X, 1, model, epsilon=epsilon, norm=norm, unit=unit, bounds=(-1, 1), max_iterations=15
    )
    change = (result.X_fooling - X) / unit
    sizes = {
        "linf": np.abs(change).max(axis=(1, 2, 3)),
        "l2": np.sqrt((change**2).sum(axis=(1, 2, 3))),
    }
    assert (sizes[norm] <= epsilon * (1 + 1e-9)).all()
    assert np.abs(result.X_fooling).max() <= 1 + 1e-12
    np.testing.assert_allclose(result.linf, sizes["linf"])
    np.testing.assert_allclose(result.l2, sizes["l2"])


def test_pgd_of_a_linear_network_ends_at_the_best_point_of_the_ball(rng, linear):
    """Against a class of two the loss falls fastest along w_1 - w_0, wherever one starts."""
    model, w, b = linear
    X = rng.randn(1, 5, 7, 3)
    direction = w[..., 1] - w[..., 0]
    others = np.array([0, 0, -1e6, -1e6])  # two classes alone matter
    bias = [v for v in model.scores.graph.get_collection("variables") if v.op.name == "linear/b"][0]
    # Class 1 stays out of reach, so that no image is fooled before the corner is reached.
    offset = b + others + np.array([1e3, -1e3, 0, 0])
    from tf_cs231n.compat import tf

    tf.get_default_session().run(bias.initializer, {bias.initializer.inputs[1]: offset})
    linf = projected_gradient_descent(X, 1, model, epsilon=0.2, max_iterations=20, **FREE)
    assert not linf.fooled[0] and linf.iterations[0] == 20
    np.testing.assert_allclose(linf.X_fooling[0], X[0] + 0.2 * np.sign(direction))
    unit = np.array([0.5, 1, 2])
    l2 = projected_gradient_descent(
        X, 1, model, epsilon=0.2, norm="l2", max_iterations=200, step_size=0.05, unit=unit,
        bounds=(-100, 100),
    )  # fmt: skip
    direction = direction * unit  # a step of d changes x by d unit, and the loss by its gradient
    best = X[0] + 0.2 * unit * direction / np.sqrt((direction**2).sum())
    np.testing.assert_allclose(l2.X_fooling[0], best, atol=2e-3)


def test_pgd_starts_at_a_seeded_random_point_of_the_ball(rng, linear):
    model, _, _ = linear
    X = rng.randn(2, 5, 7, 3)
    for norm in ("linf", "l2"):

        def start(seed, norm=norm):
            return projected_gradient_descent(
                X, 0, model, epsilon=0.5, norm=norm, max_iterations=0, seed=seed, **FREE
            )

        first = start(1)
        np.testing.assert_array_equal(first.X_fooling, start(1).X_fooling)
        assert (start(2).X_fooling != first.X_fooling).any()
        assert ((getattr(first, norm) > 0.3) & (getattr(first, norm) <= 0.5)).all()


def test_projection_is_the_nearest_point_of_the_ball():
    change = np.array([[3.0, -4.0], [0.3, 0.4]]).reshape(2, 1, 1, 2)
    near = project(change, 1, "l2").reshape(2, 2)
    np.testing.assert_allclose(near, [[0.6, -0.8], [0.3, 0.4]])
    near = project(change, 1, "linf").reshape(2, 2)
    np.testing.assert_allclose(near, [[1, -1], [0.3, 0.4]])


def test_mistakes_are_told(rng, linear, raises_one_line):
    model, _, _ = linear
    X = rng.randn(1, 5, 7, 3)
    with raises_one_line("norm", "l1", "linf, l2"):
        projected_gradient_descent(X, 0, model, norm="l1")
    with raises_one_line("epsilon", "-1"):
        fast_gradient_sign(X, 0, model, epsilon=-1)
    with raises_one_line("max_iterations"):
        projected_gradient_descent(X, 0, model, max_iterations=-1)
    with raises_one_line("y", "0 to 3"):
        fast_gradient_sign(X, 7, model)
