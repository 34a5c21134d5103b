"""Second solutions, right and written differently: loops over numbers, other but equal formulas."""

import numpy as np


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def _product(A, B):
    out = np.zeros((A.shape[0], B.shape[1]), A.dtype)
    for k in range(A.shape[1]):
        out += np.outer(A[:, k], B[k])
    return out


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    a = _product(np.hstack([x, prev_h]), np.vstack([Wx, Wh]))
    for row in a:
        row += b
    next_h = 2 / (1 + np.exp(-2 * a)) - 1
    return next_h, {"a": a, "all": (x, prev_h, Wx, Wh)}


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh = cache["all"]
    da = dnext_h / np.cosh(cache["a"]) ** 2
    db = np.zeros(da.shape[1], da.dtype)
    for row in da:
        db = db + row
    dx, dprev_h = np.einsum("nh,dh->nd", da, Wx), np.einsum("nh,kh->nk", da, Wh)
    return dx, dprev_h, np.einsum("nd,nh->dh", x, da), np.einsum("nk,nh->kh", prev_h, da), db


def rnn_forward(x, h0, Wx, Wh, b):
    states, caches = [h0], []
    for t in range(x.shape[1]):
        h, cache = rnn_step_forward(x[:, t, :], states[-1], Wx, Wh, b)
        states.append(h)
        caches.append(cache)
    return np.stack(states[1:], axis=1), (caches, x.shape)


def rnn_backward(dh, cache):
    caches, shape = cache
    dx = np.empty(shape, dh.dtype)
    carried, sums = 0, [0, 0, 0]
    for t in range(shape[1] - 1, -1, -1):
        dx[:, t], carried, *grads = rnn_step_backward(dh[:, t] + carried, caches[t])
        sums = [total + grad for total, grad in zip(sums, grads)]
    return (dx, carried) + tuple(sums)


def word_embedding_forward(x, W):
    out = np.zeros(x.shape + W.shape[1:], W.dtype)
    for n in range(x.shape[0]):
        for t in range(x.shape[1]):
            out[n, t] = W[x[n, t]]
    return out, (x, len(W))


def word_embedding_backward(dout, cache):
    x, V = cache
    one_hot = (x[..., None] == np.arange(V)).astype(dout.dtype)
    return np.tensordot(one_hot, dout, axes=([0, 1], [0, 1]))


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    gates = []
    for k, Wxk, Whk, bk in zip(range(4), np.split(Wx, 4, 1), np.split(Wh, 4, 1), np.split(b, 4)):
        a = x @ Wxk + prev_h @ Whk + bk
        gates.append(np.tanh(a) if k == 3 else sigmoid(a))
    i, f, o, g = gates
    next_c = prev_c * f + g * i
    return o * np.tanh(next_c), next_c, {
        "x": x, "h": prev_h, "c": prev_c, "Wx": Wx, "Wh": Wh, "gates": gates,
    }  # fmt: skip


def lstm_step_backward(dnext_h, dnext_c, cache):
    i, f, o, g = cache["gates"]
    t = np.tanh(cache["c"] * f + g * i)
    dc = dnext_c + dnext_h * o / np.cosh(np.arctanh(t)) ** 2
    slopes = [dc * g * (i - i * i), dc * cache["c"] * (f - f * f), dnext_h * t * (o - o * o)]
    da = np.hstack(slopes + [dc * i * (1 - g) * (1 + g)])
    dWx = sum(np.outer(x, d) for x, d in zip(cache["x"], da))
    dWh = sum(np.outer(h, d) for h, d in zip(cache["h"], da))
    dx, dh = (cache["Wx"] @ da.T).T, (cache["Wh"] @ da.T).T
    return dx, dh, f * dc, dWx, dWh, np.ones(len(da), da.dtype) @ da


def lstm_forward(x, h0, Wx, Wh, b):
    h, c, caches, states = h0, 0 * h0, [], []
    for step in np.moveaxis(x, 1, 0):
        h, c, cache = lstm_step_forward(step, h, c, Wx, Wh, b)
        caches.append(cache)
        states.append(h)
    return np.moveaxis(np.array(states), 0, 1), caches


def lstm_backward(dh, cache):
    dx, dprev_h, dprev_c, sums = [], 0 * dh[:, 0], 0 * dh[:, 0], None
    for t, step in reversed(list(enumerate(cache))):
        dxt, dprev_h, dprev_c, *grads = lstm_step_backward(dh[:, t] + dprev_h, dprev_c, step)
        dx.insert(0, dxt)
        sums = grads if sums is None else [a + b for a, b in zip(sums, grads)]
    return (np.stack(dx, 1), dprev_h) + tuple(sums)


def temporal_affine_forward(x, w, b):
    return np.stack([x[:, t].dot(w) + b for t in range(x.shape[1])], axis=1), (x, w, b)


def temporal_affine_backward(dout, cache):
    x, w, b = cache
    dw, db = np.zeros_like(w), np.zeros_like(b)
    for t in range(x.shape[1]):
        dw += x[:, t].T @ dout[:, t]
        db += dout[:, t].sum(0)
    return np.einsum("ntm,dm->ntd", dout, w), dw, db


def temporal_softmax_loss(x, y, mask, verbose=False):
    N, T, V = x.shape
    loss, dx = 0.0, np.zeros_like(x)
    for n in range(N):
        for t in range(T):
            if mask[n, t]:
                score = x[n, t] - x[n, t].max()
                log_p = score - np.log(np.exp(score).sum())
                loss -= log_p[y[n, t]] / N
                dx[n, t] = (np.exp(log_p) - (np.arange(V) == y[n, t])) / N
    return loss, dx


def in_float32(function):
    """The same function, computing in float32 whatever it gets."""

    def convert(value):
        if isinstance(value, np.ndarray) and value.dtype == np.float64:
            return value.astype(np.float32)
        return value

    def call(*arguments):
        return function(*[convert(argument) for argument in arguments])

    return call


ALL = {
    name: function
    for name, function in list(globals().items())
    if callable(function) and not name.startswith("_") and name != "in_float32"
}
