"""Maximum-likelihood fits, in closed form and by gradient descent in a graph.

Samples x_1 ... x_N are taken as independent draws from a family q(x; w). Maximum likelihood picks

    w* = argmax_w sum_n log q(x_n; w)
       = argmin_w -1/N sum_n log q(x_n; w) = argmin_w H(data, q)         the cross-entropy
       = argmin_w H(data, q) - H(data)     = argmin_w KL(data || q)      H(data) has no w in it

with "data" the samples' own distribution, 1/N on each. One minimizer, three names: that is why a
classifier, a captioner and a discriminator are all trained on a cross-entropy.

Samples lie along axis 0; each position after it (a pixel, say) is a model of its own.

    family        q(x; w)                     closed form                       descended in
    Bernoulli     p^x (1 - p)^(1 - x)         p = mean x                        logit of p
    Categorical   p_x                         p_k = share of x = k              logits of p
    Gaussian      exp(-(x-m)^2/2s^2)/s/sqrt(2 pi)  m = mean x, s^2 = mean (x-m)^2    m and log s

A family is an object that checks ``samples(x)``, gives the ``closed_form(x)``, where the descent is
to ``start(shape)``, the ``log_prob(x, **unknowns)`` (N, ...) of each sample, and the ``parameters``
that the unknowns stand for; a family of your own needs no more.

Source: Goodfellow, Bengio and Courville, Deep Learning, section 5.5.
"""

import collections
import math

import numpy as np

from sessions import find_session
from tf_cs231n import checks
from tf_cs231n.compat import tf
from tf_cs231n.ops.tensors import require, to_tensor

Fit = collections.namedtuple("Fit", "parameters loss step variables")


class Bernoulli:
    """x is 0 or 1; ``log q(x) = x log p + (1 - x) log(1 - p)``, p = sigmoid(logit)."""

    def samples(self, x):
        x = _tensor(x)
        # (== of two Tensors asks whether they are the same object)
        message = "x: samples must be 0 or 1"
        return require(x, message, lambda x: (abs(2 * x - 1) >= 1) & (abs(2 * x - 1) <= 1))

    def closed_form(self, x):
        return {"p": tf.reduce_mean(x, 0)}

    def start(self, shape):
        return {"logit": np.zeros(shape)}

    def log_prob(self, x, logit):
        return x * logit - tf.nn.softplus(logit)  # softplus(z) = -log(1 - sigmoid(z))

    def parameters(self, logit):
        return {"p": tf.sigmoid(logit)}


class Categorical:
    """x is a label from 0 to K - 1; ``log q(x) = log p_x``, p = softmax(logits)."""

    def __init__(self, num_classes, dtype=tf.float64):
        checks.counts(num_classes=num_classes)
        self.num_classes, self.dtype = num_classes, tf.as_dtype(dtype)

    def samples(self, x):
        x = _tensor(x, kinds="iu")
        message = f"x: labels must be from 0 to {self.num_classes - 1}"
        return require(x, message, lambda x: (x >= 0) & (x < self.num_classes))

    def closed_form(self, x):
        return {"p": tf.reduce_mean(self._one_hot(x), 0)}

    def start(self, shape):
        return {"logits": np.zeros(shape + [self.num_classes])}

    def log_prob(self, x, logits):
        return tf.reduce_sum(self._one_hot(x) * tf.nn.log_softmax(logits), -1)

    def parameters(self, logits):
        return {"p": tf.nn.softmax(logits)}

    def _one_hot(self, x):
        return tf.one_hot(x, self.num_classes, dtype=self.dtype)


