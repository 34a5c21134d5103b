"""One side of `numpy_lstm.py`: an LSTM's forward and backward pass over a sequence, float32."""

import tf_cs231n  # noqa: F401, I001  (before NumPy, which it tells of quotas)
import numpy as np
from interleave import serve

from tf_cs231n.captioning.rnn_layers import (
    lstm_backward,
    lstm_forward,
    lstm_step_backward,
    lstm_step_forward,
)


def setup(side, N, T, D, H):
    rng = np.random.RandomState(0)
    shapes = (N, T, D), (N, H), (D, 4 * H), (H, 4 * H), (4 * H,), (N, T, H)
    arrays = [rng.randn(*shape).astype(np.float32) / 20 for shape in shapes]
    run = {"ours": sequence, "loop": loop, "float64 loop": float64_loop, "torch": torch_lstm}
    step = run[side](*arrays)

    def norms():  # in float64: the norm of a million float32 numbers is itself off by 3e-4
        return [float(np.linalg.norm(a.astype(np.float64))) for a in step()]

    return {"step": step, "norms": norms}


def sequence(x, h0, Wx, Wh, b, dh):
    """This package: products of all steps gathered."""

    def step():
        h, cache = lstm_forward(x, h0, Wx, Wh, b)
        return (h, *lstm_backward(dh, cache))

    return step


def loop(x, h0, Wx, Wh, b, dh, dtype=np.float32):
    """Every step's products apart, as the derivation reads; ``dtype`` is that of the zeros."""
    N, T, D = x.shape
    H = h0.shape[1]

    def step():
        h, c, caches = h0, np.zeros((N, H), dtype), []
        hs = np.zeros((N, T, H), dtype)
        for t in range(T):
            h, c, cache = lstm_step_forward(x[:, t], h, c, Wx, Wh, b)
            hs[:, t] = h
            caches.append(cache)
        dx = np.zeros((N, T, D), dtype)
        dWx, dWh, db = (np.zeros(w.shape, dtype) for w in (Wx, Wh, b))
        dprev_h, dprev_c = np.zeros((N, H), dtype), np.zeros((N, H), dtype)
        for t in reversed(range(T)):
            dx[:, t], dprev_h, dprev_c, dWx_t, dWh_t, db_t = lstm_step_backward(
                dh[:, t] + dprev_h, dprev_c, caches[t]
            )
            dWx += dWx_t
            dWh += dWh_t
            db += db_t
        return hs, dx, dprev_h, dWx, dWh, db

    return step


def float64_loop(*arrays):
    """The same loop with plain ``np.zeros``, as solutions are published: float64 creeps in."""
    return loop(*arrays, dtype=np.float64)


def torch_lstm(x, h0, Wx, Wh, b, dh):
    import torch

    N, T, D = x.shape
    H = h0.shape[1]
    lstm = torch.nn.LSTM(D, H, batch_first=True)

    def reordered(w):  # our blocks i, f, o, g; PyTorch's i, f, g, o
        i, f, o, g = np.split(w, 4, axis=-1)
        return torch.from_numpy(np.concatenate([i, f, g, o], axis=-1).T.copy())

    with torch.no_grad():
        lstm.weight_ih_l0.copy_(reordered(Wx))
        lstm.weight_hh_l0.copy_(reordered(Wh))
        lstm.bias_ih_l0.copy_(reordered(b))
        lstm.bias_hh_l0.zero_()
    x, h0, dh = (torch.from_numpy(a) for a in (x, h0[None], dh))
    x.requires_grad_()
    h0.requires_grad_()
    c0 = torch.zeros(1, N, H)
    inputs = x, h0, lstm.weight_ih_l0, lstm.weight_hh_l0, lstm.bias_ih_l0

    def step():
        lstm.zero_grad(set_to_none=True)
        x.grad = h0.grad = None
        h, _ = lstm(x, (h0, c0))
        h.backward(dh)
        return [h.detach().numpy(), *(a.grad.numpy() for a in inputs)]

    return step


if __name__ == "__main__":
    serve(setup)
