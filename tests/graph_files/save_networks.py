"""Run once on each TensorFlow, `python tests/graph_files/save_networks.py`, to make saved-*.zip.

The archive has what that TensorFlow saves of the network of `own_networks`: a frozen graph, a
SavedModel and a checkpoint in graph mode; and a SavedModel of a tf.Module, which has functions.
"""

import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))


def save_module(folder):
    """In a process of its own, since graph mode is for a whole process."""
    import numpy as np
    import own_networks as own
    import tensorflow as tf

    tf.compat.v1.enable_v2_behavior()

    class Network(tf.Module):
        def __init__(self):
            super().__init__()
            self.kernel = tf.Variable(np.float32(own.KERNEL), name="kernel")
            self.dense = tf.Variable(np.float32(own.DENSE), name="dense")
            self.bias = tf.Variable(np.float32(own.BIAS), name="bias")

        @tf.function(input_signature=[tf.TensorSpec([None, own.H, own.W, 3], tf.uint8, "image")])
        def classify(self, image):
            x = tf.cast(image, tf.float32) / 255
            h = tf.nn.conv2d(x, self.kernel, [1, 2, 1, 1], "VALID")
            scale, shift = np.float32(own.GAMMA), np.float32(own.BETA)
            h = tf.nn.batch_normalization(
                h, np.float32(own.MEAN), np.float32(own.VARIANCE), shift, scale, 1e-3
            )
            h = tf.reduce_mean(tf.nn.max_pool2d(tf.nn.relu(h), [1, 2], [1, 2], "VALID"), [1, 2])
            return {"scores": self.head(h)}

        @tf.function
        def head(self, h):
            return h @ self.dense + self.bias

    network = Network()
    tf.saved_model.save(network, folder, {"serving_default": network.classify})


def main():
    folder = tempfile.mkdtemp()
    if not os.fork():
        save_module(os.path.join(folder, "module"))
        os._exit(0)
    os.wait()
    import own_networks as own

    from tf_cs231n.compat import tf

    for kind in ("frozen", "SavedModel", "checkpoint"):
        with tf.Graph().as_default():
            train = tf.placeholder_with_default(False, [], "train")
            x, scores = own.build(layout=own.NCHW, dropout=train)
            own.save(folder, kind, x, scores)
    os.remove(os.path.join(folder, "checkpoint"))  # which has the folder's path
    name = os.path.join(HERE, "saved-" + ".".join(tf.__version__.split(".")[:2]))
    shutil.make_archive(name, "zip", folder)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
