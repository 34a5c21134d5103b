"""The one checker: what passes, and the words for what does not."""

import doctest

import numpy as np
import pytest

from tf_cs231n import checks
from tf_cs231n.compat import tf

X = np.ones((2, 3, 5))


def test_its_examples_are_true():
    assert doctest.testmod(checks).failed == 0


@pytest.mark.parametrize("value", [0, -1, 1.5, 1.0, "1", None, True, np.nan, [1]])
def test_counts_are_whole_numbers_of_at_least_one(value, raises_one_line):
    checks.counts(n=1, m=np.int64(7))
    with raises_one_line("n: got", "a whole number of at least 1"):
        checks.counts(n=value)


def test_counts_have_bounds(raises_one_line):
    checks.counts(0, 3, n=0, m=3)
    with raises_one_line("n: got 4", "from 0 to 3"):
        checks.counts(0, 3, n=4)


@pytest.mark.parametrize("value", [np.nan, np.inf, "1", None, True, 1j, [1.0]])
def test_numbers_are_real_and_finite(value, raises_one_line):
    checks.numbers(x=1, y=np.float32(-2.5))
    with raises_one_line("x: got", "expected a number"):
        checks.numbers(x=value)


def test_numbers_have_bounds(raises_one_line):
    checks.numbers(least=0, most=1, x=0, y=1)
    checks.numbers(least=0, finite=False, x=np.inf)
    for bounds, value, words in (
        ({"least": 0}, -1, "of at least 0"),
        ({"most": 1}, 2, "of at most 1"),
        ({"above": 0}, 0, "above 0"),
        ({"finite": False}, np.nan, "a number"),
    ):
        with raises_one_line("x: got", words):
            checks.numbers(x=value, **bounds)


def test_choices_are_listed(raises_one_line):
    checks.one_of(["rnn", "lstm"], cell="lstm")
    for wrong in ("gru", None, 1, ["rnn"], np.ones(2)):
        with raises_one_line("cell: got", "rnn, lstm"):
            checks.one_of(["rnn", "lstm"], cell=wrong)


def test_lists_have_one_length(raises_one_line):
    checks.same_length(a=[1, 2], b=(3, 4))
    with raises_one_line("2 a, 1 b"):
        checks.same_length(a=[1, 2], b=[3])


def test_shapes_fit_their_letters(raises_one_line):
    sizes = checks.shapes(x=(X, "N T D"), w=(np.ones((5, 12)), "D 4H"), y=(X, "... D"))
    assert sizes == {"N": 2, "T": 3, "D": 5, "H": 3}
    checks.shapes({"D": 5}, x=(X, "N T D"), z=(X, "N ..."), t=(tf.zeros([2, 3]), "N T"))
    for letters, words in (
        ("N T", "expected (N, T)"),
        ("N 2T D", "expected (N, 2T, D)"),
        ("N N D", "expected (N, N, D)"),
        ("N T 4", "expected (N, T, 4)"),
        ("A B C D ...", "expected (A, B, C, D, ...)"),
    ):
        with raises_one_line("x: got shape (2, 3, 5)", words):
            checks.shapes(x=(X, letters))
    with raises_one_line("w: got shape (4, 12)", "D=5"):
        checks.shapes(x=(X, "N T D"), w=(np.ones((4, 12)), "D 4H"))


def test_an_axis_of_unknown_size_fits_every_letter(raises_one_line):
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 5])
        assert checks.shapes(x=(x, "N D"), y=(np.ones((3, 5)), "N D")) == {"D": 5, "N": 3}
        checks.shapes(x=(tf.placeholder(tf.float32), "N D"))
        with raises_one_line("x: got shape (None, 5)", "D=4"):
            checks.shapes({"D": 4}, x=(x, "N D"))


def test_shapes_are_of_floats_unless_said_otherwise(raises_one_line):
    for wrong in (X.astype(int), X.astype(complex), X > 0, X.astype(str)):
        with raises_one_line("x: got", "expected floats"):
            checks.shapes(x=(wrong, "N T D"))
    checks.shapes(kinds="fc", x=(X.astype(complex), "N T D"))
    checks.shapes(kinds="iu", x=(X.astype(np.uint8), "N T D"))
    with raises_one_line("x: got [1.0]", "an array N"):
        checks.shapes(x=([1.0], "N"))


def test_indices_are_within_their_range(raises_one_line):
    checks.indices(3, y=(np.array([[0, 2]]), "N T"))
    for wrong, words in (([0, 3], "index 3"), ([-1, 0], "index -1"), ([0.0, 1.0], "integers")):
        with raises_one_line("y: got", words):
            checks.indices(3, y=(np.array(wrong), "N"))


def test_an_array_is_finite_and_in_this_machines_byte_order(raises_one_line):
    big = checks.array("x", np.ones(2, ">f4"), "N")
    assert big.dtype == np.float32 and big.dtype.isnative
    assert checks.array("x", X, "N T D") is X
    for wrong in ([np.nan, 1], [np.inf, 1], "x", [[1], [1, 2]], None, [[1.0]]):
        with raises_one_line("x: got"):
            checks.array("x", wrong, "N")
