import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n import gan
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError


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
        shapes = [variable.shape.as_list() for variable in tf.global_variables()]
    assert sum(int(np.prod(shape)) for shape in shapes) == count


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


def test_dcgan_generator_at_rest_draws_each_picture_from_its_code_alone():
    codes = np.random.RandomState(0).uniform(-1, 1, (4, 6)).astype(np.float32)
    with graph_session() as sess:
        sampler = gan.Sampler("dcgan", 6)
        training = tf.placeholder(tf.float32, [None, 6])
        with tf.variable_scope("", reuse=tf.AUTO_REUSE):
            trained = gan.dcgan_generator(training)
        sess.run(tf.global_variables_initializer())
        alone = np.concatenate([sampler.sample(code[None]) for code in codes])
        np.testing.assert_array_equal(sampler.sample(codes), alone)
        np.testing.assert_array_equal(sampler.sample(codes, batch_size=3), alone)
        both = sess.run(trained, {training: codes})
        assert np.abs(sess.run(trained, {training: codes[:2]}) - both[:2]).max() > 1e-3


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


def test_pictures_of_another_size_are_named():
    with graph_session(), pytest.raises(InputError, match=r"x: got shape \(2, 100\)"):
        gan.discriminator(tf.ones([2, 100]))
