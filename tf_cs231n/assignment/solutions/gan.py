"""Generative adversarial networks: layers, networks, losses and the training steps.

Images are rows of 784 numbers in [-1, 1]; D's outputs, the logits, are (N, 1); all losses are
minimized.
"""

from tf_cs231n.compat import tf
from tf_cs231n.layers import batch_norm, conv2d, deconv2d, dense, max_pool


def dense_layer(name, x, units):
    """A dense layer with its variables in a scope of this name."""
    with tf.variable_scope(name):
        return dense(x, units)


def batch_norm_layer(name, x):
    """Batch norm in training mode with its variables in a scope of this name."""
    with tf.variable_scope(name):
        return batch_norm(x, True)


def leaky_relu(x, alpha=0.01):
    """A ReLU that keeps a small slope alpha where x is negative.

    Args:
      x: Tensor of any shape.
      alpha: a number below 1.

    Returns:
      out: Tensor of the same shape.
    """
    out = tf.maximum(x, alpha * x)
    return out


def sample_noise(batch_size, dim):
    """Noise for the generator: new numbers at every run, uniform in [-1, 1].

    Args:
      batch_size: N.
      dim: the length of a code.

    Returns:
      noise: Tensor (N, dim).
    """
    noise = tf.random_uniform([batch_size, dim], minval=-1, maxval=1)
    return noise


def discriminator(x):
    """The fully connected discriminator, in the variable scope "discriminator".

    Layers: dense 256, leaky ReLU 0.01, dense 256, leaky ReLU 0.01, dense 1.
    `tf_cs231n.layers.dense` makes a dense layer's variables; give each a scope of its own.

    Args:
      x: images (N, 784).

    Returns:
      logits: (N, 1), without an activation at the end.
    """
    with tf.variable_scope("discriminator"):
        h = leaky_relu(dense_layer("fc1", x, 256), 0.01)
        h = leaky_relu(dense_layer("fc2", h, 256), 0.01)
        logits = dense_layer("logits", h, 1)
        return logits


def generator(z):
    """The fully connected generator, in the variable scope "generator".

    Layers: dense 1024, ReLU, dense 1024, ReLU, dense 784, tanh.

    Args:
      z: noise (N, dim).

    Returns:
      img: images (N, 784) in [-1, 1].
    """
    with tf.variable_scope("generator"):
        h = tf.nn.relu(dense_layer("fc1", z, 1024))
        h = tf.nn.relu(dense_layer("fc2", h, 1024))
        img = tf.tanh(dense_layer("image", h, 784))
        return img


def dcgan_discriminator(x):
    """The convolutional discriminator, in the variable scope "discriminator".

    Layers: conv 32 filters 5x5 stride 1 (no padding), leaky ReLU 0.01, max-pool 2x2 stride 2, conv
    64 filters 5x5 stride 1 (no padding), leaky ReLU 0.01, max-pool 2x2 stride 2, flatten, dense
    4*4*64 = 1024, leaky ReLU 0.01, dense 1.

    Args:
      x: images (N, 784).

    Returns:
      logits: (N, 1), without an activation at the end.
    """
    with tf.variable_scope("discriminator"):
        h = tf.reshape(x, [-1, 28, 28, 1])
        with tf.variable_scope("conv1"):
            h = conv2d(h, [5, 5, 1, 32], [32], padding="VALID")
        h = max_pool(leaky_relu(h, 0.01))
        with tf.variable_scope("conv2"):
            h = conv2d(h, [5, 5, 32, 64], [64], padding="VALID")
        h = max_pool(leaky_relu(h, 0.01))
        h = leaky_relu(dense_layer("fc1", tf.reshape(h, [-1, 1024]), 1024), 0.01)
        logits = dense_layer("logits", h, 1)
        return logits


def dcgan_generator(z):
    """The convolutional generator, in the variable scope "generator".

    Layers: dense 1024, ReLU, batch norm, dense 7*7*128, ReLU, batch norm, reshape to (7, 7, 128),
    transposed conv 64 filters 4x4 stride 2 (same padding), ReLU, batch norm, transposed conv 1
    filter 4x4 stride 2 (same padding), tanh. Batch norm is in training mode.

    Args:
      z: noise (N, dim).

    Returns:
      img: images (N, 784) in [-1, 1].
    """
    with tf.variable_scope("generator"):
        h = batch_norm_layer("bn1", tf.nn.relu(dense_layer("fc1", z, 1024)))
        h = batch_norm_layer("bn2", tf.nn.relu(dense_layer("fc2", h, 7 * 7 * 128)))
        h = tf.reshape(h, [-1, 7, 7, 128])
        with tf.variable_scope("deconv1"):
            h = deconv2d(h, [4, 4, 64, 128], [64])
        h = batch_norm_layer("bn3", tf.nn.relu(h))
        with tf.variable_scope("deconv2"):
            h = tf.tanh(deconv2d(h, [4, 4, 1, 64], [1]))
        img = tf.reshape(h, [-1, 784])
        return img


