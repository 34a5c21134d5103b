"""Generative adversarial networks: a generator G against a discriminator D.

Four sections, in the order of the course's notebook:

losses             vanilla, least squares, hinge, Wasserstein with gradient penalty
networks           D and G, fully connected and convolutional (DCGAN)
one training step  `GAN`: the graph that updates D, then G, in one `sess.run`
sampling           `GeneratorSampler`: images from noise; `slerp`: a walk between two of them

`gan_training` trains and judges, and has larger networks. Losses are minimized; images are rows of
numbers in [-1, 1], here the 784 of a 28x28 digit.
"""

import collections
import re

import numpy as np

from sessions import find_session
from tf_cs231n import checks
from tf_cs231n.compat import tf
from tf_cs231n.layers import batch_norm, conv2d, deconv2d, dense, max_pool, seeded_glorot
from tf_cs231n.norms import vector_norm
from tf_cs231n.ops.tensors import to_tensor
from tf_cs231n.training.loop import minimize
from tf_cs231n.training.minibatches import step_seed
from tf_cs231n.training.towers import find_towers

IMAGE_SIZE = 28
PIXELS = IMAGE_SIZE**2

# --- Losses ---------------------------------------------------------------------------------------
# Functions of D's outputs (N, 1) for real images and for samples, which return the two scalars
# D_loss, G_loss. NaN propagates.


def gan_loss(logits_real, logits_fake):
    """Vanilla: D classifies real against fake; G makes D say "real" (the non-saturating form).

    With D = sigmoid(logits)::

        D_loss = -E[log D(x)] - E[log(1 - D(G(z)))]        G_loss = -E[log D(G(z))]

    At the best D = p/(p + q) for data p and samples q, D_loss = log 4 - 2 JS(p, q).

    Source: Goodfellow et al. 2014, arXiv 1406.2661, eq. 1, section 3 and theorem 1.
    """
    checks.shapes(logits_real=(logits_real, "..."), logits_fake=(logits_fake, "..."))
    logits_real, logits_fake = (to_tensor("logits", x) for x in (logits_real, logits_fake))
    real = tf.reduce_mean(_cross_entropy(logits_real, 1.0))
    fake = tf.reduce_mean(_cross_entropy(logits_fake, 0.0))
    return real + fake, tf.reduce_mean(_cross_entropy(logits_fake, 1.0))


def _cross_entropy(logits, label):
    labels = label * tf.ones_like(logits)
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)


def lsgan_loss(scores_real, scores_fake):
    """Least squares: D's scores aim at 1 and 0, G's at 1, without a sigmoid.

    ::

        D_loss = E[(D(x) - 1)^2] / 2 + E[D(G(z))^2] / 2    G_loss = E[(D(G(z)) - 1)^2] / 2

    Source: Mao et al. 2017, arXiv 1611.04076, eq. 9.
    """
    checks.shapes(scores_real=(scores_real, "..."), scores_fake=(scores_fake, "..."))
    scores_real, scores_fake = (to_tensor("scores", x) for x in (scores_real, scores_fake))
    real = tf.reduce_mean(tf.square(scores_real - 1)) / 2
    fake = tf.reduce_mean(tf.square(scores_fake)) / 2
    return real + fake, tf.reduce_mean(tf.square(scores_fake - 1)) / 2


def hinge_loss(logits_real, logits_fake):
    """Hinge: D learns only from outputs inside the margin [-1, 1].

    ::

        D_loss = E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]    G_loss = -E[D(G(z))]

    Source: Lim and Ye 2017, arXiv 1705.02894; Miyato et al. 2018, arXiv 1802.05957, eq. 16-17.
    """
    real = tf.reduce_mean(tf.nn.relu(1 - logits_real))
    fake = tf.reduce_mean(tf.nn.relu(1 + logits_fake))
    return real + fake, -tf.reduce_mean(logits_fake)


def wasserstein_loss(logits_real, logits_fake):
    """Wasserstein: how far apart D's mean outputs are, for a D whose slope is bounded.

    ::

        D_loss = E[D(G(z))] - E[D(x)]    G_loss = -E[D(G(z))]

    Source: Arjovsky et al. 2017, arXiv 1701.07875, eq. 2.
    """
    fake = tf.reduce_mean(logits_fake)
    return fake - tf.reduce_mean(logits_real), -fake


