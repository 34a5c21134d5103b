"""Norms of vectors and matrices. Every function takes a float Tensor and returns a Tensor.

Vectors lie along the last axis, matrices (M, N) along the last two; all axes before them are batch
axes.
"""

import numpy as np

from tf_cs231n.compat import tf


def vector_norm(x, p):
    """The p-norm of vectors.

    Args:
      x: (..., N).
      p: a number from 1 to np.inf.

    Returns:
      norm: (...).
    """
    size = tf.abs(x)
    if p == np.inf:
        return tf.reduce_max(size, axis=-1)
    norm = tf.reduce_sum(size**p, axis=-1) ** (1 / p)
    return norm


def entrywise_norm(A, p):
    """The p-norm of a matrix's entries, read as one long vector.

    Args:
      A: (..., M, N).
      p: a number from 1 to np.inf.

    Returns:
      norm: (...).
    """
    size = tf.abs(A)
    if p == np.inf:
        return tf.reduce_max(size, axis=[-2, -1])
    norm = tf.reduce_sum(size**p, axis=[-2, -1]) ** (1 / p)
    return norm


def induced_norm(A, p):
    """How much a matrix can stretch a vector, lengths measured by the p-norm.

    Args:
      A: (..., M, N).
      p: 1, 2 or np.inf.

    Returns:
      norm: (...).
    """
    if p == 1:
        sums = tf.reduce_sum(tf.abs(A), axis=-2)
    elif p == np.inf:
        sums = tf.reduce_sum(tf.abs(A), axis=-1)
    else:
        sums = tf.linalg.svd(A, compute_uv=False)
    return tf.reduce_max(sums, axis=-1)


def lpq_norm(A, p, q):
    """The q-norm of the p-norms of a matrix's columns.

    Args:
      A: (..., M, N).
      p: the order within a column, from 1.
      q: the order over the columns, from 1.

    Returns:
      norm: (...).
    """
    columns = tf.reduce_sum(tf.abs(A) ** p, axis=-2)
    norm = tf.reduce_sum(columns ** (q / p), axis=-1) ** (1 / q)
    return norm


def frobenius_norm(A):
    """The Euclidean length of a matrix's entries.

    Args:
      A: (..., M, N).

    Returns:
      norm: (...).
    """
    squares = tf.reduce_sum(A**2, axis=[-2, -1])
    norm = tf.sqrt(squares)
    return norm


def max_norm(A):
    """The size of a matrix's largest entry.

    Args:
      A: (..., M, N).

    Returns:
      norm: (...).
    """
    norm = tf.reduce_max(tf.abs(A), axis=[-2, -1])
    return norm


def schatten_norm(A, p):
    """The p-norm of a matrix's singular values.

    Args:
      A: (..., M, N).
      p: a number from 1 to np.inf.

    Returns:
      norm: (...).
    """
    s = tf.linalg.svd(A, compute_uv=False)
    if p == np.inf:
        return tf.reduce_max(s, axis=-1)
    norm = tf.reduce_sum(s**p, axis=-1) ** (1 / p)
    return norm


def nuclear_norm(A):
    """The Schatten norm of order 1.

    Args:
      A: (..., M, N).

    Returns:
      norm: (...).
    """
    s = tf.linalg.svd(A, compute_uv=False)
    norm = tf.reduce_sum(s, axis=-1)
    return norm


def spectral_norm(A):
    """The norm that Euclidean length induces.

    Args:
      A: (..., M, N).

    Returns:
      norm: (...).
    """
    s = tf.linalg.svd(A, compute_uv=False)
    norm = tf.reduce_max(s, axis=-1)
    return norm
