"""What the two players of a GAN minimise, from the discriminator's outputs.

``logits_real`` and ``logits_fake`` are D's outputs (N, 1), or (N,), for real pictures and for
samples, any real numbers; every loss is a pair of scalars ``D_loss, G_loss``, both minimised. NaN
is carried on; what has another shape or dtype is an `InputError`.
"""

from tf_cs231n.arguments import float_tensor
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, check_count, check_number, shown
from tf_cs231n.gan.networks import discriminator as fully_connected_discriminator
from tf_cs231n.norms import vector_norm


def gan_loss(logits_real, logits_fake):
    """Vanilla: D classifies real against fake; G makes D say "real" (the non-saturating form).

    With D = sigmoid(logits)::

        D_loss = -E[log D(x)] - E[log(1 - D(G(z)))]        G_loss = -E[log D(G(z))]

    At the best D = p/(p + q) for data p and samples q, D_loss = log 4 - 2 JS(p, q).

    Source: Goodfellow et al. 2014, arXiv 1406.2661, eq. 1, section 3 and theorem 1.
    """
    logits_real, logits_fake = _outputs(logits_real=logits_real, logits_fake=logits_fake)
    real = tf.reduce_mean(_cross_entropy(logits_real, 1.0))
    fake = tf.reduce_mean(_cross_entropy(logits_fake, 0.0))
    return real + fake, tf.reduce_mean(_cross_entropy(logits_fake, 1.0))


def lsgan_loss(scores_real, scores_fake):
    """Least squares: D's scores aim at 1 and 0, G's at 1, without a sigmoid.

    ::

        D_loss = E[(D(x) - 1)^2] / 2 + E[D(G(z))^2] / 2    G_loss = E[(D(G(z)) - 1)^2] / 2

    Source: Mao et al. 2017, arXiv 1611.04076, eq. 9.
    """
    scores_real, scores_fake = _outputs(scores_real=scores_real, scores_fake=scores_fake)
    D_loss = (
        tf.reduce_mean(tf.square(scores_real - 1)) / 2 + tf.reduce_mean(tf.square(scores_fake)) / 2
    )
    return D_loss, tf.reduce_mean(tf.square(scores_fake - 1)) / 2


def hinge_loss(logits_real, logits_fake):
    """Hinge: D learns only from outputs inside the margin [-1, 1].

    ::

        D_loss = E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]    G_loss = -E[D(G(z))]

    Source: Lim and Ye 2017, arXiv 1705.02894; Miyato et al. 2018, arXiv 1802.05957, eq. 16-17.
    """
    logits_real, logits_fake = _outputs(logits_real=logits_real, logits_fake=logits_fake)
    D_loss = tf.reduce_mean(tf.nn.relu(1 - logits_real)) + tf.reduce_mean(
        tf.nn.relu(1 + logits_fake)
    )
    return D_loss, -tf.reduce_mean(logits_fake)


def wgan_gp_loss(
    logits_real, logits_fake, batch_size, x, G_sample, discriminator=None, lam=10, mix=None
):
    """Wasserstein with gradient penalty: D's slope is held near 1 between real and fake.

    ::

        D_loss = E[D(G(z))] - E[D(x)] + lam E[(||grad D(x_hat)||_2 - 1)^2]    G_loss = -E[D(G(z))]

    where x_hat = e x + (1 - e) G(z) with e uniform in [0, 1] for each picture.

    Args:
      batch_size: N.
      x, G_sample: real pictures and samples (N, 784), both in [-1, 1]: the course's notebook mixes
        real pictures in [0, 1] with samples in [-1, 1], so its slopes lie off the line between.
      discriminator: the function that gave the logits; called within
        ``tf.variable_scope('', reuse=True)``; None: the fully connected one.
      lam: the penalty's weight.
      mix: e, a Tensor (N, 1); None: drawn with TensorFlow's own stream.

    Source: Gulrajani et al. 2017, arXiv 1704.00028, eq. 3.
    """
    discriminator = discriminator or fully_connected_discriminator
    if not callable(discriminator):
        raise InputError(f"discriminator: got {shown(discriminator)}, expected a function")
    check_number("lam", lam, 0)
    logits_real, logits_fake = _outputs(logits_real=logits_real, logits_fake=logits_fake)
    x = float_tensor("x", x, [None, None])
    G_sample = float_tensor("G_sample", G_sample, x.shape, x.dtype.base_dtype)
    rows = check_count("batch_size", batch_size)
    if not x.shape.is_compatible_with([rows, None]):
        raise InputError(f"batch_size: got {rows}, expected that of x, of shape {x.shape}")
    if mix is None:
        mix = tf.random_uniform([rows, 1], dtype=x.dtype.base_dtype)
    mix = float_tensor("mix", mix, [rows, 1], x.dtype.base_dtype)
    x_hat = mix * x + (1 - mix) * G_sample
    with tf.variable_scope(tf.get_variable_scope(), reuse=True):
        outputs = discriminator(x_hat)
        slopes = tf.gradients(outputs, x_hat)[0] if tf.is_tensor(outputs) else None
    if slopes is None:
        raise InputError("discriminator: expected a function of pictures to logits made from them")
    # One norm a picture; `vector_norm` has gradient 0, not NaN, where the slope vanishes.
    penalty = lam * tf.reduce_mean(tf.square(vector_norm(slopes) - 1))
    wasserstein = tf.reduce_mean(logits_fake) - tf.reduce_mean(logits_real)
    return wasserstein + penalty, -tf.reduce_mean(logits_fake)


def _outputs(**logits):
    """D's outputs by name, as Tensors (N, 1) or (N,)."""
    tensors = []
    for name, values in logits.items():
        values = float_tensor(name, values, None)
        if not any(values.shape.is_compatible_with(shape) for shape in ([None, 1], [None])):
            raise InputError(f"{name}: got shape {values.shape}, expected (N, 1)")
        tensors.append(values)
    return tensors


def _cross_entropy(logits, label):
    return tf.nn.sigmoid_cross_entropy_with_logits(
        labels=label * tf.ones_like(logits), logits=logits
    )
