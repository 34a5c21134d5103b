"""Hints for norms."""

_HORN = "Horn and Johnson, Matrix Analysis, chapter 5. "
_SVD = "tf.linalg.svd(A, compute_uv=False) gives the singular values."

HINTS = {
    "vector_norm": (
        _HORN + "Infinity is a case of its own.",
        "(sum |x_i|^p)^(1/p); max |x_i| for p = infinity",
        "tf.reduce_sum(tf.abs(x) ** p, axis=-1) ** (...).",
    ),
    "entrywise_norm": (
        _HORN + "As the vector's, over two axes.",
        "(sum |a_ij|^p)^(1/p)",
        "axis=[-2, -1] in the sum and in the maximum.",
    ),
    "induced_norm": (
        _HORN + "Each of the three orders has a formula of its own.",
        "p = 1: the largest column sum of |a_ij|; infinity: the largest row sum; 2: the largest "
        "singular value",
        "a reduce_sum along one axis, then a reduce_max; " + _SVD,
    ),
    "lpq_norm": (
        "Two norms, one inside the other.",
        "(sum_j (sum_i |a_ij|^p)^(q/p))^(1/q)",
        "reduce_sum along axis -2 first, then along what is left.",
    ),
    "frobenius_norm": (_HORN, "sqrt(sum a_ij^2)", "tf.sqrt of a sum over axes [-2, -1]."),
    "max_norm": (_HORN, "max |a_ij|", "reduce_max of the sizes over axes [-2, -1]."),
    "schatten_norm": (_SVD, "(sum s_i^p)^(1/p)", "a vector norm of the singular values."),
    "nuclear_norm": (_SVD, "sum s_i", "one reduce_sum along the last axis."),
    "spectral_norm": (_SVD, "max s_i", "one reduce_max along the last axis."),
}
