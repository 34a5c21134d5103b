"""The moments of a minibatch, also where its rows are on several devices (`training.towers`)."""

import contextlib

from tf_cs231n.compat import tf

_EXCHANGE = "tf_cs231n/exchange"  # a graph's collection; empty unless towers are being built


def batch_moments(x):
    """Mean and variance of each channel, (C,) each, over all axes but the last of x (..., C).

    In a tower they are those of the whole minibatch, of which x has some rows.
    """
    moments = tf.nn.moments(x, list(range(x.shape.ndims - 1)))
    exchange = tf.get_collection(_EXCHANGE)
    return exchange[-1](moments) if exchange else moments


@contextlib.contextmanager
def exchanging(exchange):
    """In this block `batch_moments` returns what ``exchange`` makes of one tower's moments."""
    stack = tf.get_collection_ref(_EXCHANGE)
    stack.append(exchange)
    try:
        yield
    finally:
        stack.pop()


def pooled(moments, shares):
    """The moments of all rows, from those of parts.

    ``mean = sum_i s_i mean_i``, ``var = sum_i s_i (var_i + (mean_i - mean)^2)``.

    Args:
      moments: [(mean, variance), ...], one of each part.
      shares: s, each part's fraction of the rows.
    """
    mean = tf.add_n([s * m for s, (m, _) in zip(shares, moments)])
    spread = [s * (v + tf.square(m - mean)) for s, (m, v) in zip(shares, moments)]
    return mean, tf.add_n(spread)
