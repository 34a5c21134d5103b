"""Second solutions of the graph tasks, right and written differently."""

import numpy as np
from other_networks import dcgan_discriminator, dcgan_generator
from scipy.ndimage import gaussian_filter

from tf_cs231n.compat import tf
from tf_cs231n.images import SQUEEZENET_MEAN, SQUEEZENET_STD

__all__ = ["dcgan_discriminator", "dcgan_generator"]


def compute_saliency_maps(X, y, model):
    maps = []
    for image, label in zip(X, y):
        gradient = tf.gradients(model.scores[0, int(label)], model.image)[0]
        values = sess.run(gradient, {model.image: image[None]})[0]  # noqa: F821
        maps.append(np.maximum(values.max(-1), (-values).max(-1)))
    return np.array(maps)


def make_fooling_image(X, target_y, model, sess=None):
    image = np.array(X)
    gradient = tf.gradients(model.classifier[:, target_y], model.image)[0]
    for _ in range(100):
        if np.argmax(model.sess.run(model.classifier, {model.image: image})) == target_y:
            return image
        g = model.sess.run(gradient, {model.image: image})
        image = image + g / np.sqrt((g * g).sum())
    return image


def create_class_visualization(target_y, model, sess, l2_reg=1e-3, learning_rate=25,
                               num_iterations=100, blur_every=10, max_jitter=16, **_):  # fmt: skip
    """The score less the L2 term as one Tensor; index arrays for rolls; the blur as one filter."""
    objective = model.scores[:, target_y] - 2 * l2_reg * tf.nn.l2_loss(model.image)
    (slope,) = tf.gradients(objective, [model.image])
    pixels = (np.random.rand(224, 224, 3) - SQUEEZENET_MEAN) / SQUEEZENET_STD
    low, high = (0 - SQUEEZENET_MEAN) / SQUEEZENET_STD, (1 - SQUEEZENET_MEAN) / SQUEEZENET_STD
    for t in range(num_iterations):
        down, right = np.random.randint(-max_jitter, max_jitter + 1, 2)
        rows, columns = np.arange(224) - down, np.arange(224) - right
        shifted = pixels.take(rows, 0, mode="wrap").take(columns, 1, mode="wrap")
        (step,) = sess.run(slope, {model.image: shifted[None]})
        shifted = shifted + learning_rate * step / np.sqrt((step.astype(float) ** 2).sum())
        rows, columns = np.arange(224) + down, np.arange(224) + right
        pixels = shifted.take(rows, 0, mode="wrap").take(columns, 1, mode="wrap")
        pixels = np.minimum(np.maximum(pixels, low), high)
        if not t % blur_every:
            pixels = gaussian_filter(pixels, (0.5, 0.5, 0))
    return pixels[None].astype(np.float32)


def content_loss(content_weight, content_current, content_original):
    return content_weight * 2 * tf.nn.l2_loss(content_current - content_original)


def gram_matrix(features, normalize=True):
    _, H, W, C = features.get_shape().as_list()
    gram = tf.einsum("nhwc,nhwd->cd", features, features)
    return gram / (H * W * C) if normalize else gram


def style_loss(feats, style_layers, style_targets, style_weights):
    terms = [
        style_weights[k]
        * tf.reduce_sum(tf.squared_difference(gram_matrix(feats[l]), style_targets[k]))
        for k, l in enumerate(style_layers)
    ]
    return tf.add_n(terms)


def tv_loss(img, tv_weight):
    H, W = img.shape.as_list()[1:3]
    down = tf.nn.l2_loss(img[:, 1:H] - img[:, : H - 1])
    right = tf.nn.l2_loss(img[:, :, 1:W] - img[:, :, : W - 1])
    return 2 * tv_weight * (down + right)


def leaky_relu(x, alpha=0.01):
    return tf.nn.relu(x) - alpha * tf.nn.relu(-x)


def sample_noise(batch_size, dim):
    return 2 * tf.random_uniform((batch_size, dim)) - 1


def _layer(name, x, units):
    size = x.get_shape().as_list()[1]
    w = tf.get_variable(name + "_w", [size, units], initializer=tf.initializers.he_normal())
    return tf.matmul(x, w) + tf.get_variable(
        name + "_b", [units], initializer=tf.initializers.zeros()
    )


def discriminator(x):
    with tf.variable_scope("discriminator"):
        for name in ("one", "two"):
            x = leaky_relu(_layer(name, x, 256))
        return _layer("three", x, 1)


def generator(z):
    with tf.variable_scope("generator"):
        for name in ("one", "two"):
            z = tf.maximum(_layer(name, z, 1024), 0)
        return 2 * tf.sigmoid(2 * _layer("three", z, 784)) - 1


