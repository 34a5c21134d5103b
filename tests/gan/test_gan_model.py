import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.gan import (
    GAN,
    LOSSES,
    Sampler,
    discriminator,
    generator,
    get_solvers,
    lsgan_loss,
    sample_noise,
    slerp,
)
from tf_cs231n.gan.networks import ARCHITECTURES


def pictures(rows):
    return np.random.RandomState(7).uniform(-1, 1, (rows, 784)).astype(np.float32)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_step_moves_both_networks_and_reports_finite_losses(architecture, loss):
    with graph_session() as sess:
        gan = GAN(tf.constant(pictures(12)), architecture, loss, 5, critic_steps=2)
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
            first = GAN(tf.constant(pictures(4)), architecture, noise_dim=5)
            sampler = Sampler(architecture, 5)
        with tf.variable_scope("generatoX"):
            second = GAN(tf.constant(pictures(4)), architecture, noise_dim=5)
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
        gan = GAN(tf.constant(pictures(4)), noise_dim=5)
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
    images = pictures(6)
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
        gan = GAN(tf.constant(pictures(8)), "dcgan", "hinge", 5, critic_steps=2)
        sampler = Sampler("dcgan", 5)
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
            gan = GAN(tf.constant(pictures(2)), noise_dim=5, seed=seed)
            sess.run(tf.global_variables_initializer())
            return sess.run(gan.D_vars)

    first, same, other = weights(0), weights(0), weights(1)
    np.testing.assert_array_equal(first[0], same[0])
    assert np.abs(first[0] - other[0]).max() > 0.01
    fc1, fc2 = first[0][:256].ravel(), first[2].ravel()
    assert abs(np.corrcoef(fc1, fc2)[0, 1]) < 0.02


def test_training_and_sampling_add_no_operations():
    with graph_session() as sess:
        gan, sampler = GAN(tf.constant(pictures(2)), noise_dim=5), Sampler("fc", 5)
        sess.run(tf.global_variables_initializer())
        tf.get_default_graph().finalize()
        for _ in range(3):
            sess.run(gan.train_op)
            assert sampler.sample(np.zeros((3, 5))).shape == (3, 28, 28)
        assert sampler.sample(np.zeros((0, 5))).shape == (0, 28, 28)
        with pytest.raises(InputError, match=r"codes: got shape \(3, 4\), expected \(N, 5\)"):
            sampler.sample(np.zeros((3, 4)))


def test_unknown_names_and_uneven_batches_are_named():
    with graph_session():
        with pytest.raises(InputError, match="expected one of lsgan, vanilla, hinge, wgan-gp"):
            GAN(tf.constant(pictures(4)), loss="nonsense")
        with pytest.raises(InputError, match="expected one of fc, dcgan"):
            GAN(tf.constant(pictures(4)), architecture="vgg")
        with pytest.raises(InputError, match="got 4 rows, expected a multiple of critic_steps 5"):
            GAN(tf.constant(pictures(4)), loss="wgan-gp")


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


def test_slerp_of_equal_opposite_and_zero_codes():
    a = np.array([1.0, 2.0])
    np.testing.assert_allclose(slerp(a, a, 3), [a, a, a])
    np.testing.assert_allclose(slerp(a, 2 * a, 3), [a, 1.5 * a, 2 * a])
    assert np.isfinite(slerp(a, -a, 5)).all()
    with pytest.raises(InputError, match="zero"):
        slerp(a, 0 * a, 3)
