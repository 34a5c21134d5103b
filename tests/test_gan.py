"""`tf_cs231n.gan`: losses beside hand-made sums and theory, networks beside NumPy, the step."""

import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n import gan
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.gan import (
    ARCHITECTURES,
    GAN,
    LOSSES,
    GeneratorSampler,
    discriminator,
    generator,
    get_solvers,
    lsgan_loss,
    sample_noise,
    slerp,
)
from tf_cs231n.information import js_divergence
from tf_cs231n.layers import count_params

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


def test_gradient_penalty_takes_the_norm_image_by_image(rng):
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


@pytest.mark.parametrize(
    "network, width, count",
    [
        (gan.discriminator, 784, 267009),
        (gan.generator, 4, 1858320),
        (gan.dcgan_discriminator, 784, 1102721),
        (gan.dcgan_generator, 4, 6595521),
    ],
)
def test_networks_have_the_courses_parameter_counts(network, width, count):
    with graph_session():
        network(tf.ones([2, width]))
        assert count_params() == count


def test_networks_run_in_the_notebooks_cell_and_share_by_reuse():
    with graph_session() as sess:
        x = tf.placeholder(tf.float32, [None, 784])
        z = gan.sample_noise(5, 96)
        G_sample = gan.generator(z)
        with tf.variable_scope("") as scope:
            logits_real = gan.discriminator(gan.preprocess_img(x))
            scope.reuse_variables()
            logits_fake = gan.discriminator(G_sample)
        assert len(tf.trainable_variables("discriminator")) == 6
        assert len(tf.trainable_variables("generator")) == 6
        sess.run(tf.global_variables_initializer())
        images = np.random.RandomState(0).rand(3, 784)
        real, fake, sample = sess.run([logits_real, logits_fake, G_sample], {x: images})
    assert real.shape == (3, 1) and fake.shape == (5, 1) and sample.shape == (5, 784)
    assert -1 <= sample.min() < 0 < sample.max() <= 1


def test_second_discriminator_without_reuse_is_an_error():
    with graph_session():
        gan.discriminator(tf.ones([1, 784]))
        with pytest.raises(ValueError, match="already exists"):
            gan.discriminator(tf.ones([1, 784]))


def test_fully_connected_networks_equal_numpy():
    rng = np.random.RandomState(0)
    x, z = rng.uniform(-1, 1, (3, 784)), rng.uniform(-1, 1, (3, 7))
    with graph_session() as sess:
        D, G = gan.discriminator(tf.constant(x)), gan.generator(tf.constant(z))
        sess.run(tf.global_variables_initializer())
        W = {variable.op.name: sess.run(variable) for variable in tf.global_variables()}
        got_D, got_G = sess.run([D, G])

    def affine(h, name):
        return h @ W[name + "/weights"] + W[name + "/bias"]

    h = affine(x, "discriminator/fc1")
    h = affine(np.where(h > 0, h, 0.01 * h), "discriminator/fc2")
    D = affine(np.where(h > 0, h, 0.01 * h), "discriminator/logits")
    np.testing.assert_allclose(got_D, D, atol=1e-7)  # TensorFlow keeps alpha in float32
    h = np.maximum(affine(z, "generator/fc1"), 0)
    h = np.maximum(affine(h, "generator/fc2"), 0)
    np.testing.assert_allclose(got_G, np.tanh(affine(h, "generator/image")), rtol=1e-10)


def test_dcgan_generator_at_rest_draws_each_image_from_its_noise_alone():
    noise = np.random.RandomState(0).uniform(-1, 1, (4, 6)).astype(np.float32)
    with graph_session() as sess:
        sampler = GeneratorSampler("dcgan", 6)
        training = tf.placeholder(tf.float32, [None, 6])
        with tf.variable_scope("", reuse=tf.AUTO_REUSE):
            trained = gan.dcgan_generator(training)
        sess.run(tf.global_variables_initializer())
        alone = np.concatenate([sampler.sample(z[None]) for z in noise])
        np.testing.assert_array_equal(sampler.sample(noise), alone)
        np.testing.assert_array_equal(sampler.sample(noise, batch_size=3), alone)
        both = sess.run(trained, {training: noise})
        assert np.abs(sess.run(trained, {training: noise[:2]}) - both[:2]).max() > 1e-3


def test_leaky_relu_and_pixel_ranges():
    with graph_session() as sess:
        np.testing.assert_allclose(
            sess.run(gan.leaky_relu(tf.constant([-2.0, 0, 3]), 0.1)), [-0.2, 0, 3], rtol=1e-6
        )
    x = np.array([0, 0.25, 1])
    np.testing.assert_array_equal(gan.preprocess_img(x), [-1, -0.5, 1])
    np.testing.assert_array_equal(gan.deprocess_img(gan.preprocess_img(x)), x)


