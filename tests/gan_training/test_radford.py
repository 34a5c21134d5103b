"""The networks of the DCGAN paper: layers, sizes, and what batch norm does to a batch."""

import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.gan import GAN, GeneratorSampler
from tf_cs231n.gan_training.radford import radford


def numbers(scope):
    return {
        variable.op.name.split("/", 1)[1]: variable.shape.as_list()
        for variable in tf.trainable_variables(scope)
    }


def test_the_generator_of_64_pixels_is_that_of_the_papers_figure_1():
    with graph_session():
        images = radford((64, 64, 3)).generator(tf.zeros([2, 100]))
        shapes = numbers("generator/")
    assert images.shape.as_list() == [2, 64 * 64 * 3]
    assert shapes["project/weights"] == [100, 4 * 4 * 1024]
    kernels = [shapes[f"deconv{k}/weights"] for k in (1, 2, 3, 4)]
    assert kernels == [[5, 5, 512, 1024], [5, 5, 256, 512], [5, 5, 128, 256], [5, 5, 3, 128]]
    assert shapes["project/gamma"] == [1024] and shapes["deconv3/gamma"] == [128]
    assert "deconv4/gamma" not in shapes  # no batch norm before tanh


@pytest.mark.parametrize("shape, widths", [((28, 28), [8, 16]), ((32, 32, 3), [8, 16, 32]),
                                           ((64, 64), [8, 16, 32, 64])])  # fmt: skip
def test_the_discriminator_halves_its_maps_and_normalizes_all_but_the_first(shape, widths):
    with graph_session():
        logits = radford(shape, 8).discriminator(tf.zeros([3, int(np.prod(shape))]))
        shapes = numbers("discriminator/")
    assert logits.shape.as_list() == [3, 1]
    channels = [1 if len(shape) == 2 else 3, *widths]
    for k, filters in enumerate(widths):
        assert shapes[f"conv{k + 1}/weights"] == [5, 5, channels[k], filters]
        assert (f"conv{k + 1}/gamma" in shapes) == (k > 0)
    last = {28: 7, 32: 4, 64: 4}[shape[0]]
    assert shapes["logits/weights"] == [last * last * widths[-1], 1]


def test_weights_begin_with_the_papers_deviation_and_differ_by_layer_and_seed():
    with graph_session() as sess:
        radford((32, 32, 3), 32, seed=3).discriminator(tf.zeros([2, 32 * 32 * 3]))
        names = ["conv1/weights", "conv2/weights", "conv3/weights"]
        scope = "discriminator/"
        found = [v for v in tf.global_variables(scope) if v.op.name[len(scope) :] in names]
        sess.run(tf.global_variables_initializer())
        values = sess.run(found)
    for value in values:
        assert value.std() == pytest.approx(0.02, rel=0.05)
    assert not np.allclose(values[1].ravel()[:100], values[2].ravel()[:100])


@pytest.mark.parametrize("normalize", [True, False])
def test_a_logit_depends_on_its_batch_only_through_batch_norm(normalize, rng):
    x = np.float32(rng.uniform(-1, 1, (4, 32 * 32)))
    with graph_session() as sess:
        networks = radford((32, 32), 4, normalize)
        images = tf.placeholder(tf.float32, [None, 32 * 32])
        logits = networks.discriminator(images)
        sess.run(tf.global_variables_initializer())
        alone, together = sess.run(logits, {images: x[:2]}), sess.run(logits, {images: x})
    assert networks.mixes_rows == normalize
    assert np.allclose(alone, together[:2], atol=1e-6) != normalize


@pytest.mark.parametrize("loss", ["vanilla", "wgan-gp"])
def test_real_and_fake_images_are_normalized_apart(loss, rng):
    """D's loss is that of two passes, one for each half, as the paper trains it."""
    x = np.float32(rng.uniform(-1, 1, (6, 32 * 32 * 3)))
    with graph_session() as sess:
        tf.train.get_or_create_global_step()
        networks = radford((32, 32, 3), 4, loss != "wgan-gp")
        gan = GAN(tf.constant(x), networks, loss, noise_dim=5, critic_steps=1)
        sampler = GeneratorSampler(networks, 5)
        with tf.variable_scope("", reuse=True):
            real, fake = networks.discriminator(tf.constant(x)), networks.discriminator(gan.samples)
        sess.run(tf.global_variables_initializer())
        if loss == "vanilla":
            p, q, D_loss = sess.run([tf.nn.sigmoid(real), tf.nn.sigmoid(fake), gan.D_loss])
            assert D_loss == pytest.approx(-np.log(p).mean() - np.log(1 - q).mean(), rel=1e-4)
        before = sess.run(gan.D_vars + gan.G_vars)
        sess.run(gan.train_op)
        after = sess.run(gan.D_vars + gan.G_vars)
        assert all(np.isfinite(value).all() for value in after)
        moved = [not np.array_equal(a, b) for a, b in zip(before, after)]
        assert np.mean(moved) > 0.8  # biases before a batch norm have no gradient
        assert sampler.sample(np.zeros((2, 5)), sess).shape == (2, 32, 32, 3)
