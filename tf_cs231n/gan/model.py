"""The graph that trains a GAN, one `sess.run` a step, and the graph that samples from it."""

import itertools
import re

import numpy as np

from sessions import find_session
from tf_cs231n.arguments import float_tensor, number_or_scalar
from tf_cs231n.arrays import check_array, real_array
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, check_count, check_number, one_of
from tf_cs231n.gan.losses import gan_loss, hinge_loss, lsgan_loss, wgan_gp_loss
from tf_cs231n.gan.networks import ARCHITECTURES, PIXELS, sample_noise
from tf_cs231n.limits import MAX_CRITIC_STEPS, MAX_NOISE_DIM
from tf_cs231n.training.minibatches import step_seed

LOSSES = {
    "lsgan": lsgan_loss,
    "vanilla": gan_loss,
    "hinge": hinge_loss,
    "wgan-gp": wgan_gp_loss,
}
# D_loss of a D that cannot tell real from fake; far below it, D has won and G learns little.
D_LOSS_AT_BALANCE = {"lsgan": 0.25, "vanilla": np.log(4), "hinge": 2.0}


def get_solvers(learning_rate=1e-3, beta1=0.5):
    """Two Adam optimisers, ``D_solver, G_solver``, each with its own state."""
    number_or_scalar("learning_rate", learning_rate, 0)
    check_number("beta1", beta1, 0, most=1)
    return (
        tf.train.AdamOptimizer(learning_rate, beta1=beta1),
        tf.train.AdamOptimizer(learning_rate, beta1=beta1),
    )


class GAN:
    """Generator against discriminator: one training step, and what it reports.

    A step updates D (``critic_steps`` times), then G against the new D, with the sample that D
    has just seen: one pass through G instead of the two of separate steps. All of it is one
    operation, `train_op`, ordered by control dependencies.

    Args:
      images: real pictures, float Tensor (critic_steps * N, 784) in [-1, 1], N known when the
        graph is built; a new minibatch whenever it is run.
      architecture: 'fc' or 'dcgan'.
      loss: 'lsgan', 'vanilla', 'hinge' or 'wgan-gp'.
      noise_dim: the length of a code.
      learning_rate, beta1: Adam's, for both networks; the rate a float or a scalar Tensor.
      critic_steps: updates of D for each of G; None: 5 for 'wgan-gp' as in its paper, else 1.
      seed: of the initial weights and the noise.

    Attributes:
      train_op, D_loss, G_loss: fetch them together; the losses are from before each update.
      D_vars, G_vars: the variables that each player's solver updates.
      samples: the last D update's G(z), (N, 784).

    Raises:
      InputError: an argument is none of these.
    """

    def __init__(
        self,
        images,
        architecture="fc",
        loss="lsgan",
        noise_dim=96,
        learning_rate=1e-3,
        beta1=0.5,
        critic_steps=None,
        seed=0,
    ):
        self._networks = ARCHITECTURES[one_of("architecture", architecture, ARCHITECTURES)]
        self._loss = one_of("loss", loss, LOSSES)
        self._seed = seed = check_count("seed", seed, 0, 2**32 - 1)
        images = float_tensor("images", images, [None, PIXELS], tf.float32)
        check_count("noise_dim", noise_dim, 1, MAX_NOISE_DIM)
        if critic_steps is None:
            critic_steps = default_critic_steps(loss)
        critic_steps = check_count("critic_steps", critic_steps, most=MAX_CRITIC_STEPS)
        rows = images.shape.as_list()[0] if images.shape.ndims else None
        if not rows or rows % critic_steps:
            raise InputError(
                f"images: got {rows} rows, expected a multiple of critic_steps {critic_steps}"
            )
        batch_size = rows // critic_steps
        D_solver, G_solver = get_solvers(learning_rate, beta1)
        # Resource variables: a read sees exactly the updates that it is ordered after.
        with tf.variable_scope(
            tf.get_variable_scope(),
            use_resource=True,
            reuse=tf.AUTO_REUSE,
            initializer=_seeded_glorot(seed),
        ):
            updates = []
            for k, real in enumerate(tf.split(images, critic_steps)):
                noise = sample_noise(batch_size, noise_dim, seed, stream=2 * k)
                averages_before = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
                self.samples = self._networks.generator(noise, training=True)
                with tf.control_dependencies(updates):
                    self.D_loss = self._D_loss(real, self.samples, stream=2 * k + 1)
                    self.D_vars = tf.trainable_variables(_scope("discriminator"))
                    updates = [D_solver.minimize(self.D_loss, var_list=self.D_vars)]
            # Of the batches that G made in this step, the one it learns from moves the averages.
            averages = [
                op for op in tf.get_collection(tf.GraphKeys.UPDATE_OPS) if op not in averages_before
            ]
            self.G_vars = tf.trainable_variables(_scope("generator"))
            with tf.control_dependencies(updates):
                logits_fake = self._networks.discriminator(self.samples)  # D as just updated
                self.G_loss = self._pair(logits_fake, logits_fake)[1]
                G_step = G_solver.minimize(self.G_loss, var_list=self.G_vars)
        self.train_op = tf.group(G_step, *averages)

    def _D_loss(self, real, fake, stream):
        # Neither discriminator mixes its rows, so one pass takes both halves.
        logits = self._networks.discriminator(tf.concat([real, fake], 0))
        logits_real, logits_fake = tf.split(logits, 2)
        return self._pair(logits_real, logits_fake, real, fake, stream)[0]

    def _pair(self, logits_real, logits_fake, real=None, fake=None, stream=None):
        """``D_loss, G_loss``; without ``real`` only the second is meant to be used."""
        if self._loss != "wgan-gp":
            return LOSSES[self._loss](logits_real, logits_fake)
        if real is None:
            return None, -tf.reduce_mean(logits_fake)
        rows = real.shape.as_list()[0]
        mix = tf.random.stateless_uniform([rows, 1], step_seed(self._seed, stream))
        return wgan_gp_loss(
            logits_real,
            logits_fake,
            rows,
            real,
            fake,
            discriminator=self._networks.discriminator,
            mix=mix,
        )