def test_noise_is_uniform_and_a_function_of_seed_stream_and_step():
    with graph_session() as sess:
        noises = [
            gan.sample_noise(500, 40, seed, stream) for seed, stream in ((3, 0), (3, 1), (4, 0))
        ]
        step = tf.train.get_global_step()
        sess.run(tf.global_variables_initializer())
        first = sess.run(noises)
        again = sess.run(noises[0])
        sess.run(tf.assign_add(step, 1))
        later = sess.run(noises[0])
    np.testing.assert_array_equal(first[0], again)
    for other in (*first[1:], later):
        assert np.abs(np.corrcoef(first[0].ravel(), other.ravel())[0, 1]) < 0.03
    assert first[0].min() >= -1 and first[0].max() < 1
    np.testing.assert_allclose([first[0].mean(), first[0].std()], [0, 1 / np.sqrt(3)], atol=0.02)


def test_images_of_another_size_are_named():
    with graph_session(), pytest.raises(InputError, match=r"x: got shape \(2, 100\)"):
        gan.discriminator(tf.ones([2, 100]))


def random_images(rows):
    return np.random.RandomState(7).uniform(-1, 1, (rows, 784)).astype(np.float32)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_step_moves_both_networks_and_reports_finite_losses(architecture, loss):
    with graph_session() as sess:
        gan = GAN(tf.constant(random_images(12)), architecture, loss, 5, critic_steps=2)
        sess.run(tf.global_variables_initializer())
        every = [*gan.D_vars, *gan.G_vars]
        before = sess.run(every)
        _, *losses = sess.run([gan.train_op, gan.D_loss, gan.G_loss])
        for variable, old, new in zip(every, before, sess.run(every)):
            assert np.abs(new - old).max() > 0, variable.op.name
        assert np.isfinite(losses).all()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_two_in_scopes_of_their_own_share_nothing(architecture):
    with graph_session() as sess:
        with tf.variable_scope("generato."):  # a pattern that the other's name fits
            first = GAN(tf.constant(random_images(4)), architecture, noise_dim=5)
            sampler = GeneratorSampler(architecture, 5)
        with tf.variable_scope("generatoX"):
            second = GAN(tf.constant(random_images(4)), architecture, noise_dim=5)
        every = [first.D_vars, first.G_vars, second.D_vars, second.G_vars]
        assert sum(map(len, every)) == len(tf.trainable_variables()) == 2 * sum(map(len, every[:2]))
        assert set(first.G_vars) <= set(sampler.variables)
        assert not set(first.D_vars) & set(sampler.variables)
        sess.run(tf.global_variables_initializer())
        before = sess.run(every)
        sess.run(second.train_op)
        for old, new, moved in zip(before, sess.run(every), [False, False, True, True]):
            assert all((a != b).any() == moved for a, b in zip(old, new))


def test_each_solver_moves_its_own_network_only():
    with graph_session() as sess:
        gan = GAN(tf.constant(random_images(4)), noise_dim=5)
        D_step = tf.get_default_graph().get_operation_by_name("Adam")  # D's is made first
        sess.run(tf.global_variables_initializer())
        every = tf.global_variables()
        begin = sess.run(every)
        G_before = sess.run(gan.G_vars)
        sess.run(D_step)
        D_alone, G_after = sess.run([gan.D_vars, gan.G_vars])
        for variable, value in zip(every, begin):
            variable.load(value, sess)
        sess.run(gan.train_op)  # D's update, then G's: which moves D no further
        D_whole, G_whole = sess.run([gan.D_vars, gan.G_vars])
    for old, new in zip(G_before, G_after):
        np.testing.assert_array_equal(old, new)
    for alone, whole in zip(D_alone, D_whole):
        np.testing.assert_allclose(alone, whole, atol=1e-6)
    assert all(np.abs(new - old).max() > 0 for old, new in zip(G_before, G_whole))


