"""Entropy, cross-entropy and divergences as TensorFlow graphs: what a classification loss measures.

Self-information   I(x)     = -log p(x)
Entropy            H(p)     = -sum_x p(x) log p(x)              how many nats p needs
Cross-entropy      H(p, q)  = -sum_x p(x) log q(x)              how many it needs with q's code
KL divergence      KL(p||q) =  sum_x p(x) log(p(x) / q(x))      the surplus: H(p, q) - H(p)
Jensen-Shannon     JS(p, q) =  KL(p||m)/2 + KL(q||m)/2,  m = (p + q)/2
Log-likelihood     log L(q) =  sum_n log q(x_n)                 -N H(p, q), p the data's frequencies

A distribution is given by its probabilities (``p``) or by logits (``p_logits``), any numbers with
p = softmax(logits); logits are never exponentiated before their largest is taken off, so they may
be of any size, and -inf stands for probability zero. Classes lie along the last axis, every axis
before it is a batch axis. Results are in nats, or in units of another ``base``: 2 gives bits.

Zero probabilities have their limits: 0 log 0 = 0, 0 log(0/0) = 0, p log(p/0) = inf for p > 0.
Gradients are finite wherever the value is: an infinite slope, of -p log p at p = 0, counts as 0.

Probabilities must be non-negative and sum to 1 (within 1e-4 in float32, 1e-6 in float64). This is
checked when the graph is built if the numbers are known then (`InputError`), else by an assertion
when it runs (``tf.errors.InvalidArgumentError``). ``validate=False`` leaves the checks out. Logits
may be any numbers, so they are not checked: NaN or +inf among them gives NaN.

Sources: Cover and Thomas, Elements of Information Theory, ch. 2; Lin, Divergence measures based on
the Shannon entropy (1991); Goodfellow, Bengio and Courville, Deep Learning, sections 3.13 and 5.5.
"""

import math

import numpy as np

from tf_cs231n import checks
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.ops.safe_math import log
from tf_cs231n.ops.tensors import require, to_tensor

_SUM_TOLERANCE = {tf.float32: 1e-4, tf.float64: 1e-6}


def self_information(p, base=math.e, validate=True):
    """``-log p``: the surprise at an event of probability p, infinite at p = 0.

    Args:
      p: (...), each in [0, 1]; they need not sum to 1.
      base: of the logarithm, a positive number but 1.
      validate: check the range.

    Returns:
      (...), at least 0.
    """
    p, _ = _tensor("p", p, "...")
    if validate:
        p = require(p, "p: every probability must lie in [0, 1]", lambda p: (p >= 0) & (p <= 1))
    return _in_base(-log(p), base)


def entropy(p=None, p_logits=None, base=math.e, validate=True):
    """Shannon's entropy, ``H(p) = -sum p log p``, from 0 (certain) to log K (uniform).

    Args:
      p: (..., K) probabilities, or
      p_logits: (..., K) logits.
      base, validate: see the module.

    Returns:
      (...).
    """
    p, log_p, _ = _distribution("p", p, p_logits, validate)
    return _in_base(-tf.reduce_sum(_times_log(p, log_p), -1), base)


def cross_entropy(p=None, q=None, p_logits=None, q_logits=None, base=math.e, validate=True):
    """``H(p, q) = -sum p log q``: the classification loss, with p the labels and q the model.

    Args:
      p, q: (..., K) probabilities; shapes broadcast except for K.
      p_logits, q_logits: (..., K) logits, in place of p or q.
      base, validate: see the module.

    Returns:
      (...): at least H(p), infinite where q = 0 and p > 0.
    """
    p, log_p, q, log_q = _two_distributions(p, q, p_logits, q_logits, validate)
    return _in_base(-tf.reduce_sum(_times_log(p, log_q), -1), base)


def kl_divergence(p=None, q=None, p_logits=None, q_logits=None, base=math.e, validate=True):
    """Kullback and Leibler's ``KL(p || q) = sum p log(p / q) = H(p, q) - H(p)``.

    Args:
      p, q: (..., K) probabilities; shapes broadcast except for K.
      p_logits, q_logits: (..., K) logits, in place of p or q.
      base, validate: see the module.

    Returns:
      (...): at least 0 but for rounding (Gibbs), 0 exactly where p = q, infinite where q = 0 and
      p > 0. Not symmetric.
    """
    p, log_p, q, log_q = _two_distributions(p, q, p_logits, q_logits, validate)
    return _in_base(tf.reduce_sum(_relative_entropy(p, log_p, log_q), -1), base)