def wgan_gp_loss(
    logits_real, logits_fake, batch_size, x, G_sample, discriminator=None, lam=10, mix=None
):
    """Wasserstein with gradient penalty: D's slope is held near 1 between real and fake.

    ::

        D_loss = E[D(G(z))] - E[D(x)] + lam E[(||grad D(x_hat)||_2 - 1)^2]    G_loss = -E[D(G(z))]

    where x_hat = e x + (1 - e) G(z) with e uniform in [0, 1] for each image.

    Args:
      batch_size: N.
      x, G_sample: real images and samples (N, 784), both in [-1, 1]. The course's notebook mixes
        real images in [0, 1] with samples in [-1, 1], so its x_hat is off the line between them.
      discriminator: the function that gave the logits; called within
        ``tf.variable_scope('', reuse=True)``; None: the fully connected one.
      lam: the penalty's weight.
      mix: e, a Tensor (N, 1); None: drawn from TensorFlow's own random stream.

    Source: Gulrajani et al. 2017, arXiv 1704.00028, eq. 3.
    """
    checks.shapes({"N": batch_size}, x=(x, "N D"), G_sample=(G_sample, "N D"))
    if mix is None:
        mix = tf.random_uniform([batch_size, 1], dtype=x.dtype)
    x_hat = mix * x + (1 - mix) * G_sample
    with tf.variable_scope(tf.get_variable_scope(), reuse=True):
        outputs = (discriminator or ARCHITECTURES["fc"].discriminator)(x_hat)
        slopes = tf.gradients(outputs, x_hat)[0]
    # One norm per image; `vector_norm` has gradient 0, not NaN, where the slope vanishes.
    penalty = lam * tf.reduce_mean(tf.square(vector_norm(slopes) - 1))
    D_loss, G_loss = wasserstein_loss(logits_real, logits_fake)
    return D_loss + penalty, G_loss


# `GAN` adds the gradient penalty to the last.
LOSSES = {
    "lsgan": lsgan_loss,
    "vanilla": gan_loss,
    "hinge": hinge_loss,
    "wgan-gp": wasserstein_loss,
}
# D_loss of a D that cannot tell real from fake. Far below it, D has won and G learns little.
D_LOSS_AT_BALANCE = {"lsgan": 0.25, "vanilla": np.log(4), "hinge": 2.0}

# --- Networks -------------------------------------------------------------------------------------
# Discriminators take images x (N, 784) and return logits (N, 1): the larger, the more real.
# Generators take noise z (N, dim) and return images (N, 784). Each opens its variables under
# 'discriminator' or 'generator' in the current variable scope; a second call shares them where
# that scope reuses.


def leaky_relu(x, alpha=0.01):
    """``max(x, alpha x)``, for alpha below 1: a ReLU that keeps a slope alpha where x < 0."""
    return tf.nn.leaky_relu(x, alpha)


def sample_noise(batch_size, dim, seed=None, stream=0):
    """Uniform noise in [-1, 1) for a generator.

    Args:
      batch_size: N, a number or a scalar Tensor.
      dim: the length of a noise vector.
      seed: an int: different noise at each global step, the same for the same step (`step_seed`),
        so that a resumed training continues as if it had never stopped; None: TensorFlow's own
        random stream.
      stream: distinguishes several noises of one step.

    Returns:
      float32 Tensor (N, dim).
    """
    checks.counts(batch_size=1 if tf.is_tensor(batch_size) else batch_size, dim=dim)
    if seed is None:
        return tf.random_uniform([batch_size, dim], -1, 1)
    return tf.random.stateless_uniform([batch_size, dim], step_seed(seed, stream), -1, 1)


def preprocess_img(x):
    """Pixels in [0, 1] to the generator's range [-1, 1]."""
    return 2.0 * x - 1.0


def deprocess_img(x):
    """The generator's range [-1, 1] to pixels in [0, 1]."""
    return (x + 1.0) / 2.0


