"""Information and likelihood. Every function takes Tensors and returns a Tensor, in nats.

A distribution over K classes lies along the last axis; all axes before it are batch axes. A
probability may be zero: give the limit then, never NaN.
"""

from tf_cs231n.compat import tf


def _times_log(p, q):
    """p log q, and 0 where p is 0."""
    zero = tf.equal(p, 0)
    safe = tf.where(zero, tf.ones_like(q), q)
    return p * tf.log(safe)


def self_information(p):
    """The surprise at an event.

    Args:
      p: its probability, (...), above 0.

    Returns:
      information: (...).
    """
    information = -tf.log(p)
    return information


def entropy(p):
    """Shannon's entropy.

    Args:
      p: probabilities (..., K).

    Returns:
      H: (...).
    """
    H = -tf.reduce_sum(_times_log(p, p), axis=-1)
    return H


def cross_entropy(p, q):
    """The cross-entropy of the model q on data of distribution p.

    Args:
      p: probabilities (..., K).
      q: probabilities (..., K), above 0 where p is.

    Returns:
      H: (...).
    """
    H = -tf.reduce_sum(_times_log(p, q), axis=-1)
    return H


def kl_divergence(p, q):
    """Kullback and Leibler's divergence of q from p, KL(p || q).

    Args:
      p: probabilities (..., K).
      q: probabilities (..., K), above 0 where p is.

    Returns:
      KL: (...).
    """
    terms = _times_log(p, p) - _times_log(p, q)
    KL = tf.reduce_sum(terms, axis=-1)
    return KL


def js_divergence(p, q):
    """Jensen and Shannon's divergence.

    Args:
      p: probabilities (..., K).
      q: probabilities (..., K).

    Returns:
      JS: (...).
    """
    m = (p + q) / 2
    left = _times_log(p, p) - _times_log(p, m)
    right = _times_log(q, q) - _times_log(q, m)
    JS = tf.reduce_sum(left + right, axis=-1) / 2
    return JS


def log_likelihood(labels, q):
    """How well a categorical model explains independent samples.

    Args:
      labels: the samples, integers (N,) from 0 to K - 1.
      q: the model's probabilities (K,).

    Returns:
      L: the logarithm of the probability of all samples together, a scalar.
    """
    log_q = tf.log(tf.gather(q, labels))
    L = tf.reduce_sum(log_q)
    return L


def maximum_likelihood(family, x):
    """The parameters that make samples most likely, in closed form.

    Args:
      family: an object of `tf_cs231n.likelihood`, told by its class's name: ``Bernoulli()``,
        ``Categorical(K)`` (which has ``num_classes``) or ``Gaussian()``.
      x: the samples (N,): zeros and ones, labels, or real numbers.

    Returns:
      parameters: a dict of Tensors: "p" (scalar), "p" (K,), or "mean" and "std" (scalars).
    """
    kind = type(family).__name__
    if kind == "Bernoulli":
        return {"p": tf.reduce_mean(x)}
    if kind == "Categorical":
        hits = tf.one_hot(x, family.num_classes, dtype=tf.float64)
        return {"p": tf.reduce_mean(hits, axis=0)}
    mean = tf.reduce_mean(x)
    variance = tf.reduce_mean((x - mean) ** 2)
    return {"mean": mean, "std": tf.sqrt(variance)}
