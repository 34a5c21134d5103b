"""Update rules against their papers' formulas, worked by other means."""

import numpy as np
import pytest

from tf_cs231n.captioning.optim import UPDATE_RULES, adam, rmsprop, sgd, sgd_momentum
from tf_cs231n.errors import InputError

N, D = 4, 5
W = np.linspace(-0.4, 0.6, num=N * D).reshape(N, D)
DW = np.linspace(-0.6, 0.4, num=N * D).reshape(N, D)
rules = pytest.mark.parametrize("rule", sorted(UPDATE_RULES))


def test_sgd_step_by_hand():
    next_w, config = sgd(np.array([1.0, 2.0]), np.array([10.0, -5.0]), {"learning_rate": 0.1})
    np.testing.assert_allclose(next_w, [0.0, 2.5])
    assert sgd(W, DW)[1] == {"learning_rate": 1e-2}


def test_momentum_gives_the_numbers_of_the_course():
    config = {"learning_rate": 1e-3, "velocity": np.linspace(0.6, 0.9, num=N * D).reshape(N, D)}
    next_w, _ = sgd_momentum(W, DW, config=config)
    np.testing.assert_allclose(next_w[0, :2], [0.1406, 0.20738947], atol=5e-9)
    np.testing.assert_allclose(next_w[-1, -1], 1.4096, atol=5e-9)
    # The course's notebooks read the state from the dict that they passed.
    np.testing.assert_allclose(config["velocity"][0, 0], 0.5406, atol=5e-9)


def test_rmsprop_gives_the_numbers_of_the_course():
    config = {"learning_rate": 1e-2, "cache": np.linspace(0.6, 0.9, num=N * D).reshape(N, D)}
    next_w, _ = rmsprop(W, DW, config=config)
    np.testing.assert_allclose(next_w[0, :2], [-0.39223849, -0.34037513], atol=5e-9)
    np.testing.assert_allclose(config["cache"][0, :2], [0.5976, 0.6126277], atol=5e-9)


def test_adam_gives_the_numbers_of_the_course():
    config = {
        "learning_rate": 1e-2,
        "m": np.linspace(0.6, 0.9, num=N * D).reshape(N, D),
        "v": np.linspace(0.7, 0.5, num=N * D).reshape(N, D),
        "t": 5,
    }
    next_w, _ = adam(W, DW, config=config)
    np.testing.assert_allclose(next_w[0, :2], [-0.40094747, -0.34836187], atol=5e-9)
    np.testing.assert_allclose(config["m"][0, :2], [0.48, 0.49947368], atol=5e-9)
    np.testing.assert_allclose(config["v"][0, :2], [0.69966, 0.68908382], atol=5e-9)
    assert config["t"] == 6


def test_adam_first_step_is_the_learning_rate_whatever_the_gradient():
    """The bias correction makes m_hat / sqrt(v_hat) = dw / |dw| at t = 1."""
    next_w, _ = adam(np.zeros(3), np.array([1e-3, -7.0, 1e4]), {"learning_rate": 0.25})
    np.testing.assert_allclose(next_w, [-0.25, 0.25, -0.25], rtol=1e-4)


@pytest.mark.parametrize("steps", [1, 7])
def test_constant_gradient_in_closed_form(steps):
    """Momentum: v_n = -lr g (1 - mu^n) / (1 - mu); RMSProp: cache_n = g^2 (1 - d^n); Adam: g."""
    g, lr = 0.5, 0.1
    w = {name: np.zeros(1) for name in UPDATE_RULES}
    config = {name: {"learning_rate": lr} for name in UPDATE_RULES}
    for name, rule in UPDATE_RULES.items():
        for _ in range(steps):
            w[name], config[name] = rule(w[name], np.array([g]), config[name])
    k = np.arange(1, steps + 1)
    expected = {
        "sgd": -lr * g * steps,
        "sgd_momentum": -np.sum(lr * g * (1 - 0.9**k) / (1 - 0.9)),
        "rmsprop": -np.sum(lr / np.sqrt(1 - 0.99**k)),
        "adam": -lr * steps,
    }
    for name in UPDATE_RULES:
        np.testing.assert_allclose(w[name], expected[name], rtol=1e-6, err_msg=name)


@rules
def test_a_quadratic_is_minimised(rule):
    w, config = np.array([3.0, -2.0]), {"learning_rate": 0.02}
    for _ in range(600):
        w, config = UPDATE_RULES[rule](w, w * [1.0, 5.0], config)
    np.testing.assert_allclose(w, 0, atol=0.03)


@rules
def test_inputs_are_left_alone_and_float32_stays(rule):
    w, dw = W.astype(np.float32), DW.astype(np.float32)
    w.flags.writeable = dw.flags.writeable = False
    next_w, config = UPDATE_RULES[rule](w, dw)
    state = {key: value for key, value in config.items() if isinstance(value, np.ndarray)}
    for value in state.values():
        value.flags.writeable = False
    next_w, config = UPDATE_RULES[rule](next_w, dw, config)
    assert {value.dtype.name for value in [next_w, *state.values()]} == {"float32"}


@rules
def test_mistakes_are_named(rule):
    update = UPDATE_RULES[rule]
    with pytest.raises(InputError, match=r"^dw: got shape \(5, 4\), expected w's, \(4, 5\)"):
        update(W, DW.T)
    with pytest.raises(InputError, match="^config: lr: .*, expected one of learning_rate"):
        update(W, DW, {"lr": 0.1})
    for bad in (0, -1.0, float("nan"), float("inf"), "0.1"):
        with pytest.raises(InputError, match="^learning_rate: got"):
            update(W, DW, {"learning_rate": bad})