def discriminator(x):
    """Fully connected: 784-256-256-1 with leaky ReLUs; images (N, 784) to logits (N, 1)."""
    checks.shapes(x=(x, f"N {PIXELS}"))
    with tf.variable_scope("discriminator"):
        h = leaky_relu(_dense("fc1", x, 256))
        h = leaky_relu(_dense("fc2", h, 256))
        return _dense("logits", h, 1)


def generator(z):
    """Fully connected: dim-1024-1024-784, ReLUs, then tanh; noise (N, dim) to images (N, 784)."""
    with tf.variable_scope("generator"):
        h = tf.nn.relu(_dense("fc1", z, 1024))
        h = tf.nn.relu(_dense("fc2", h, 1024))
        return tf.tanh(_dense("image", h, PIXELS))


def dcgan_discriminator(x):
    """Two 5x5 convolutions with pooling, two dense layers; images (N, 784) to logits (N, 1)."""
    checks.shapes(x=(x, f"N {PIXELS}"))
    with tf.variable_scope("discriminator"):
        h = tf.reshape(x, [-1, IMAGE_SIZE, IMAGE_SIZE, 1])
        with tf.variable_scope("conv1"):
            h = conv2d(h, [5, 5, 1, 32], [32], padding="VALID")  # (N, 24, 24, 32)
        # The course applies the ReLU first. It keeps the order of numbers, so the maximum is the
        # same, and after pooling only a quarter of the numbers is left for it.
        h = leaky_relu(max_pool(h))  # (N, 12, 12, 32)
        with tf.variable_scope("conv2"):
            h = conv2d(h, [5, 5, 32, 64], [64], padding="VALID")  # (N, 8, 8, 64)
        h = leaky_relu(max_pool(h))  # (N, 4, 4, 64)
        h = leaky_relu(_dense("fc1", tf.reshape(h, [-1, 4 * 4 * 64]), 1024))
        return _dense("logits", h, 1)


def dcgan_generator(z, training=True):
    """Two dense layers, two 4x4 deconvolutions of stride 2; noise (N, dim) to images (N, 784).

    Args:
      z: noise (N, dim).
      training: True: batch norm with the batch's statistics; the operations that update its moving
        averages are added to ``tf.GraphKeys.UPDATE_OPS``, and the training step must run them
        (the course's notebook collects them but never runs them). False: with the moving averages,
        so that an image depends on its own noise vector alone.
    """
    with tf.variable_scope("generator"):
        h = _relu_batch_norm("bn1", _dense("fc1", z, 1024), training)
        h = _relu_batch_norm("bn2", _dense("fc2", h, 7 * 7 * 128), training)
        h = tf.reshape(h, [-1, 7, 7, 128])
        with tf.variable_scope("deconv1"):
            h = deconv2d(h, [4, 4, 64, 128], [64])  # (N, 14, 14, 64)
        h = _relu_batch_norm("bn3", h, training)
        with tf.variable_scope("deconv2"):
            h = tf.tanh(deconv2d(h, [4, 4, 1, 64], [1]))  # (N, 28, 28, 1)
        return tf.reshape(h, [-1, PIXELS])


def _dense(name, x, units):
    with tf.variable_scope(name):
        return dense(x, units)


def _relu_batch_norm(name, x, training):
    with tf.variable_scope(name):
        return batch_norm(tf.nn.relu(x), training)  # in this order, as in the course


# discriminator: x -> logits. generator: z, training -> images. shape: of an image. mixes_rows:
# whether D has batch norm, so that an image's logit depends on the others of its batch.
Architecture = collections.namedtuple("Architecture", "discriminator generator shape mixes_rows")
Architecture.__new__.__defaults__ = ((IMAGE_SIZE, IMAGE_SIZE), False)

ARCHITECTURES = {
    "fc": Architecture(discriminator, lambda z, training: generator(z)),  # no batch norm
    "dcgan": Architecture(dcgan_discriminator, dcgan_generator),
}

# --- One training step ----------------------------------------------------------------------------