def gan_loss(logits_real, logits_fake):
    """The vanilla GAN losses: D tells real from fake; G wants its images to be taken for real.

    G's is the non-saturating form. Averages over the batch.

    Args:
      logits_real: D's outputs for real images, (N, 1), any numbers.
      logits_fake: D's outputs for generated images, (N, 1).

    Returns:
      D_loss: a scalar Tensor.
      G_loss: a scalar Tensor.
    """
    cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits
    real = cross_entropy(labels=tf.ones_like(logits_real), logits=logits_real)
    fake = cross_entropy(labels=tf.zeros_like(logits_fake), logits=logits_fake)
    D_loss = tf.reduce_mean(real) + tf.reduce_mean(fake)
    fooled = cross_entropy(labels=tf.ones_like(logits_fake), logits=logits_fake)
    G_loss = tf.reduce_mean(fooled)
    return D_loss, G_loss


def lsgan_loss(scores_real, scores_fake):
    """The least-squares GAN losses, each with the factor 1/2 of the paper, averaged over the batch.

    Args:
      scores_real: D's outputs for real images, (N, 1), which should be 1.
      scores_fake: D's outputs for generated images, (N, 1), which D wants at 0.

    Returns:
      D_loss: a scalar Tensor.
      G_loss: a scalar Tensor.
    """
    real = tf.reduce_mean((scores_real - 1) ** 2)
    fake = tf.reduce_mean(scores_fake**2)
    D_loss = 0.5 * real + 0.5 * fake
    G_loss = 0.5 * tf.reduce_mean((scores_fake - 1) ** 2)
    return D_loss, G_loss


def wgan_gp_loss(logits_real, logits_fake, batch_size, x, G_sample):
    """The Wasserstein GAN losses with a gradient penalty of weight 10.

    The penalty looks at the slope of `discriminator` (a function of this module; call it with
    ``tf.variable_scope("", reuse=True)``) at random points, one for each image, between a real
    image and a generated one.

    Args:
      logits_real: D's outputs for real images, (N, 1).
      logits_fake: D's outputs for generated images, (N, 1).
      batch_size: N.
      x: real images (N, 784) in [-1, 1].
      G_sample: generated images (N, 784) in [-1, 1].

    Returns:
      D_loss: a scalar Tensor.
      G_loss: a scalar Tensor.
    """
    D_loss = tf.reduce_mean(logits_fake) - tf.reduce_mean(logits_real)
    G_loss = -tf.reduce_mean(logits_fake)
    lam = 10
    eps = tf.random_uniform([batch_size, 1])
    x_hat = eps * x + (1 - eps) * G_sample
    with tf.variable_scope("", reuse=True):
        slopes = tf.gradients(discriminator(x_hat), x_hat)[0]
    norms = tf.sqrt(tf.reduce_sum(slopes**2, axis=1))
    penalty = tf.reduce_mean((norms - 1) ** 2)
    D_loss += lam * penalty
    return D_loss, G_loss


def get_solvers(learning_rate=1e-3, beta1=0.5):
    """Two Adam optimizers, one for each player.

    Args:
      learning_rate: of both.
      beta1: how much of the old gradient's mean is kept.

    Returns:
      D_solver: an optimizer.
      G_solver: another optimizer.
    """
    D_solver = tf.train.AdamOptimizer(learning_rate, beta1=beta1)
    G_solver = tf.train.AdamOptimizer(learning_rate, beta1=beta1)
    return D_solver, G_solver


def get_train_steps(D_solver, G_solver, D_loss, G_loss):
    """The operations that train each player a step and leave the other as it is.

    The networks' variables lie in the scopes "discriminator" and "generator". Each step also runs
    the update operations (of batch norm) in its own scope, which ``tf.GraphKeys.UPDATE_OPS``
    collects.

    Args:
      D_solver, G_solver: from get_solvers.
      D_loss, G_loss: scalar Tensors.

    Returns:
      D_train_step: an operation.
      G_train_step: an operation.
    """
    D_vars = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, "discriminator")
    G_vars = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, "generator")
    D_updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS, "discriminator")
    G_updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS, "generator")
    with tf.control_dependencies(D_updates):
        D_train_step = D_solver.minimize(D_loss, var_list=D_vars)
    with tf.control_dependencies(G_updates):
        G_train_step = G_solver.minimize(G_loss, var_list=G_vars)
    return D_train_step, G_train_step
