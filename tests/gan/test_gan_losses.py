"""Losses against sums done by hand, and against what theory says of the best discriminator."""

import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n import gan
from tf_cs231n.compat import tf
from tf_cs231n.information import js_divergence

REAL, FAKE = np.array([[2.0], [0.0], [-1.0]]), np.array([[1.0], [-3.0], [0.5]])


def both(loss, real=REAL, fake=FAKE):
    with graph_session() as sess:
        return sess.run(loss(tf.constant(real), tf.constant(fake)))


def test_vanilla_loss_is_the_sum_of_logs():
    D_real, D_fake = 1 / (1 + np.exp(-REAL)), 1 / (1 + np.exp(-FAKE))
    expected = -np.log(D_real).mean() - np.log(1 - D_fake).mean(), -np.log(D_fake).mean()
    np.testing.assert_allclose(both(gan.gan_loss), expected, rtol=1e-12)


def test_least_squares_loss():
    # ((2-1)^2 + (0-1)^2 + (-1-1)^2)/3/2 + (1 + 9 + 0.25)/3/2; ((0)^2 + 16 + 0.25)/3/2
    np.testing.assert_allclose(both(gan.lsgan_loss), [1 + 10.25 / 6, 16.25 / 6], rtol=1e-12)


def test_hinge_loss():
    # max(0, 1 - x): 0, 1, 2; max(0, 1 + y): 2, 0, 1.5
    np.testing.assert_allclose(both(gan.hinge_loss), [1 + 3.5 / 3, 1.5 / 3], rtol=1e-12)


@pytest.mark.parametrize("sign", [1, -1])
def test_huge_logits_give_finite_losses_and_gradients(sign):
    huge = np.full((2, 1), sign * 1e4)
    for loss, expected in [
        (gan.gan_loss, (1e4, 0) if sign > 0 else (1e4, 1e4)),
        (gan.lsgan_loss, (((sign * 1e4 - 1) ** 2 + 1e8) / 2, (sign * 1e4 - 1) ** 2 / 2)),
        (gan.hinge_loss, (1e4 + 1, -sign * 1e4)),
    ]:
        with graph_session() as sess:
            real, fake = tf.constant(huge), tf.constant(huge)
            losses = loss(real, fake)
            gradients = tf.gradients(losses[0], [real, fake]) + tf.gradients(losses[1], [fake])
            values = sess.run([*losses, *gradients])
        np.testing.assert_allclose(values[:2], expected, rtol=1e-12, atol=1e-12)
        assert np.isfinite(np.concatenate(values[2:])).all()


def linear_discriminator(slope):
    return lambda x: tf.matmul(x, tf.constant(slope))


@pytest.mark.parametrize("length", [0.5, 1.0, 3.0])
def test_gradient_penalty_of_a_linear_discriminator_is_known(length, rng):
    slope = rng.randn(784, 1)
    slope *= length / np.linalg.norm(slope)
    x, fake = rng.uniform(-1, 1, (2, 3, 784))
    with graph_session() as sess:
        losses = gan.wgan_gp_loss(
            tf.constant(REAL), tf.constant(FAKE), 3, tf.constant(x), tf.constant(fake),
            discriminator=linear_discriminator(slope), mix=tf.constant(rng.rand(3, 1)),
        )  # fmt: skip
        D_loss, G_loss = sess.run(losses)
    expected = FAKE.mean() - REAL.mean() + 10 * (length - 1) ** 2
    np.testing.assert_allclose([D_loss, G_loss], [expected, -FAKE.mean()], rtol=1e-10, atol=1e-12)


def test_gradient_penalty_takes_the_norm_picture_by_picture(rng):
    """D(x) = |x|^2 / 2 has the slope x: the penalty is the mean of (|x_hat| - 1)^2."""
    x, fake, mix = rng.randn(3, 784), rng.randn(3, 784), rng.rand(3, 1)
    with graph_session() as sess:
        D_loss, _ = gan.wgan_gp_loss(
            tf.constant(REAL), tf.constant(FAKE), 3, tf.constant(x), tf.constant(fake),
            discriminator=lambda x: tf.reduce_sum(x**2, 1, keepdims=True) / 2,
            lam=7, mix=tf.constant(mix),
        )  # fmt: skip
        got = sess.run(D_loss)
    lengths = np.linalg.norm(mix * x + (1 - mix) * fake, axis=1)
    expected = FAKE.mean() - REAL.mean() + 7 * np.mean((lengths - 1) ** 2)
    np.testing.assert_allclose(got, expected, rtol=1e-10)


def test_gradient_penalty_is_differentiable_where_the_slope_vanishes():
    with graph_session() as sess:
        w = tf.get_variable("w", [784, 1], tf.float64, tf.zeros_initializer())
        ones = tf.ones([3, 784], tf.float64)
        mix = tf.constant(np.full((3, 1), 0.5))
        D_loss, _ = gan.wgan_gp_loss(
            tf.matmul(ones, w), tf.matmul(-ones, w), 3, ones, -ones, lambda x: tf.matmul(x, w),
            mix=mix,
        )  # fmt: skip
        sess.run(tf.global_variables_initializer())
        loss, slope = sess.run([D_loss, tf.gradients(D_loss, w)[0]])
    assert loss == 10
    np.testing.assert_allclose(slope, -2)  # of E[D(fake)] - E[D(real)] alone


def test_wgan_loss_runs_in_the_notebooks_cell(rng):
    with graph_session() as sess:
        x, z = tf.constant(rng.uniform(-1, 1, (8, 784))), tf.constant(rng.rand(8, 9))
        G_sample = gan.generator(z)
        with tf.variable_scope("") as scope:
            logits_real = gan.discriminator(x)
            scope.reuse_variables()
            logits_fake = gan.discriminator(G_sample)
        mix = tf.constant(rng.rand(8, 1))
        D_loss, _ = gan.wgan_gp_loss(logits_real, logits_fake, 8, x, G_sample, mix=mix)
        assert len(tf.trainable_variables()) == 12
        sess.run(tf.global_variables_initializer())
        slopes = tf.gradients(D_loss, tf.trainable_variables("discriminator/.*/weights"))
        for values in sess.run([D_loss, *slopes]):
            assert np.isfinite(values).all()


def test_best_discriminator_of_known_distributions_and_the_games_value():
    """Trained on p and q it finds D* = p / (p + q), and its loss log 4 - 2 JS(p, q)."""
    p, q = np.array([4, 2, 1, 1, 0]), np.array([1, 1, 2, 2, 2])  # eighths
    with graph_session() as sess:
        logits = tf.get_variable("logits", [5], tf.float64, tf.zeros_initializer())
        real, fake = np.repeat(np.arange(5), p), np.repeat(np.arange(5), q)
        D_loss, _ = gan.gan_loss(tf.gather(logits, real), tf.gather(logits, fake))
        train_op = tf.train.AdamOptimizer(0.05).minimize(D_loss)
        sess.run(tf.global_variables_initializer())
        for _ in range(1500):
            sess.run(train_op)
        found, loss = sess.run([tf.sigmoid(logits), D_loss])
        js = sess.run(js_divergence(tf.constant(p / 8), tf.constant(q / 8)))
    np.testing.assert_allclose(found, p / (p + q), atol=2e-3)
    np.testing.assert_allclose(-loss, 2 * js - np.log(4), atol=1e-3)
