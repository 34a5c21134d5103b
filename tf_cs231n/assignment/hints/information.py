"""Hints for information and likelihood."""

_GOODFELLOW = "Goodfellow, Bengio and Courville, Deep Learning, section "
_ZERO = " Where p is 0 the term is 0: replace what is inside the log there, before the log."

HINTS = {
    "self_information": (_GOODFELLOW + "3.13.", "I = -log p", "one line."),
    "entropy": (
        _GOODFELLOW + "3.13." + _ZERO,
        "H(p) = -sum p log p",
        "tf.where(tf.equal(p, 0), tf.ones_like(p), p) inside tf.log; sum along the last axis.",
    ),
    "cross_entropy": (
        _GOODFELLOW + "3.13." + _ZERO,
        "H(p, q) = -sum p log q",
        "minus the sum, along the last axis, of p times a log.",
    ),
    "kl_divergence": (
        _GOODFELLOW + "3.13." + _ZERO,
        "KL(p || q) = sum p (log p - log q)",
        "the difference of two logs, weighted with p, summed along the last axis.",
    ),
    "js_divergence": (
        "Lin 1991: both are compared with their mixture." + _ZERO,
        "JS = KL(p || m)/2 + KL(q || m)/2, m = (p + q)/2",
        "two divergences, their mean.",
    ),
    "log_likelihood": (
        _GOODFELLOW + "5.5.",
        "L = sum_n log q(x_n)",
        "tf.gather picks each sample's probability.",
    ),
    "maximum_likelihood": (
        _GOODFELLOW + "5.5: set the slope of the log-likelihood to zero.",
        "p = mean x; p_k = share of x = k; mean = mean x, std^2 = mean (x - mean)^2",
        "look at type(family).__name__; tf.one_hot for the classes' shares.",
    ),
}