def js_divergence(p=None, q=None, p_logits=None, q_logits=None, base=math.e, validate=True):
    """Jensen and Shannon's ``JS(p, q) = KL(p || m)/2 + KL(q || m)/2``, ``m = (p + q)/2``.

    The GAN's discriminator estimates it: at its best, its loss is 2 log 2 - 2 JS(data, model).

    Args:
      p, q: (..., K) probabilities; shapes broadcast except for K.
      p_logits, q_logits: (..., K) logits, in place of p or q.
      base, validate: see the module.

    Returns:
      (...): symmetric, from 0 to log 2 but for rounding.
    """
    p, _, q, _ = _two_distributions(p, q, p_logits, q_logits, validate)

    # At 0 the slope log(p/m)/2 is -inf, which counts as 0: let no other term have a part of it.
    p, q = (tf.where_v2(tf.equal(x, 0), tf.zeros_like(x), x) for x in (p, q))

    # p/m from p/(p + q), which cannot underflow as m = (p + q)/2 could.
    total = p + q
    total = tf.where_v2(tf.equal(total, 0), tf.ones_like(total), total)
    ratios = (_relative_entropy(x, log(2 * x / total), tf.zeros_like(total)) for x in (p, q))
    return _in_base(tf.reduce_sum(sum(ratios), -1) / 2, base)


def log_likelihood(labels, q=None, q_logits=None, base=math.e, validate=True):
    """``sum_n log q(labels[n])``: how well a categorical model explains N independent samples.

    It is ``-N H(p, q)`` with p the frequencies of the labels, so the model that maximizes it
    minimizes that cross-entropy and, H(p) being the data's alone, KL(p || q).

    Args:
      labels: (..., N) integers from 0 to K - 1.
      q: (K,) probabilities for all samples, or (..., N, K) for each its own; or
      q_logits: the same as logits.
      base, validate: see the module; validate also checks the labels.

    Returns:
      (...), at most 0.
    """
    q, log_q, _ = _distribution("q", q, q_logits, validate)
    labels, _ = _tensor("labels", labels, "... N", kinds="iu")
    num_classes = tf.shape(log_q)[-1]
    if validate:
        known_classes = log_q.shape.as_list()[-1] if log_q.shape.ndims else None
        limit = tf.cast(num_classes, labels.dtype) if known_classes is None else known_classes
        labels = require(
            labels,
            "labels: every label must be from 0 to K - 1, K the number of classes",
            lambda y: (y >= 0) & (y < limit),
        )
    one_hot = tf.one_hot(labels, num_classes, dtype=log_q.dtype)
    return _in_base(tf.reduce_sum(_times_log(one_hot, log_q), [-2, -1]), base)


def perplexity(cross_entropy, base=math.e):
    """``base^H``: the number of equally likely choices that would be as hard to guess.

    Args:
      cross_entropy: (...), in units of ``base``; for a caption the mean loss of a word. NaN in,
        NaN out.

    Returns:
      (...), at least 1.
    """
    cross_entropy, _ = _tensor("cross_entropy", cross_entropy, "...")
    return tf.exp(cross_entropy * _log_base(base))


def _times_log(p, log_q):
    """p log q with 0 log 0 = 0, and with d/dp = log q wherever q > 0, also at p = 0."""
    both_zero = tf.logical_and(tf.equal(p, 0), tf.equal(log_q, -np.inf))
    return p * tf.where_v2(both_zero, tf.zeros_like(log_q), log_q)


def _relative_entropy(p, log_p, log_q):
    """p log(p / q) with its limits 0 at p = 0 and inf at q = 0 < p."""
    zero = tf.equal(p, 0)
    log_p, log_q = (tf.where_v2(zero, tf.zeros_like(x), x) for x in (log_p, log_q))
    return p * (log_p - log_q)


def _distribution(name, probabilities, logits, validate, sizes=None):
    """p and log p, (..., K), from one of the two, and the sizes with K's."""
    if (probabilities is None) == (logits is None):
        raise InputError(f"give either {name}= (probabilities) or {name}_logits=, not both or none")
    if logits is not None:
        logits, sizes = _tensor(f"{name}_logits", logits, "... K", sizes)
        log_p = tf.nn.log_softmax(logits)
        return tf.exp(log_p), log_p, sizes
    p, sizes = _tensor(name, probabilities, "... K", sizes)
    if validate:
        p = require(p, f"{name}: probabilities must not be negative or NaN", lambda p: p >= 0)
        p = require(p, f"{name}: probabilities must sum to 1 along the last axis", _sums_to_one)
    return p, log(p), sizes


def _two_distributions(p, q, p_logits, q_logits, validate):
    p, log_p, sizes = _distribution("p", p, p_logits, validate)
    q, log_q, _ = _distribution("q", q, q_logits, validate, sizes)
    return p, log_p, q, log_q


def _tensor(name, x, letters, sizes=None, kinds="f"):
    x = to_tensor(name, x)
    return x, checks.shapes(sizes, kinds, **{name: (x, letters)})


def _sums_to_one(p):
    total = p.sum(-1) if isinstance(p, np.ndarray) else tf.reduce_sum(p, -1)
    return abs(total - 1) <= _SUM_TOLERANCE[tf.as_dtype(p.dtype)]


def _in_base(nats, base):
    return nats / _log_base(base)


def _log_base(base):
    checks.numbers(base=base, above=0)
    if base == 1:
        raise InputError("base: got 1, of which every power is 1; 2 gives bits, math.e nats")
    return math.log(base)