def get_solvers(learning_rate=1e-3, beta1=0.5):
    """Two Adam optimizers, ``D_solver, G_solver``, each with its own state."""
    checks.numbers(least=0, most=1, beta1=beta1)
    return tuple(tf.train.AdamOptimizer(learning_rate, beta1=beta1) for _ in range(2))


def default_critic_steps(loss):
    """Updates of D for each update of G: 5 for 'wgan-gp', as in its paper, 1 for the others."""
    return 5 if loss == "wgan-gp" else 1


class GAN:
    """Generator against discriminator: one training step, and the losses that it reports.

    A step updates D (``critic_steps`` times), then G against the new D, with the samples that D
    has just seen: one pass through G instead of the two of separate steps. All of it is one
    operation, `train_op`, ordered by control dependencies.

    Args:
      images: real images, float Tensor (critic_steps * N, 784) in [-1, 1]; a new minibatch
        whenever it is run.
      architecture: 'fc' or 'dcgan', or an `Architecture`.
      loss: a key of `LOSSES`, or ``f(logits_real, logits_fake, x, G_sample) -> D_loss, G_loss``.
      noise_dim: the length of a noise vector.
      learning_rate, beta1: Adam's, for both networks; the rate a float or a scalar Tensor.
      critic_steps: updates of D for each update of G; None: `default_critic_steps`.
      seed: of the initial weights and the noise.
      towers: `training.towers.Towers`, which share a minibatch; None: one device has it all.

    Attributes:
      train_op, D_loss, G_loss: fetch them together; the losses are from before each update.
      D_vars, G_vars: the variables that each player's solver updates.
      samples: the last D update's G(z), (N, 784).

    Raises:
      InputError: an unknown name of an architecture or a loss.
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
        towers=None,
    ):
        if not isinstance(architecture, Architecture):
            checks.one_of(ARCHITECTURES, architecture=architecture)
        if not callable(loss):
            checks.one_of(LOSSES, loss=loss)
        self._networks = ARCHITECTURES.get(architecture, architecture)
        self._loss, towers = loss, find_towers(towers)
        D_solver, G_solver = get_solvers(learning_rate, beta1)
        # Resource variables: a read sees exactly the updates that it is ordered after.
        shared = {"use_resource": True, "reuse": tf.AUTO_REUSE, "initializer": seeded_glorot(seed)}
        with tf.variable_scope(tf.get_variable_scope(), **shared):
            updates = []
            for k, real in enumerate(tf.split(images, critic_steps or default_critic_steps(loss))):
                N = real.shape.as_list()[0]
                noise = sample_noise(N, noise_dim, seed, stream=2 * k)
                mix = tf.random.stateless_uniform([N, 1], step_seed(seed, stream=2 * k + 1))
                older_averages = len(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
                fakes = towers.map(lambda z: self._networks.generator(z, training=True), noise)
                with tf.control_dependencies(updates):
                    self.D_loss = towers.mean(self._discriminator_loss, real, fakes, mix)
                    self.D_vars = tf.trainable_variables(_scope("discriminator"))
                    updates = [minimize(self.D_loss, D_solver, self.D_vars)[0]]
            self.samples = tf.concat(fakes, axis=0)
            self.G_vars = tf.trainable_variables(_scope("generator"))
            with tf.control_dependencies(updates):  # by D as just updated
                self.G_loss = towers.mean(self._generator_loss, real, fakes)
                G_step = minimize(self.G_loss, G_solver, self.G_vars)[0]
        # Of the batches that G made in this step, the one it learns from updates the averages.
        averages = tf.get_collection(tf.GraphKeys.UPDATE_OPS)[older_averages:]
        self.train_op = tf.group(G_step, *averages)

    def _generator_loss(self, real, fake):
        D = self._networks.discriminator
        if callable(self._loss):
            return self._loss(D(real), D(fake), real, fake)[1]
        logits_fake = D(fake)
        return LOSSES[self._loss](logits_fake, logits_fake)[1]

    def _discriminator_loss(self, real, fake, mix):
        D = self._networks.discriminator
        if callable(self._loss):
            return self._loss(D(real), D(fake), real, fake)[0]
        if self._networks.mixes_rows:
            logits_real, logits_fake = D(real), D(fake)
        else:  # one pass takes both halves
            logits_real, logits_fake = tf.split(D(tf.concat([real, fake], 0)), 2)
        if self._loss != "wgan-gp":
            return LOSSES[self._loss](logits_real, logits_fake)[0]
        N = real.shape.as_list()[0]
        return wgan_gp_loss(logits_real, logits_fake, N, real, fake, D, mix=mix)[0]


def _scope(network):
    """A pattern of the names of a network's variables, made in the current variable scope."""
    scope = tf.get_variable_scope().name
    return re.escape(f"{scope}/{network}/" if scope else f"{network}/")