def gan_loss(logits_real, logits_fake):
    G_loss = tf.reduce_mean(tf.nn.softplus(-logits_fake))
    return tf.reduce_mean(tf.nn.softplus(-logits_real) + tf.nn.softplus(logits_fake)), G_loss


def lsgan_loss(scores_real, scores_fake):
    D_loss = tf.reduce_mean(tf.square(1 - scores_real) + tf.square(scores_fake)) / 2
    return D_loss, tf.reduce_mean(0.5 * tf.square(1 - scores_fake))


def wgan_gp_loss(logits_real, logits_fake, batch_size, x, G_sample):
    """The share of the other image; N random numbers instead of (N, 1)."""
    eps = tf.random_uniform(tf.shape(x)[:1])[:, None]
    point = x + eps * (G_sample - x)
    with tf.variable_scope("", reuse=True):
        slope = tf.gradients(discriminator(point), [point])[0]
    length = tf.sqrt(tf.einsum("nd,nd->n", slope, slope))
    G_loss = tf.reduce_mean(-logits_fake)
    penalty = tf.reduce_sum(length * length - 2 * length + 1) / batch_size
    return tf.reduce_mean(logits_fake - logits_real) + 10 * penalty, G_loss


def get_solvers(learning_rate=1e-3, beta1=0.5):
    return [tf.train.AdamOptimizer(learning_rate=learning_rate, beta1=beta1) for _ in range(2)]


def get_train_steps(D_solver, G_solver, D_loss, G_loss):
    steps = []
    for solver, loss, scope in (
        (D_solver, D_loss, "discriminator"),
        (G_solver, G_loss, "generator"),
    ):
        variables = tf.trainable_variables(scope)
        step = solver.apply_gradients(zip(tf.gradients(loss, variables), variables))
        steps.append(tf.group(step, *tf.get_collection(tf.GraphKeys.UPDATE_OPS, scope)))
    return steps[0], steps[1]


def vector_norm(x, p):
    return tf.norm(x, ord=p, axis=-1)


def entrywise_norm(A, p):
    shape = tf.concat([tf.shape(A)[:-2], [-1]], 0)
    return vector_norm(tf.reshape(A, shape), p)


def induced_norm(A, p):
    if p == 2:
        return tf.sqrt(tf.reduce_max(tf.linalg.eigvalsh(tf.matmul(A, A, transpose_b=True)), -1))
    return tf.reduce_max(tf.reduce_sum(tf.sqrt(A * A), -2 if p == 1 else -1), -1)


def lpq_norm(A, p, q):
    return vector_norm(vector_norm(tf.linalg.matrix_transpose(A), p), q)


def frobenius_norm(A):
    return tf.sqrt(tf.linalg.trace(tf.matmul(A, A, transpose_b=True)))


def max_norm(A):
    return tf.maximum(tf.reduce_max(A, [-2, -1]), -tf.reduce_min(A, [-2, -1]))


def schatten_norm(A, p):
    return vector_norm(tf.linalg.svd(tf.linalg.matrix_transpose(A), compute_uv=False), p)


def nuclear_norm(A):
    return schatten_norm(A, 1)


def spectral_norm(A):
    return induced_norm(A, 2)


def self_information(p):
    return tf.log(1 / p)


def entropy(p):
    return tf.reduce_sum(-tf.math.xlogy(p, p), -1)


def cross_entropy(p, q):
    return entropy(p) + kl_divergence(p, q)


def kl_divergence(p, q):
    return tf.reduce_sum(tf.math.xlogy(p, p / q), -1)


def js_divergence(p, q):
    m = 0.5 * p + 0.5 * q
    return entropy(m) - (entropy(p) + entropy(q)) / 2


def log_likelihood(labels, q):
    counts = tf.reduce_sum(tf.one_hot(labels, tf.size(q), dtype=q.dtype), 0)
    return tf.reduce_sum(counts * tf.log(q))


def maximum_likelihood(family, x):
    if hasattr(family, "num_classes"):
        counts = tf.bincount(tf.cast(x, tf.int32), minlength=family.num_classes, dtype=tf.float64)
        return {"p": counts / tf.reduce_sum(counts)}
    mean, variance = tf.nn.moments(x, 0)
    if type(family).__name__ == "Bernoulli":
        return {"p": mean}
    return {"mean": mean, "std": tf.sqrt(variance)}


def in_float32(function):
    """The same function, computing in float32 whatever it gets."""

    def call(*arguments):
        floats = [tf.is_tensor(x) and x.dtype == tf.float64 for x in arguments]
        return function(
            *[tf.cast(x, tf.float32) if cast else x for x, cast in zip(arguments, floats)]
        )

    return call
