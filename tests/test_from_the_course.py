"""Names that docs/from-the-course.md promises exist, and the course's GAN cells run."""

import importlib
import os
import re

import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.datasets import MNIST
from tf_cs231n.gan import (
    deprocess_img,
    discriminator,
    gan_loss,
    generator,
    get_solvers,
    preprocess_img,
    sample_noise,
)
from tf_cs231n.plots.gan import show_images

PAGE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "docs", "from-the-course.md")


def promised_names():
    with open(PAGE, encoding="utf-8") as file:
        return sorted(set(re.findall(r"`(tf_cs231n(?:\.\w+)+)", file.read())))


@pytest.mark.parametrize("name", promised_names())
def test_promised_name_exists(name):
    try:
        importlib.import_module(name)
    except ImportError:
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute)


def test_the_courses_gan_cells_run():
    mnist = MNIST(batch_size=16, shuffle=True, path="builtin")
    with graph_session(seed=0) as sess:
        x = tf.placeholder(tf.float32, [None, 784])
        G_sample = generator(sample_noise(16, 96))
        with tf.variable_scope("") as scope:
            logits_real = discriminator(preprocess_img(x))
            scope.reuse_variables()
            logits_fake = discriminator(G_sample)
        D_vars = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, "discriminator")
        G_vars = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, "generator")
        D_solver, G_solver = get_solvers()
        D_loss, G_loss = gan_loss(logits_real, logits_fake)
        D_train_step = D_solver.minimize(D_loss, var_list=D_vars)
        G_train_step = G_solver.minimize(G_loss, var_list=G_vars)
        sess.run(tf.global_variables_initializer())
        losses = []
        for (minibatch, _), _ in zip(mnist, range(60)):
            _, D_loss_now = sess.run([D_train_step, D_loss], {x: minibatch})
            _, G_loss_now = sess.run([G_train_step, G_loss])
            losses.append((D_loss_now, G_loss_now))
        samples = deprocess_img(sess.run(G_sample))
    assert np.isfinite(losses).all()
    assert losses[0][0] == pytest.approx(np.log(4), abs=0.8)  # D cannot tell yet
    assert min(losses)[0] < 1  # then it learns
    assert len(show_images(samples).axes) == 16
