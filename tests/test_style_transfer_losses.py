"""The losses against their definitions, written once more in NumPy loops and einsums."""

import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.gradient_check import eval_numerical_gradient, rel_error
from tf_cs231n.style_transfer import content_loss, gram_matrix, style_loss, tv_loss


def value(build, *arrays):
    """Run a loss on arrays fed through placeholders whose shape is known, and unknown."""
    results = []
    for known in (True, False):
        with graph_session() as sess:
            inputs = []
            for array in arrays:
                shape = array.shape if known else [None, None, None, array.shape[-1]]
                inputs.append(tf.placeholder(array.dtype, shape))
            results.append(sess.run(build(*inputs), dict(zip(inputs, arrays))))
    np.testing.assert_array_equal(*results)
    return results[0]


def numpy_gram(features, normalize=True):
    _, H, W, C = features.shape
    G = np.zeros((C, C))
    for i in range(C):
        for j in range(C):
            G[i, j] = np.sum(features[0, :, :, i].astype(np.float64) * features[0, :, :, j])
    return G / (H * W * C) if normalize else G


def numpy_tv(img):
    loss = 0.0
    _, H, W, C = img.shape
    for i in range(H):
        for j in range(W):
            for c in range(C):
                if i + 1 < H:
                    loss += (img[0, i + 1, j, c] - img[0, i, j, c]) ** 2
                if j + 1 < W:
                    loss += (img[0, i, j + 1, c] - img[0, i, j, c]) ** 2
    return loss


def test_content_loss_is_the_weighted_sum_of_squares(rng):
    current, original = rng.randn(2, 1, 5, 7, 3).astype(np.float32)
    expected = 0.3 * ((current - original) ** 2).sum(dtype=np.float64)
    got = value(lambda a, b: content_loss(0.3, a, b), current, original)
    assert rel_error(got, expected) < 1e-5


@pytest.mark.parametrize("normalize", [True, False])
def test_gram_matrix_is_the_inner_product_of_channels(rng, normalize):
    features = rng.randn(1, 6, 5, 4).astype(np.float32)
    got = value(lambda f: gram_matrix(f, normalize), features)
    np.testing.assert_allclose(got, numpy_gram(features, normalize), rtol=1e-5, atol=1e-6)


def test_style_loss_sums_over_layers(rng):
    feats = [rng.randn(1, 4 + i, 6 - i, 2 + i).astype(np.float32) for i in range(3)]
    targets = [rng.randn(4, 4).astype(np.float32), rng.randn(2, 2).astype(np.float32)]
    expected = 7 * ((numpy_gram(feats[2]) - targets[0]) ** 2).sum()
    expected += 0.5 * ((numpy_gram(feats[0]) - targets[1]) ** 2).sum()
    got = value(lambda *f: style_loss(list(f), [2, 0], targets, [7, 0.5]), *feats)
    assert rel_error(got, expected) < 1e-5


def test_style_loss_refuses_lists_of_different_lengths(raises_one_line):
    with raises_one_line("2 style_layers", "1 style_targets"):
        style_loss([], [1, 2], [None], [1.0])


def test_shapes_that_would_broadcast_are_refused(rng, raises_one_line):
    features = rng.randn(1, 4, 5, 3).astype(np.float32)
    with raises_one_line("content_original", "(1, 1, 1, 3)", "H=4"):
        content_loss(1.0, features, features[:, :1, :1])
    with raises_one_line("style_targets", "(1, 3)", "C=3"):
        style_loss([features], [0], [np.ones((1, 3), np.float32)], [1.0])
    with raises_one_line("features", "(2, 4, 5, 3)"):
        gram_matrix(np.concatenate([features, features]))


def test_of_shapes_that_only_the_run_knows_tensorflow_tells():
    with graph_session() as sess:
        x = tf.placeholder(tf.float32, [None, None, None, 3])
        loss = content_loss(1.0, x, np.ones((1, 4, 5, 3), np.float32))
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(loss, {x: np.ones((1, 9, 9, 3))})


@pytest.mark.parametrize("shape", [(1, 6, 5, 3), (1, 1, 4, 3), (1, 4, 1, 3), (1, 1, 1, 3)])
def test_tv_loss_is_the_sum_over_neighbours(rng, shape):
    img = rng.randn(*shape).astype(np.float32)
    got = value(lambda x: tv_loss(x, 0.02), img)
    assert rel_error(got, 0.02 * numpy_tv(img.astype(np.float64))) < 1e-5


def test_tv_loss_of_a_flat_image_is_zero():
    assert value(lambda x: tv_loss(x, 2.0), np.full((1, 4, 5, 3), 0.7, np.float32)) == 0


def test_gradients_of_all_losses_equal_numeric_ones_on_a_tiny_network(rng):
    kernel = rng.randn(2, 3, 3, 5)
    target_gram = rng.randn(5, 5)  # of no image, not even symmetric
    target_features = rng.randn(1, 4, 5, 5)
    img = rng.randn(1, 5, 7, 3)
    for part in ("content", "style", "tv", "all"):
        with graph_session() as sess:
            x = tf.placeholder(tf.float64, img.shape)
            features = tf.nn.tanh(tf.nn.conv2d(x, kernel, [1, 1, 1, 1], "VALID"))
            losses = {
                "content": content_loss(0.7, features, target_features),
                "style": style_loss([features], [0], [target_gram], [30.0]),
                "tv": tv_loss(x, 0.2),
            }
            losses["all"] = sum(losses.values())
            (gradient,) = sess.run(tf.gradients(losses[part], x), {x: img})

            def loss_of(img, loss=losses[part], x=x, sess=sess):
                return sess.run(loss, {x: img})

            numeric = eval_numerical_gradient(loss_of, img.copy(), verbose=False)
        assert rel_error(gradient, numeric) < 1e-5, part
