"""The theory's figures, computed and drawn: what the demo and the notebooks show."""

import numpy as np

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.information import cross_entropy, kl_divergence
from tf_cs231n.likelihood import Fit, descend
from tf_cs231n.norms import schatten_norm, vector_norm
from tf_cs231n.plots import theory as plots

SCHATTEN_ORDERS = (0.5, 1, 2, np.inf)


def draw_unit_balls():
    angles = np.linspace(0, 2 * np.pi, 721)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    with graph_session() as sess:
        lengths = sess.run([vector_norm(directions, p) for p in plots.ORDERS])
    return plots.unit_balls([1 / length for length in lengths])


def draw_schatten_balls():
    # Rings about the identity's direction; the rims lie at 45 degrees, where one eigenvalue is 0.
    tilt = np.linspace(0, np.pi, 49)[:, None]
    tilt[0], tilt[-1] = 0.004, np.pi - 0.004  # a patch that is a point would have no shade
    turn = np.linspace(2 * np.pi, 0, 73)
    trace, difference, off = np.broadcast_arrays(
        np.cos(tilt), np.sin(tilt) * np.cos(turn), np.sin(tilt) * np.sin(turn)
    )
    a, c, b = (trace + difference) / 2**0.5, (trace - difference) / 2**0.5, off / 2**0.5
    matrices = np.stack([np.stack([a, b], -1), np.stack([b, c], -1)], -2)
    directions = np.stack([trace, difference, off], -1)
    with graph_session() as sess:
        sizes = sess.run([schatten_norm(matrices, p) for p in SCHATTEN_ORDERS])
    surfaces = [directions / size[..., None] for size in sizes]
    return plots.schatten_balls(surfaces, SCHATTEN_ORDERS)


def draw_one_minimum():
    tosses = np.repeat([0, 1], [13, 7])
    data = np.bincount(tosses) / len(tosses)
    heads = np.linspace(0.005, 0.995, 199)
    q = np.stack([1 - heads, heads], axis=-1)
    with graph_session() as sess:
        one_hot = np.eye(2)[tosses][:, None]  # (N, 1, 2) against the models (199, 2)
        likelihood = tf.reduce_sum(-cross_entropy(one_hot, q), 0)
        curves = {
            "negative log-likelihood": -likelihood / len(tosses),
            "cross-entropy H(data, q)": cross_entropy(data, q),
            "KL(data || q)": kl_divergence(data, q),
        }
        curves = sess.run(curves)
    return plots.one_minimum(heads, curves, data[1])


def draw_kl_landscape(steps=400):
    x = np.linspace(-9, 9, 721)
    p = np.exp(-((x + 1.5) ** 2) / (2 * 0.5**2)) + 0.6 * np.exp(-((x - 2) ** 2) / (2 * 0.7**2))
    p /= p.sum()
    means, stds = np.linspace(-3, 3.5, 66), np.linspace(0.35, 3.0, 54)
    directions = {
        "KL(p || q): maximum likelihood": lambda q: kl_divergence(p, q_logits=q),
        "KL(q || p): seeks a mode": lambda q: kl_divergence(p_logits=q, q_logits=np.log(p)),
    }

    def gaussian_logits(mean, std):
        return -tf.square((x - mean) / std) / 2  # the softmax over the grid x normalizes it

    landscapes, paths, fits = {}, {}, {}
    with graph_session() as sess:
        grid = gaussian_logits(means[:, None], stds[:, None, None])
        for title, divergence in directions.items():
            landscapes[title] = sess.run(divergence(grid))
            with tf.variable_scope(None, default_name="gaussian"):
                mean = tf.get_variable("mean", initializer=tf.constant(-1.2, tf.float64))
                log_std = tf.get_variable("log_std", initializer=tf.constant(np.log(0.8)))
            q = gaussian_logits(mean, tf.exp(log_std))
            loss = divergence(q)
            step = tf.train.GradientDescentOptimizer(0.05).minimize(loss)
            fit = Fit({"mean": mean, "std": tf.exp(log_std)}, loss, step, [mean, log_std])
            path = [sess.run(fit.parameters) for _ in descend(fit, steps, sess)]
            paths[title] = np.array([[at["mean"], at["std"]] for at in path])
            fits[title] = sess.run(tf.nn.softmax(q)) / (x[1] - x[0])
    shown = np.abs(x) < 6
    return plots.kl_landscapes(
        means,
        stds,
        landscapes,
        paths,
        x[shown],
        p[shown] / (x[1] - x[0]),
        {title: fit[shown] for title, fit in fits.items()},
    )
