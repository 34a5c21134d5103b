"""Bad arguments of the theory's functions: norms, information, likelihood, numeric gradients."""

import numpy as np
import pytest
from corpus import bad_arrays, bad_choices, bad_counts, bad_numbers, check_refusals

from sessions import graph_session
from tf_cs231n import gradient_check, information, likelihood, norms
from tf_cs231n.compat import tf

rng = np.random.RandomState(0)
x = rng.randn(2, 3)
p = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])
labels = np.array([0, 2, 1])
P = {**bad_numbers(), "negative": -1}
BASE = {**bad_numbers(above=0), "one": 1}
AXES = {"None": None, "text": "last", "a list": [0], "a fraction": 0.5, "none at all": ()}
AXES.update({"too large": 2, "too small": -3, "twice": (0, -2), "NaN": float("nan")})


def taken(name, *kinds):
    return {(name, kind) for kind in kinds}


MANY = ("an axis too many", "an axis too few", "empty", "no rows")
NAN = ("NaN", "infinite")  # carried into the result, as the module says


def norm(function, arguments=(), takes=(), empty=("empty", "no rows")):
    """Of a matrix A, with ``arguments`` a dict of name to (good, bad)."""
    arguments = dict(arguments, A=(x, bad_arrays(x)))
    return (
        function,
        {name: good for name, (good, _) in arguments.items()},
        {name: bad for name, (_, bad) in arguments.items()},
        taken("A", "complex", "an axis too many", *empty, *NAN) | set(takes),
    )


def divergence(function):
    return (
        lambda p, q, base: function(p=p, q=q, base=base),
        {"p": p, "q": p, "base": 2},
        {"p": bad_arrays(p), "q": bad_arrays(p), "base": BASE},
        taken("p", "an axis too many", "an axis too few")
        | taken("q", "an axis too many", "an axis too few"),
    )


def divergence_of_logits(function):
    return (
        lambda p_logits, q_logits: function(p_logits=p_logits, q_logits=q_logits),
        {"p_logits": x, "q_logits": x},
        {"p_logits": bad_arrays(x), "q_logits": bad_arrays(x)},
        taken("p_logits", "an axis too many", "an axis too few", *NAN)
        | taken("q_logits", "an axis too many", "an axis too few", *NAN),
    )


COUNT = (3, bad_counts(least=0))
ANY_P = (2, P)

