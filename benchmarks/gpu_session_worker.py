"""A session of ours that holds its card: `gpu.py` reads what it takes of the card's memory."""

import os

from interleave import serve

from sessions import get_session
from tf_cs231n.compat import tf


def setup(**config):
    with tf.Graph().as_default():
        matrix = tf.random_normal([1024, 1024], seed=0)
        product = tf.reduce_sum(tf.matmul(matrix, matrix))
        sess = get_session(**config)
    sess.run(product)
    devices = [device.name for device in sess.list_devices() if device.device_type == "GPU"]
    return {
        "step": lambda: sess.run(product),
        "devices": lambda: devices,
        "pid": os.getpid,
    }


if __name__ == "__main__":
    serve(setup)