# --- Sampling -------------------------------------------------------------------------------------


class GeneratorSampler:
    """Draws images from a generator, with batch norm's moving averages: each from its noise alone.

    Args:
      architecture: as for `GAN`; shares the variables of a `GAN` in the same graph.
      noise_dim: the length of a noise vector.
      sess: the session that `sample` runs in; None: the default one.

    Attributes:
      noise: placeholder (N, noise_dim).  samples: Tensor (N, H*W*C) in [-1, 1].
      variables: the generator's, with the moving averages; what a checkpoint must hold.
    """

    def __init__(self, architecture="fc", noise_dim=96, sess=None):
        self.sess, self.noise_dim = sess, noise_dim
        self._networks = ARCHITECTURES.get(architecture, architecture)
        self.noise = tf.placeholder(tf.float32, [None, noise_dim], "noise")
        with tf.variable_scope(tf.get_variable_scope(), use_resource=True, reuse=tf.AUTO_REUSE):
            self.samples = self._networks.generator(self.noise, training=False)
        made = tf.global_variables(_scope("generator"))
        self.variables = [v for v in made if not v.op.name.endswith(("/Adam", "/Adam_1"))]

    def sample(self, noise, sess=None, batch_size=256):
        """The images, uint8 (N, H, W) or (N, H, W, 3), that G makes of noise (N, noise_dim)."""
        return self.draw(noise, find_session(sess, self, self.noise.graph).run, batch_size)

    def draw(self, noise, run, batch_size=256):
        """`sample` with any ``run(fetches, feed_dict)``, for example a `Training`'s."""
        noise = np.float32(checks.array("noise", noise, "N dim", {"dim": self.noise_dim}))
        batches = [noise[i : i + batch_size] for i in range(0, len(noise), batch_size)]
        rows = [run(self.samples, {self.noise: batch}) for batch in batches]
        pixels = np.concatenate(rows) if rows else np.zeros((0, *self._networks.shape), np.float32)
        return np.uint8(np.rint(255 * deprocess_img(pixels.reshape(-1, *self._networks.shape))))


def slerp(a, b, steps):
    """Spherical interpolation: noise on the great circle from a to b, at equal angles.

    Their lengths change evenly from ||a|| to ||b||. A straight line would pass near the origin,
    where high-dimensional noise almost never lies. Between opposite vectors, or from zero, where
    no one circle leads, the line is straight.

    Args:
      a, b: arrays (dim,).
      steps: how many points, at least 2, a and b among them; or their places, 0 (a) to 1 (b).

    Returns:
      float array (steps, dim).

    Source: Shoemake 1985; White 2016, arXiv 1609.04468, section 2.1.

    >>> slerp(np.array([2.0, 0.0]), np.array([0.0, 2.0]), 3).round(3).tolist()
    [[2.0, 0.0], [1.414, 1.414], [0.0, 2.0]]
    """
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    t = (np.linspace(0, 1, steps) if np.ndim(steps) == 0 else np.asarray(steps))[:, None]
    straight = (1 - t) * a + t * b
    if min(lengths) == 0:
        return straight
    u, v = a / lengths[0], b / lengths[1]
    # atan2 keeps small angles exact, where arccos of a number near 1 does not.
    angle = 2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))
    if np.sin(angle) < 1e-9:
        return straight
    directions = (np.sin((1 - t) * angle) * u + np.sin(t * angle) * v) / np.sin(angle)
    return ((1 - t) * lengths[0] + t * lengths[1]) * directions


if __name__ == "__main__":
    from tf_cs231n.cli import main

    main("gan")
