"""The vanishing gradient, and the cell that keeps it."""

import numpy as np
import pytest

from tf_cs231n.captioning.gradient_flow import lstm_gradient_norms, rnn_gradient_norms


def test_a_saturated_forget_gate_carries_the_gradient_unchanged_over_100_steps():
    np.testing.assert_allclose(lstm_gradient_norms(100, forget_bias=50.0), np.ones(101), rtol=1e-13)


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_of_a_vanilla_rnn_vanishes(seed):
    norms = rnn_gradient_norms(100, seed=seed)
    assert norms[0] == 1
    assert norms[100] < 1e-12
    # Exponentially: the second fifty steps take about as much as the first.
    assert np.log(norms[100]) / np.log(norms[50]) == pytest.approx(2, rel=0.2)


def test_the_further_the_gate_is_open_the_further_the_gradient_reaches():
    norms = [lstm_gradient_norms(100, forget_bias=bias)[100] for bias in (0, 1, 3, 6, 50)]
    assert norms == sorted(norms)


def test_two_steps_back_by_hand():
    """One unit: a step back along the cell multiplies by its forget gate."""
    norms = lstm_gradient_norms(2, hidden_dim=1, forget_bias=0.5, seed=3)
    rng = np.random.RandomState(3)
    Wx, Wh = rng.randn(4), rng.randn(4)
    h = c = 0.0
    gates = []
    for _ in range(2):
        i, f, o, g = rng.randn() * Wx + h * Wh + [0, 0.5, 0, 0]
        gates.append(1 / (1 + np.exp(-f)))
        c = gates[-1] * c + np.tanh(g) / (1 + np.exp(-i))
        h = np.tanh(c) / (1 + np.exp(-o))
    np.testing.assert_allclose(norms, [1, gates[1], gates[1] * gates[0]], rtol=1e-12)
