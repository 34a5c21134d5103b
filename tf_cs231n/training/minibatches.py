"""Minibatches and random numbers that are functions of (seed, step), so that resuming is exact.

A training that is killed and resumed must meet the data and the noise that it would have met
undisturbed. Iterators and TensorFlow's ordinary random operations keep their place in memory and
lose it; here the place is computed from the global step, which every checkpoint holds::

    (batch,) = batch_tensors(lambda indices: (images[indices],), len(images), 128, seed=0)
    noise = tf.random.stateless_uniform([128, 96], step_seed(seed=0), -1, 1)
"""

import numpy as np

from tf_cs231n.compat import tf


def global_step():
    """The value of the graph's global step, an int64 scalar Tensor; made if there is none."""
    if tf.train.get_global_step() is None:
        # A resource variable: reads are values, never views that a later update changes.
        with tf.variable_scope(tf.get_variable_scope(), use_resource=True):
            tf.train.create_global_step()
    return tf.identity(tf.train.get_global_step())


def batch_order(num_examples, batch_size, seed, start=0):
    """Yield the examples of each minibatch, from batch number ``start`` on, without end.

    The examples pass in a new random order each epoch; a batch may reach into the next epoch, so
    that all have the same size. Batch b holds positions b * batch_size and on of that sequence.

    >>> batches = batch_order(5, 2, seed=0)
    >>> [next(batches).tolist() for _ in range(5)]
    [[2, 0], [3, 4], [1, 0], [1, 3], [2, 4]]
    >>> next(batch_order(5, 2, seed=0, start=3)).tolist()
    [1, 3]

    Yields:
      Integer arrays of shape (batch_size,).
    """
    epoch, skip = divmod(start * batch_size, num_examples)
    ahead = np.zeros(0, int)
    while True:
        while len(ahead) < batch_size:
            order = np.random.RandomState([seed, epoch]).permutation(num_examples)
            ahead = np.concatenate([ahead, order[skip:]])
            epoch, skip = epoch + 1, 0
        yield ahead[:batch_size]
        ahead = ahead[batch_size:]


def batch_tensors(read, num_examples, batch_size, seed, batches_per_step=1):
    """Minibatches as tensors, through ``tf.data``; read ahead while the graph computes.

    Resumed from a checkpoint, they go on with the batch of its global step.

    Args:
      read: a function of an integer array (batch_size,) to a tuple of arrays, one row an example.
      seed: fixes the order, see `batch_order`.
      batches_per_step: how many batches one training step takes.

    Returns:
      A tuple of tensors, as ``read`` returns them: a new batch each time they are run.
    """
    examples = [np.asarray(array) for array in read(next(batch_order(num_examples, batch_size, 0)))]

    def batches(start):
        for indices in batch_order(num_examples, batch_size, seed, int(start)):
            yield tuple(read(indices))

    step = global_step()
    with tf.device("/cpu:0"):  # where Python is
        dataset = tf.data.Dataset.from_generator(
            batches,
            tuple(tf.as_dtype(array.dtype) for array in examples),
            tuple(tf.TensorShape(array.shape) for array in examples),
            args=(step * batches_per_step,),
        )
        iterator = tf.data.make_initializable_iterator(dataset.prefetch(2))
        # A session runs these after the variables are restored: the step is the checkpoint's.
        tf.add_to_collection(tf.GraphKeys.TABLE_INITIALIZERS, iterator.initializer)
        return iterator.get_next()


def step_seed(seed, stream=0):
    """The ``seed=`` of a stateless random operation: other numbers each step, the same again.

    Args:
      seed: the training's seed.
      stream: distinguishes the random operations of one step, 0 to 1000002.

    Returns:
      An int64 Tensor of shape (2,), a function of (seed, stream, global step).
    """
    return tf.stack([tf.constant(seed * 1000003 + stream, tf.int64), global_step()])