def _scope(network):
    """A pattern of the names of a network's variables, made in the present variable scope."""
    scope = tf.get_variable_scope().name
    return re.escape(f"{scope}/{network}/" if scope else f"{network}/")


def _seeded_glorot(seed):
    """Glorot's uniform initialiser with another seed for each variable, in the order of making."""
    seeds = itertools.count(1000 * seed)

    def initialize(shape, dtype=tf.float32, partition_info=None):
        return tf.glorot_uniform_initializer(seed=next(seeds))(shape, dtype=dtype)

    return initialize


def default_critic_steps(loss):
    """Updates of D for each of G: 5 for 'wgan-gp', 1 for the others."""
    return 5 if loss == "wgan-gp" else 1


class Sampler:
    """Draws pictures from a generator, its batch norm at rest: each picture from its code alone.

    Args:
      architecture: 'fc' or 'dcgan'; shares the variables of a `GAN` in the same graph.
      noise_dim: the length of a code.
      sess: the session that `sample` runs in; None: the default one.

    Attributes:
      noise: placeholder (N, noise_dim).  samples: Tensor (N, 784) in [-1, 1].
      variables: the generator's, with the moving averages; what a checkpoint must hold.
    """

    def __init__(self, architecture="fc", noise_dim=96, sess=None):
        one_of("architecture", architecture, ARCHITECTURES)
        check_count("noise_dim", noise_dim, 1, MAX_NOISE_DIM)
        self.sess = sess
        self.noise_dim = noise_dim
        self.noise = tf.placeholder(tf.float32, [None, noise_dim], "noise")
        scope = tf.get_variable_scope()
        with tf.variable_scope(scope, use_resource=True, reuse=tf.AUTO_REUSE):
            self.samples = ARCHITECTURES[architecture].generator(self.noise, training=False)
        self.variables = [
            variable
            for variable in tf.global_variables(_scope("generator"))
            if not variable.op.name.endswith(("/Adam", "/Adam_1"))
        ]

    def sample(self, codes, sess=None, batch_size=256):
        """Pictures of codes.

        Args:
          codes: array (N, noise_dim).
          batch_size: how many to draw at a time; the pictures do not depend on it.

        Returns:
          uint8 array (N, 28, 28).
        """
        sess = find_session(sess, self, self.noise.graph)
        return self.draw(codes, sess.run, batch_size)

    def draw(self, codes, run, batch_size=256):
        """`sample` by any ``run(fetches, feed_dict)``, for example a `Training`'s."""
        check_count("batch_size", batch_size)
        codes = real_array("codes", codes)
        if codes.shape != (0, self.noise_dim):
            codes = np.float32(check_array("codes", codes, (None, self.noise_dim)))
        batches = [codes[i : i + batch_size] for i in range(0, len(codes), batch_size)]
        rows = [run(self.samples, {self.noise: batch}) for batch in batches]
        pixels = np.concatenate(rows) if rows else np.zeros((0, 784), np.float32)
        return np.uint8(np.rint(255 * (pixels.reshape(-1, 28, 28) + 1) / 2))


def slerp(a, b, steps):
    """Spherical interpolation: codes on the great circle from a to b, at equal angles.

    Their lengths go from ||a|| to ||b|| evenly. A straight line would pass near the origin, where
    a high-dimensional noise has no mass.

    Args:
      a, b: arrays (dim,), not zero.
      steps: how many codes, a and b among them, at least 2.

    Returns:
      float array (steps, dim).

    Raises:
      InputError: a code is zero, or an argument is none of these.

    Source: Shoemake 1985; White 2016, arXiv 1609.04468, section 2.1.

    >>> slerp(np.array([2.0, 0.0]), np.array([0.0, 2.0]), 3).round(3).tolist()
    [[2.0, 0.0], [1.414, 1.414], [0.0, 2.0]]
    """
    a = np.float64(check_array("a", a, (None,)))
    b = np.float64(check_array("b", b, a.shape))
    check_count("steps", steps, 2)
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    if not lengths[0] or not lengths[1]:
        raise InputError("a, b: a code is zero and has no direction")
    t = np.linspace(0, 1, steps)[:, None]
    u, v = a / lengths[0], b / lengths[1]
    # atan2 keeps small angles exact, where arccos of a number near 1 does not.
    angle = 2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))
    if np.sin(angle) < 1e-9:  # the same direction, or opposite ones, which no one circle joins
        return (1 - t) * a + t * b
    directions = (np.sin((1 - t) * angle) * u + np.sin(t * angle) * v) / np.sin(angle)
    return ((1 - t) * lengths[0] + t * lengths[1]) * directions
