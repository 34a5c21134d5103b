"""Networks of fixed weights, saved as other people's programs save them, and once more in NumPy."""

import os

import numpy as np

from tf_cs231n.compat import tf

rng = np.random.RandomState(5)
KERNEL, GRAY = rng.randn(1, 1, 3, 5) / 2, rng.randn(1, 1, 1, 5)
GAMMA, BETA, MEAN, VARIANCE = rng.rand(5) + 0.5, rng.randn(5), rng.randn(5) / 4, rng.rand(5) + 0.5
DENSE, BIAS = rng.randn(5, 4), rng.randn(4)
H, W = 6, 8
NHWC, NCHW = "NHWC", "NCHW"


def scores_in_numpy(x):
    """What `build` computes of x (N, H, W, C): scores (N, 4), float64."""
    kernel = KERNEL if x.shape[3] == 3 else GRAY
    z = x[:, ::2] @ kernel[0, 0]  # stride 2 down, 1 across
    z = GAMMA * (z - MEAN) / np.sqrt(VARIANCE + 1e-3) + BETA
    z = np.maximum(z, 0)
    pooled = np.maximum(z[:, :, 0::2], z[:, :, 1::2])  # windows of 1 x 2
    return pooled.mean(axis=(1, 2)) @ DENSE + BIAS


def gradient_in_numpy(x, y, h=1e-5):
    """d scores[:, y] / d x by central differences, exact but for kinks: the scores are linear."""
    gradient = np.zeros(x.shape)
    for place in np.ndindex(*x.shape[1:]):
        up, down = x.copy(), x.copy()
        up[(slice(None), *place)] += h
        down[(slice(None), *place)] -= h
        gradient[(slice(None), *place)] = (scores_in_numpy(up) - scores_in_numpy(down))[:, y]
    return gradient / (2 * h)


def images(channels=3, seed=0):
    """float64 (2, H, W, C) in 0..1."""
    return np.random.RandomState(seed).rand(2, H, W, channels)


def build(layout=NHWC, channels=3, batch=None, before=None, dropout=None, **sizes):
    """The network in the default graph; returns its placeholder ``x`` and its scores ``logits``.

    Args:
      before: function that is applied to the placeholder.
      dropout: a bool Tensor, whether to drop: None: there is no dropout.
    """
    shape = [batch, sizes.get("H", H), sizes.get("W", W), channels]
    order = (0, 3, 1, 2) if layout == NCHW else (0, 1, 2, 3)
    x = tf.placeholder(sizes.get("dtype", tf.float32), [shape[axis] for axis in order], "x")

    def variable(name, value):
        return tf.get_variable(name, initializer=np.float32(value))

    def ordered(sizes):
        return [sizes[axis] for axis in order]

    h = x if before is None else before(x)
    kernel = variable("kernel", KERNEL if channels == 3 else GRAY)
    h = tf.nn.conv2d(h, kernel, ordered([1, 2, 1, 1]), "VALID", data_format=layout)
    moments = variable("moving_mean", MEAN), variable("moving_variance", VARIANCE)
    scaling = variable("gamma", GAMMA), variable("beta", BETA)
    h = tf.nn.fused_batch_norm(h, *scaling, *moments, is_training=False, data_format=layout)[0]
    h = tf.nn.relu(h)
    h = tf.nn.max_pool(h, ordered([1, 1, 2, 1]), ordered([1, 1, 2, 1]), "VALID", data_format=layout)
    h = tf.reduce_mean(h, [2, 3] if layout == NCHW else [1, 2])
    if dropout is not None:
        kept = h
        h = tf.cond(dropout, lambda: tf.nn.dropout(kept, rate=0.5), lambda: tf.identity(kept))
    return x, tf.add(tf.matmul(h, variable("dense", DENSE)), variable("bias", BIAS), "logits")


def save(folder, kind, x, scores):
    """Save the default graph as "frozen", "SavedModel" or "checkpoint"; returns what to load."""
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        if kind == "frozen":
            graph_def = tf.graph_util.convert_variables_to_constants(
                sess, sess.graph.as_graph_def(), [scores.op.name]
            )
            return save_graph(folder, graph_def)
        if kind == "SavedModel":
            path = os.path.join(str(folder), "saved")
            tf.saved_model.simple_save(sess, path, {"image": x}, {"scores": scores})
            return path
        return tf.train.Saver().save(sess, os.path.join(str(folder), "net.ckpt")) + ".meta"


def save_graph(folder, graph_def):
    path = os.path.join(str(folder), "net.pb")
    with open(path, "wb") as file:
        file.write(graph_def.SerializeToString())
    return path