def test_one_run_equals_the_courses_two_steps():
    """D's update, then G's against the updated D, on the same noise: the same weights result."""
    images = random_images(6)
    with graph_session() as sess:
        gan = GAN(tf.constant(images), noise_dim=5, learning_rate=0.01)
        noise = sample_noise(6, 5, seed=0)  # of this step, so what the step draws
        sess.run(tf.global_variables_initializer())
        names = [variable.op.name for variable in tf.trainable_variables()]
        begin = dict(zip(names, sess.run(tf.trainable_variables())))
        noise = sess.run(noise)
        _, *losses = sess.run([gan.train_op, gan.D_loss, gan.G_loss])
        one_run = dict(zip(names, sess.run(tf.trainable_variables())))
    with graph_session() as sess:
        fake = generator(tf.constant(noise))
        logits_real = discriminator(tf.constant(images))
        with tf.variable_scope("", reuse=True):
            logits_fake = discriminator(fake)
        D_loss, G_loss = lsgan_loss(logits_real, logits_fake)
        D_solver, G_solver = get_solvers(0.01)
        D_step = D_solver.minimize(D_loss, var_list=tf.trainable_variables("discriminator"))
        G_step = G_solver.minimize(G_loss, var_list=tf.trainable_variables("generator"))
        sess.run(tf.global_variables_initializer())
        for variable in tf.trainable_variables():
            variable.load(begin[variable.op.name], sess)
        D_value, _ = sess.run([D_loss, D_step])
        G_value, _ = sess.run([G_loss, G_step])
        two_steps = dict(zip(names, sess.run([tf.trainable_variables(n)[0] for n in names])))
    np.testing.assert_allclose(losses, [D_value, G_value], rtol=1e-5)
    for name in names:
        # In norm: Adam's first step is the sign of a gradient, which rounding turns where it is 0.
        moved = np.linalg.norm(two_steps[name] - begin[name])
        assert np.linalg.norm(one_run[name] - two_steps[name]) < 0.01 * moved, name


def test_moving_averages_move_once_a_step_by_the_batch_that_g_learns_from():
    with graph_session() as sess:
        gan = GAN(tf.constant(random_images(8)), "dcgan", "hinge", 5, critic_steps=2)
        sampler = GeneratorSampler("dcgan", 5)
        (mean,) = tf.global_variables("generator/bn1/moving_mean")
        assert mean in sampler.variables and mean not in gan.G_vars
        noise = sample_noise(4, 5, seed=0, stream=2)  # of the second batch
        sess.run(tf.global_variables_initializer())
        W, z = sess.run([tf.trainable_variables("generator/fc1/weights")[0], noise])
        sess.run(sampler.samples, {sampler.noise: np.zeros((2, 5))})
        assert not sess.run(mean).any()  # sampling moves nothing
        sess.run(gan.train_op)
        np.testing.assert_allclose(sess.run(mean), 0.01 * np.maximum(z @ W, 0).mean(0), atol=1e-6)


def test_initial_weights_depend_on_the_seed_alone_and_differ_from_layer_to_layer():
    def weights(seed):
        with graph_session() as sess:
            gan = GAN(tf.constant(random_images(2)), noise_dim=5, seed=seed)
            sess.run(tf.global_variables_initializer())
            return sess.run(gan.D_vars)

    first, same, other = weights(0), weights(0), weights(1)
    np.testing.assert_array_equal(first[0], same[0])
    assert np.abs(first[0] - other[0]).max() > 0.01
    fc1, fc2 = first[0][:256].ravel(), first[2].ravel()
    assert abs(np.corrcoef(fc1, fc2)[0, 1]) < 0.02


def test_training_and_sampling_add_no_operations():
    with graph_session() as sess:
        gan, sampler = GAN(tf.constant(random_images(2)), noise_dim=5), GeneratorSampler("fc", 5)
        sess.run(tf.global_variables_initializer())
        tf.get_default_graph().finalize()
        for _ in range(3):
            sess.run(gan.train_op)
            assert sampler.sample(np.zeros((3, 5))).shape == (3, 28, 28)
        assert sampler.sample(np.zeros((0, 5))).shape == (0, 28, 28)
        with pytest.raises(InputError, match=r"noise: got shape \(3, 4\), .* with dim=5"):
            sampler.sample(np.zeros((3, 4)))


def test_unknown_names_are_listed():
    with graph_session():
        with pytest.raises(InputError, match="expected one of lsgan, vanilla, hinge, wgan-gp"):
            GAN(tf.constant(random_images(4)), loss="nonsense")
        with pytest.raises(InputError, match="expected one of fc, dcgan"):
            GAN(tf.constant(random_images(4)), architecture="vgg")


def test_slerp_walks_at_equal_angles(rng):
    a, b = rng.randn(2, 10)
    walk = slerp(a, b, 7)
    np.testing.assert_allclose(walk[[0, -1]], [a, b], rtol=1e-12)
    unit = walk / np.linalg.norm(walk, axis=1, keepdims=True)
    angles = np.arccos(np.sum(unit[1:] * unit[:-1], axis=1))
    total = np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    np.testing.assert_allclose(angles, total / 6, rtol=1e-9)
    steps = np.diff(np.linalg.norm(walk, axis=1))
    np.testing.assert_allclose(steps, steps[0], rtol=1e-9)


def test_slerp_of_equal_opposite_and_zero_noise():
    a = np.array([1.0, 2.0])
    np.testing.assert_allclose(slerp(a, a, 3), [a, a, a])
    np.testing.assert_allclose(slerp(a, 2 * a, 3), [a, 1.5 * a, 2 * a])
    np.testing.assert_allclose(slerp(a, 0 * a, 3), [a, a / 2, 0 * a])
    assert np.isfinite(slerp(a, -a, 5)).all()
