"""A small convolutional network that reads digits, by which a generator is judged.

The field's Inception network knows photographs, not digits, so as in other MNIST work a network
trained on the digits themselves takes its place.
"""

import os
import zlib

import numpy as np

from sessions import find_session, get_session
from tf_cs231n.compat import fresh_graph, tf
from tf_cs231n.files import pretrained_dir
from tf_cs231n.gan_training.judge import Judge
from tf_cs231n.interruption import stoppable
from tf_cs231n.layers import conv2d, dense, max_pool
from tf_cs231n.training import checkpoints
from tf_cs231n.training.loop import Training
from tf_cs231n.training.minibatches import batch_tensors

STEPS = 600
BATCH_SIZE = 100


def digit_network(images):
    """Two 5x5 convolutions with pooling, then two dense layers.

    Args:
      images: float Tensor (N, 28, 28), ink 1 on paper 0.

    Returns:
      logits (N, 10), features (N, 64): the layer before the logits, after its ReLU.
      Opens its variables under ``tf.variable_scope('digits')``.
    """
    initializer = tf.glorot_uniform_initializer
    with tf.variable_scope("digits"):
        h = tf.expand_dims(images, -1)
        with tf.variable_scope("conv1"):
            h = conv2d(h, [5, 5, 1, 16], [16], padding="VALID", initializer=initializer(seed=1))
        h = max_pool(tf.nn.relu(h))  # (N, 12, 12, 16)
        with tf.variable_scope("conv2"):
            h = conv2d(h, [5, 5, 16, 32], [32], padding="VALID", initializer=initializer(seed=2))
        h = max_pool(tf.nn.relu(h))  # (N, 4, 4, 32)
        with tf.variable_scope("fc1"):
            features = dense(tf.reshape(h, [-1, 512]), 64, initializer=initializer(seed=3))
            features = tf.nn.relu(features)
        with tf.variable_scope("logits"):
            return dense(features, 10, initializer=initializer(seed=4)), features


def train_classifier(digits, directory, steps=STEPS, stop=None):
    """Train a `digit_network` in ``directory``; yield ``(step, {"loss": ...})`` after each step."""

    def read(indices):
        images = np.float32(digits.train_images[indices]) / 255
        return images, digits.train_labels[indices].astype(np.int32)

    with fresh_graph():
        images, labels = batch_tensors(read, len(digits.train_images), BATCH_SIZE, seed=0)
        logits, _ = digit_network(images)
        loss = tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        )
        rate = tf.train.cosine_decay(2e-3, tf.train.get_global_step(), steps)
        train_op = tf.train.AdamOptimizer(rate).minimize(loss)
        phase = (train_op, {"loss": loss})
        with Training(directory, [phase], summary_steps=None, stop=stop) as training:
            yield from training.steps(steps)


class DigitClassifier(Judge):
    """Reads digits: their class probabilities, and features for the Frechet distance.

    The first time for a set of digits it trains, for some seconds, and is kept in `pretrained_dir`.

    Args:
      digits: `datasets.Digits`; it learns the training digits.
      directory: where it is kept; None: a folder named by the digits' checksum.
      steps: how long it trains.
      progress: wraps the iterator over the training steps, for example in tqdm.
      stop: an `interruption.Stop`, asked after each step and each batch.
    """

    def __init__(self, digits, directory=None, steps=STEPS, progress=iter, stop=None):
        if directory is None:
            checksum = zlib.crc32(digits.train_labels.tobytes(), zlib.crc32(digits.train_images))
            directory = os.path.join(pretrained_dir(), f"digit-classifier-{checksum:08x}")
        newest, _ = checkpoints.newest_readable(directory)
        if newest is None or newest[0] < steps:
            for _ in progress(train_classifier(digits, directory, steps, stop)):
                pass
        self._stop = stop
        with tf.Graph().as_default() as graph:
            self._images = tf.placeholder(tf.float32, [None, 28, 28], "images")
            logits, self._features = digit_network(self._images)
            self._probabilities = tf.nn.softmax(logits)
            self._sess = get_session(graph)
            checkpoints.restore(self._sess, directory, tf.global_variables())

    def __call__(self, images, batch_size=500):
        """Read images.

        Args:
          images: uint8 (N, 28, 28).

        Returns:
          probabilities float64 (N, 10), features float64 (N, 64).
        """
        sess = find_session(self._sess)
        results = []
        with stoppable(self._stop) as stop:
            for i in range(0, len(images), batch_size):
                batch = np.float32(images[i : i + batch_size]) / 255
                results.append(
                    sess.run([self._probabilities, self._features], {self._images: batch})
                )
                stop.check()
        probabilities, features = (np.concatenate(parts) for parts in zip(*results))
        return np.float64(probabilities), np.float64(features)