class Gaussian:
    """x is real; ``log q(x) = -((x - mean)/std)^2/2 - log std - log(2 pi)/2``."""

    def samples(self, x):
        message = "x: samples must be finite"
        return require(_tensor(x), message, lambda x: abs(x) < np.inf)

    def closed_form(self, x):
        """The std is the likelihood's own, with 1/N; it is biased low, by (N - 1)/N in variance."""
        mean = tf.reduce_mean(x, 0)
        return {"mean": mean, "std": tf.sqrt(tf.reduce_mean(tf.square(x - mean), 0))}

    def start(self, shape):
        return {"mean": np.zeros(shape), "log_std": np.zeros(shape)}

    def log_prob(self, x, mean, log_std):
        z = (x - mean) * tf.exp(-log_std)
        return -tf.square(z) / 2 - log_std - math.log(2 * math.pi) / 2

    def parameters(self, mean, log_std):
        return {"mean": mean, "std": tf.exp(log_std)}


def _tensor(x, letters="N ...", kinds="f"):
    x = to_tensor("x", x)
    checks.shapes(kinds=kinds, x=(x, letters))
    return x


def covariance(x):
    """The covariance a Gaussian fits to vectors, ``E[x x^T] - E[x] E[x]^T``, with 1/N.

    Computed about the mean, where nothing cancels. For centered x it is the Gram matrix
    ``X^T X / N``: style transfer matches second moments, and the means with them.

    Args:
      x: (..., N, D), N samples of D features, both at least 1. NaN in, NaN out.

    Returns:
      (..., D, D).
    """
    x = _tensor(x, "... N D")
    centered = x - tf.reduce_mean(x, -2, keepdims=True)
    return tf.matmul(centered, centered, transpose_a=True) / tf.cast(tf.shape(x)[-2], x.dtype)


def maximum_likelihood(family, x):
    """The parameters that make samples most likely, in closed form.

    Args:
      family: ``Bernoulli()``, ``Categorical(K)`` or ``Gaussian()``.
      x: (N, ...) samples.

    Returns:
      Tensors by name: ``p`` (...), ``p`` (..., K), or ``mean`` and ``std`` (...).
    """
    return family.closed_form(family.samples(x))


def gradient_fit(family, x, learning_rate=0.5, scope="fit"):
    """Build the graph that finds the same parameters by gradient descent.

    It descends ``-mean_n log q(x_n)``, summed over positions, from p = 1/2, p = 1/K or N(0, 1).
    For a Gaussian bring the samples near mean 0 and std 1 first: the slope goes with 1/std^2. A
    minimum at infinity (a class that never comes, all samples equal) is approached, not reached.

    Args:
      family: ``Bernoulli()``, ``Categorical(K)`` or ``Gaussian()``.
      x: (N, ...) samples, or a placeholder of known shape but for N.
      learning_rate: of plain gradient descent, above 0.
      scope: the variable scope that is opened; a taken name gets a number.

    Returns:
      A `Fit`: ``parameters`` (Tensors, named as `maximum_likelihood` does), ``loss``, ``step`` (the
      operation that descends once) and ``variables`` (to initialize). Run it with `descend`.
    """
    checks.numbers(learning_rate=learning_rate, above=0)
    x = family.samples(x)
    with tf.variable_scope(None, default_name=scope):
        dtype = x.dtype if x.dtype.is_floating else family.dtype
        unknowns = {
            name: tf.get_variable(name, initializer=tf.constant(value, dtype))
            for name, value in family.start(x.shape[1:].as_list()).items()
        }
        loss = -tf.reduce_sum(tf.reduce_mean(family.log_prob(x, **unknowns), 0))
        variables = list(unknowns.values())
        step = tf.train.GradientDescentOptimizer(learning_rate).minimize(loss, var_list=variables)
        return Fit(family.parameters(**unknowns), loss, step, variables)


def descend(fit, steps=200, sess=None):
    """Initialize a `Fit` and run it.

    Args:
      fit: from `gradient_fit`.
      steps: how many.
      sess: a ``tf.Session``; None: the default one.

    Yields:
      (step, loss): 0 and the loss at the start, then the loss after each step.
    """
    sess = find_session(sess, graph=fit.loss.graph)
    sess.run([variable.initializer for variable in fit.variables])
    yield 0, sess.run(fit.loss)
    for step in range(1, steps + 1):
        sess.run(fit.step)
        yield step, sess.run(fit.loss)
