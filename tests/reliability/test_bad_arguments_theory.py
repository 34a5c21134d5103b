"""Bad arguments of the theory's functions."""

import numpy as np
import pytest
from corpus import bad_arrays, bad_numbers, check_refusals

from sessions import graph_session
from tf_cs231n import norms

x = np.random.RandomState(0).randn(2, 3)
P = {**bad_numbers(), "negative": -1}
NAN_IS_CARRIED = {("x", "NaN"), ("x", "infinite")}
SHAPES = {("x", "an axis too many"), ("x", "an axis too few"), ("x", "empty"), ("x", "no rows")}

# name: (function, good arguments, bad arguments, what is taken nevertheless)
FUNCTIONS = {
    "vector_norm": (
        norms.vector_norm,
        {"x": x, "p": 2},
        {"x": bad_arrays(x), "p": P},
        NAN_IS_CARRIED | SHAPES | {("x", "complex"), ("p", "infinite")},
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_bad_arguments_are_one_clear_line(name):
    with graph_session():
        assert check_refusals(*FUNCTIONS[name]) > 0
