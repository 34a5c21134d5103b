"""Minibatches and random numbers that are functions of (seed, step), so that resuming is exact.

A training that is killed and resumed must meet the data and the noise that it would have met
undisturbed. Iterators and TensorFlow's ordinary random operations keep their place in memory and
lose it; here the place is computed from the global step, which every checkpoint holds::

    (images,) = batch_tensors(lambda indices: (pictures[indices],), len(pictures), 128, seed=0)
    noise = tf.random.stateless_uniform([128, 96], step_seed(seed=0), -1, 1)
"""

import contextlib

import numpy as np

from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, check_count, shown


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

    Raises:
      InputError: at the first batch: one of them is no whole number, or too small.
    """
    num_examples = check_count("num_examples", num_examples)
    batch_size = check_count("batch_size", batch_size)
    seed, start = _check_seed(seed), check_count("start", start, least=0)
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

    Raises:
      InputError: a number out of range, or ``read`` returns something else.
    """
    seed, batches_per_step = _check_seed(seed), check_count("batches_per_step", batches_per_step)
    examples = _examples(read, next(batch_order(num_examples, batch_size, 0)))

    def batches(start):
        for indices in batch_order(num_examples, batch_size, seed, int(start)):
            yield tuple(read(indices))

    dataset = tf.data.Dataset.from_generator(
        batches,
        tuple(tf.as_dtype(array.dtype) for array in examples),
        tuple(tf.TensorShape(array.shape) for array in examples),
        args=(global_step() * batches_per_step,),
    )
    iterator = tf.data.make_initializable_iterator(dataset.prefetch(2))
    # A session runs these after the variables are restored: the global step is the checkpoint's.
    tf.add_to_collection(tf.GraphKeys.TABLE_INITIALIZERS, iterator.initializer)
    return iterator.get_next()


def _examples(read, indices):
    """What ``read`` returns for one batch, if it is what it should be."""
    examples = read(indices) if callable(read) else None
    if isinstance(examples, tuple):
        with contextlib.suppress(ValueError):  # ragged lists
            arrays = [np.asarray(array) for array in examples]
            if all(a.dtype.kind in "biufcSU" and a.shape[:1] == indices.shape for a in arrays):
                return arrays
    raise InputError(
        f"read: got {shown(read)}, expected a function from (batch_size,) indices to a tuple of"
        " arrays with a row for each"
    )


def _check_seed(seed):
    return check_count("seed", seed, 0, 2**32 - 1)  # what RandomState takes in a list


def step_seed(seed, stream=0):
    """The ``seed=`` of a stateless random operation: other numbers each step, the same again.

    Args:
      seed: the training's seed.
      stream: tells apart the random operations of one step.

    Returns:
      An int64 Tensor of shape (2,), a function of (seed, stream, global step).
    """
    seed, stream = _check_seed(seed), check_count("stream", stream, least=0, most=1000002)
    return tf.stack([tf.constant(seed * 1000003 + stream, tf.int64), global_step()])
