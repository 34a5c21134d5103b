"""Networks small enough to attribute by hand, shared by the tests of network visualisation."""

import numpy as np

from tf_cs231n.compat import tf
from tf_cs231n.graph_model import GraphModel
from tf_cs231n.squeezenet import SqueezeNet


def linear_network(rng, H=5, W=7, C=3, K=4, batch=None, name="linear"):
    """scores = flat(x) w + b, float64. Returns model, w (H, W, C, K), b (K,)."""
    w, b = rng.randn(H, W, C, K), rng.randn(K)
    with tf.variable_scope(name):
        image = tf.placeholder(tf.float64, [batch, H, W, C])
        kernel = tf.get_variable("w", initializer=w.reshape(-1, K))
        bias = tf.get_variable("b", initializer=b)
        scores = tf.matmul(tf.reshape(image, [-1, H * W * C]), kernel) + bias
    return GraphModel(image, scores), w, b


def pixel_network(w1, w2, dtype=tf.float64, activation=tf.nn.relu, **variable):
    """scores = sum over pixels of relu(x w1) w2: a 1x1 convolution, so each pixel is on its own."""
    w1, w2 = np.asarray(w1, float), np.asarray(w2, float)
    image = tf.placeholder(dtype, [None, None, None, len(w1)])
    with tf.variable_scope("pixels"):
        kernel = tf.get_variable("w1", w1.shape, dtype, tf.constant_initializer(w1), **variable)
        out = tf.get_variable("w2", w2.shape, dtype, tf.constant_initializer(w2), **variable)
    hidden = activation(tf.nn.conv2d(image, kernel[None, None], [1, 1, 1, 1], "SAME"))
    scores = tf.matmul(tf.reduce_sum(hidden, axis=[1, 2]), out)
    return GraphModel(image, scores, features=hidden)


def random_squeezenet(sess):
    """SqueezeNet with weights of which no layer is dead."""
    model = SqueezeNet(sess=sess)
    rng = np.random.RandomState(1)
    weights = {name: np.zeros(v.shape.as_list()) for name, v in model.variables.items()}
    for kernel in weights.values():
        if kernel.ndim == 4:  # He's scale keeps the signal alive through all layers
            kernel[...] = rng.randn(*kernel.shape) * np.sqrt(2 / np.prod(kernel.shape[:3]))
    weights["classifier/layer1/bias"][:] = 10  # no class starts where its ReLU is dead
    model.assign(weights)
    return model


def initialized(sess):
    sess.run(tf.global_variables_initializer())
    return sess


def count_ops(sess):
    return len(sess.graph.get_operations())