# name: (function, good arguments, bad arguments, what is taken nevertheless)
GRAPHS = {
    "vector_norm": (
        norms.vector_norm,
        {"x": x, "p": 2, "axis": -1},
        {"x": bad_arrays(x), "p": P, "axis": AXES},
        taken("x", "complex", *MANY, *NAN) | taken("p", "infinite"),
    ),
    "entrywise_norm": norm(norms.entrywise_norm, {"p": ANY_P}, taken("p", "infinite")),
    "lpq_norm": norm(
        norms.lpq_norm,
        {"p": ANY_P, "q": ANY_P},
        taken("p", "infinite") | taken("q", "infinite"),
    ),
    "frobenius_norm": norm(norms.frobenius_norm),
    "max_norm": norm(norms.max_norm),
    "schatten_norm": norm(norms.schatten_norm, {"p": ANY_P}, taken("p", "infinite"), ()),
    "nuclear_norm": norm(norms.nuclear_norm, empty=()),
    "spectral_norm": norm(norms.spectral_norm, empty=()),
    "induced_norm": norm(
        norms.induced_norm,
        {
            "p": (1.5, bad_numbers(least=1)),
            "iterations": COUNT,
            "starts": COUNT,
            "seed": (0, bad_counts(least=0)),
        },
        taken("p", "infinite"),
        empty=(),
    ),
    "self_information": (
        information.self_information,
        {"p": p, "base": 2},
        {"p": bad_arrays(p), "base": BASE},
        taken("p", *MANY),
    ),
    "entropy": (
        information.entropy,
        {"p": p},
        {"p": bad_arrays(p)},
        taken("p", "an axis too many", "an axis too few", "no rows"),
    ),
    "entropy of logits": (
        information.entropy,
        {"p_logits": x, "base": 2},
        {"p_logits": bad_arrays(x), "base": BASE},
        taken("p_logits", "an axis too many", "an axis too few", "no rows", *NAN),
    ),
    "cross_entropy": divergence(information.cross_entropy),
    "cross_entropy of logits": divergence_of_logits(information.cross_entropy),
    "kl_divergence": divergence(information.kl_divergence),
    "kl_divergence of logits": divergence_of_logits(information.kl_divergence),
    "js_divergence": divergence(information.js_divergence),
    "js_divergence of logits": divergence_of_logits(information.js_divergence),
    "log_likelihood": (
        information.log_likelihood,
        {"labels": labels, "q": p[0], "base": 2},
        {"labels": bad_arrays(labels), "q": bad_arrays(p[0]), "base": BASE},
        taken("labels", *MANY[:1], *MANY[2:], "huge") | taken("q", "an axis too many"),
    ),
    "perplexity": (
        information.perplexity,
        {"cross_entropy": p, "base": 2},
        {"cross_entropy": bad_arrays(p), "base": BASE},
        taken("cross_entropy", *MANY, *NAN),
    ),
    "maximum_likelihood": (
        likelihood.maximum_likelihood,
        {"family": likelihood.Gaussian(), "x": x},
        {"family": bad_choices(), "x": bad_arrays(x)},
        taken("x", "an axis too many", "an axis too few"),
    ),
    "maximum_likelihood of labels": (
        likelihood.maximum_likelihood,
        {"family": likelihood.Categorical(3), "x": labels},
        {"x": bad_arrays(labels)},
        taken("x", "an axis too many", "huge"),
    ),
    "maximum_likelihood of 0 and 1": (
        likelihood.maximum_likelihood,
        {"family": likelihood.Bernoulli(), "x": np.ones((4, 2))},
        {"x": bad_arrays(np.ones((4, 2)))},
        taken("x", "an axis too many", "an axis too few"),
    ),
    "covariance": (
        likelihood.covariance,
        {"x": x},
        {"x": bad_arrays(x)},
        taken("x", "an axis too many", *NAN),
    ),
}
FUNCTIONS = {
    "Categorical": (
        likelihood.Categorical,
        {"num_classes": 3, "dtype": tf.float64},
        {"num_classes": bad_counts(), "dtype": {**bad_choices(), "ints": tf.int32}},
    ),
    "gradient_fit": (
        lambda **arguments: fit_again(descent_steps=2, **arguments),
        {"family": likelihood.Gaussian(), "x": x, "learning_rate": 0.5, "scope": "fit"},
        {
            "family": bad_choices(),
            "x": bad_arrays(x),
            "learning_rate": bad_numbers(above=0),
            "scope": {**bad_choices(), "a sign": "a$b"},
        },
        taken("x", "an axis too many", "an axis too few"),
    ),
    "descend": (
        lambda fit, steps, sess: list(likelihood.descend(fit or a_fit(), steps, sess)),
        {"fit": None, "steps": 2, "sess": None},
        {
            "fit": {"text": "fit", "a number": 7, "a dict": {"loss": 1}},
            "steps": bad_counts(least=0),
            "sess": {"text": "session", "a number": 7, "a graph": tf.Graph()},
        },
    ),
    "eval_numerical_gradient": (
        gradient_check.eval_numerical_gradient,
        {"f": np.sum, "x": x, "verbose": False, "h": 1e-5},
        {
            "f": {**bad_choices(), "gives text": str, "gives None": lambda x: None, "array": abs},
            "x": bad_arrays(x),
            "h": bad_numbers(above=0),
        },
        taken("x", "an axis too many", "an axis too few", "empty", "no rows", *NAN),
    ),
    "eval_numerical_gradient_array": (
        gradient_check.eval_numerical_gradient_array,
        {"f": np.square, "x": x, "df": x, "h": 1e-5},
        {
            "f": {**bad_choices(), "gives text": str, "gives None": lambda x: None},
            "x": bad_arrays(x),
            "df": bad_arrays(x),
            "h": bad_numbers(above=0),
        },
        taken("x", "empty", "no rows", *NAN) | taken("df", "ints", "bools", *NAN),
    ),
    "rel_error": (
        gradient_check.rel_error,
        {"x": x, "y": x},
        {"x": bad_arrays(x), "y": bad_arrays(x)},
        taken("x", "ints", "bools", "complex", *NAN) | taken("y", "ints", "bools", "complex", *NAN),
    ),
}


def a_fit():
    return likelihood.gradient_fit(likelihood.Gaussian(), x)


def fit_again(descent_steps, **arguments):
    return list(likelihood.descend(likelihood.gradient_fit(**arguments), descent_steps))


@pytest.mark.parametrize("name", GRAPHS)
def test_bad_arguments_of_a_graph_are_one_clear_line(name):
    function, *rest = GRAPHS[name]
    with graph_session() as sess:
        assert check_refusals(lambda **arguments: sess.run(function(**arguments)), *rest) > 0


@pytest.mark.parametrize("name", FUNCTIONS)
def test_bad_arguments_are_one_clear_line(name):
    with graph_session():
        assert check_refusals(*FUNCTIONS[name]) > 0
