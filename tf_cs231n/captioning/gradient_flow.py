"""How far back a gradient reaches in an untrained RNN and LSTM.

Source: Bengio et al., "Learning long-term dependencies with
gradient descent is difficult" (1994); Hochreiter and Schmidhuber (1997).
"""

import numpy as np

from tf_cs231n.captioning.rnn_layers import (
    lstm_step_backward,
    lstm_step_forward,
    rnn_step_backward,
    rnn_step_forward,
)


def rnn_gradient_norms(num_steps=100, hidden_dim=64, seed=0, scale=1.0):
    """Norm of dL/dh, k steps before the loss, for an untrained vanilla RNN.

    Args:
      num_steps: T, how far back to go.
      hidden_dim: H.
      seed: fixes weights (normal, variance 1 / H), inputs (normal) and the gradient at the end.
      scale: factor on Wh. At about 2 the gradient keeps its size, beyond that it explodes.

    Returns:
      (T + 1,): ``norms[k] = |dL/dh_{T-k}| / |dL/dh_T|``, so that ``norms[0]`` is 1.
    """
    rng, H = np.random.RandomState(seed), hidden_dim
    Wx, Wh = (rng.randn(H, H) / np.sqrt(H) for _ in range(2))
    Wh = scale * Wh
    h, caches = np.zeros((1, H)), []
    for _ in range(num_steps):
        h, cache = rnn_step_forward(rng.randn(1, H), h, Wx, Wh, np.zeros(H))
        caches.append(cache)
    dh = _unit(rng, H)
    norms = [1.0]
    for cache in reversed(caches):
        _, dh, _, _, _ = rnn_step_backward(dh, cache)
        norms.append(np.linalg.norm(dh))
    return np.array(norms)


def lstm_gradient_norms(num_steps=100, hidden_dim=64, forget_bias=0.0, seed=0):
    """Norm of dL/dc along the cell, k steps before the loss, for an untrained LSTM.

    This follows only the cell's own path, ``dprev_c = dc f``. It leaves out the gradient through
    the hidden states and their matrix products, which is no safer there than in a vanilla RNN.

    Args:
      num_steps: T, how far back to go.
      hidden_dim: H.
      forget_bias: bias of the forget gate: 0 leaves it half open (``f`` about 1/2), 1 is the usual
        remedy (Jozefowicz et al., 2015), 50 saturates it (``f`` = 1 in float64).
      seed: fixes weights (normal, variance 1 / H), inputs (normal) and the gradient at the end.

    Returns:
      (T + 1,): ``norms[k] = |dL/dc_{T-k}| / |dL/dc_T|``, so that ``norms[0]`` is 1.
    """
    rng, H = np.random.RandomState(seed), hidden_dim
    Wx, Wh = (rng.randn(H, 4 * H) / np.sqrt(H) for _ in range(2))
    b = np.zeros(4 * H)
    b[H : 2 * H] = forget_bias
    h, c, caches = np.zeros((1, H)), np.zeros((1, H)), []
    for _ in range(num_steps):
        h, c, cache = lstm_step_forward(rng.randn(1, H), h, c, Wx, Wh, b)
        caches.append(cache)
    dc, dh = _unit(rng, H), np.zeros((1, H))
    norms = [1.0]
    for cache in reversed(caches):
        _, _, dc, _, _, _ = lstm_step_backward(dh, dc, cache)
        norms.append(np.linalg.norm(dc))
    return np.array(norms)


def _unit(rng, H):
    vector = rng.randn(1, H)
    return vector / np.linalg.norm(vector)
