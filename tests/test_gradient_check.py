"""Numeric gradients against gradients known by hand."""

import numpy as np
import pytest

from tf_cs231n.errors import InputError
from tf_cs231n.gradient_check import (
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    rel_error,
)


def test_gradient_of_a_quadratic_form():
    A = np.array([[2.0, 1.0, 0.0], [3.0, -1.0, 5.0], [0.5, 2.0, 1.0]])
    x = np.array([1.0, -2.0, 0.5])
    grad = eval_numerical_gradient(lambda x: x @ A @ x, x, verbose=False)
    np.testing.assert_allclose(grad, (A + A.T) @ x, rtol=1e-9)


def test_error_falls_with_the_square_of_h():
    x = np.array([1.0])

    def error(h):
        return abs(eval_numerical_gradient(lambda x: np.exp(x[0]), x, False, h)[0] - np.e)

    assert error(1e-2) / error(1e-3) == pytest.approx(100, rel=0.01)


def test_array_gradient_is_the_transposed_jacobian():
    A = np.arange(6.0).reshape(2, 3)
    x, df = np.array([1.0, 2.0, 3.0]), np.array([1.0, -1.0])
    grad = eval_numerical_gradient_array(lambda x: A @ np.sin(x), x, df)
    np.testing.assert_allclose(grad, np.cos(x) * (A.T @ df), rtol=1e-9)


def test_a_function_that_returns_its_own_buffer_or_input_is_read_in_time():
    buffer = np.empty(3)

    def double(x):
        np.multiply(2, x, out=buffer)
        return buffer

    x = np.ones(3)
    np.testing.assert_allclose(eval_numerical_gradient_array(double, x, np.arange(3.0)), [0, 2, 4])
    np.testing.assert_allclose(eval_numerical_gradient_array(lambda x: x, x, np.ones(3)), 1)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 2)])
def test_x_is_put_back_to_the_bit_even_if_f_fails(shape):
    x = np.array(np.random.RandomState(0).randn(*shape))
    before = x.copy()
    eval_numerical_gradient(lambda x: x.sum(), x, verbose=False)
    np.testing.assert_array_equal(x, before)

    def fails(x):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        eval_numerical_gradient_array(fails, x, 1.0)
    np.testing.assert_array_equal(x, before)


def test_verbose_prints_each_component(capsys):
    eval_numerical_gradient(lambda x: x.sum(), np.zeros((2, 2)))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(") ")[0] + ")" for line in lines] == ["(0, 0)", "(0, 1)", "(1, 0)", "(1, 1)"]


def test_rel_error_by_hand():
    assert rel_error(np.array([1.0, -1.0]), np.array([1.0, 1.0])) == 1.0
    assert rel_error(np.zeros(3), np.zeros(3)) == 0.0
    assert rel_error(np.array([1e-12]), np.array([0.0])) == pytest.approx(1e-4)
    assert rel_error(2.0, 2.0) == 0.0
    assert rel_error(np.zeros((0, 3)), np.zeros((0, 3))) == 0.0
    assert np.isnan(rel_error(np.array([np.nan]), np.array([1.0])))


def test_mistakes_are_named():
    f = np.sum
    for x, message in [
        (np.zeros(2, np.float32), "^x: got float32, expected a float64 array"),
        (np.zeros(2, int), "^x: got int64"),
        ([0.0], "^x: got list"),
    ]:
        with pytest.raises(InputError, match=message):
            eval_numerical_gradient(f, x)
        with pytest.raises(InputError, match=message):
            eval_numerical_gradient_array(f, x, 1.0)
    for h in (0, -1e-5, float("nan")):
        with pytest.raises(InputError, match="^h: got"):
            eval_numerical_gradient(f, np.zeros(2), h=h)
    with pytest.raises(ValueError):
        eval_numerical_gradient(lambda x: x, np.zeros(2))
    with pytest.raises(InputError, match=r"^df: got shape \(3,\), expected that of f\(x\), \(2,\)"):
        eval_numerical_gradient_array(lambda x: x, np.zeros(2), np.zeros(3))
    with pytest.raises(InputError, match=r"^x and y: got shapes \(2,\) and \(3,\)"):
        rel_error(np.zeros(2), np.zeros(3))
