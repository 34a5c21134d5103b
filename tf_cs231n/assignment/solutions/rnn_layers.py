"""Vanilla RNN, LSTM, word embedding and the layers over time, in NumPy.

Letters: N batch, T time, D features in, H hidden, V vocabulary, M affine outputs. A forward
function returns its output and a cache: what its backward function will need. What is in the cache
is your choice; the suggestion in each docstring lets a backward function be checked before its
forward function is right. A backward function takes the gradient of the loss with respect to each
output of the forward function and returns its gradient with respect to each input.

Do not change arrays that you are given: make new ones.
"""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """One time step of a vanilla RNN with a tanh activation.

    Args:
      x: input of this step, (N, D).
      prev_h: hidden state before it, (N, H).
      Wx: input-to-hidden weights, (D, H).
      Wh: hidden-to-hidden weights, (H, H).
      b: biases, (H,).

    Returns:
      next_h: hidden state after the step, (N, H).
      cache: suggested: x, prev_h, Wx, Wh, next_h.
    """
    a = x.dot(Wx) + prev_h.dot(Wh) + b
    next_h = np.tanh(a)
    cache = x, prev_h, Wx, Wh, next_h
    return next_h, cache


def rnn_step_backward(dnext_h, cache):
    """Gradients of one time step of a vanilla RNN.

    Args:
      dnext_h: gradient of the loss with respect to next_h, (N, H).
      cache: from rnn_step_forward.

    Returns:
      dx: (N, D).
      dprev_h: (N, H).
      dWx: (D, H).
      dWh: (H, H).
      db: (H,).
    """
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)
    dx = da.dot(Wx.T)
    dprev_h = da.dot(Wh.T)
    dWx = x.T.dot(da)
    dWh = prev_h.T.dot(da)
    db = da.sum(axis=0)
    return dx, dprev_h, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    """A vanilla RNN over a whole sequence.

    Args:
      x: the inputs of all T steps, (N, T, D).
      h0: hidden state before the first step, (N, H).
      Wx: (D, H).
      Wh: (H, H).
      b: (H,).

    Returns:
      h: hidden states after each step, (N, T, H).
      cache: suggested: a list of the caches of rnn_step_forward, one a step.
    """
    N, T, D = x.shape
    h = np.zeros((N, T, h0.shape[1]), x.dtype)
    prev_h = h0
    cache = []
    for t in range(T):
        prev_h, step_cache = rnn_step_forward(x[:, t], prev_h, Wx, Wh, b)
        h[:, t] = prev_h
        cache.append(step_cache)
    return h, cache


def rnn_backward(dh, cache):
    """Gradients of a vanilla RNN over a whole sequence.

    Args:
      dh: gradient of the loss with respect to each hidden state, (N, T, H): what each state
        contributes to the loss by itself, not what it contributes through later states.
      cache: from rnn_forward.

    Returns:
      dx: (N, T, D).
      dh0: (N, H).
      dWx: (D, H).
      dWh: (H, H).
      db: (H,).
    """
    N, T, H = dh.shape
    D = cache[0][0].shape[1]
    dx = np.zeros((N, T, D), dh.dtype)
    dWx = np.zeros((D, H), dh.dtype)
    dWh = np.zeros((H, H), dh.dtype)
    db = np.zeros(H, dh.dtype)
    dprev_h = np.zeros((N, H), dh.dtype)
    for t in reversed(range(T)):
        dnext_h = dh[:, t] + dprev_h
        dx[:, t], dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dnext_h, cache[t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    dh0 = dprev_h
    return dx, dh0, dWx, dWh, db


def word_embedding_forward(x, W):
    """The vector of each word.

    Args:
      x: word indices, (N, T), integers from 0 to V - 1.
      W: the vector of each word of the vocabulary, (V, D).

    Returns:
      out: (N, T, D).
      cache: suggested: x, W.
    """
    out = W[x]
    cache = x, W
    return out, cache


def word_embedding_backward(dout, cache):
    """Gradient of the word vectors. Words are not differentiable, so they have none.

    Args:
      dout: gradient of the loss with respect to the output, (N, T, D).
      cache: from word_embedding_forward.

    Returns:
      dW: (V, D). A word may stand in x any number of times.
    """
    x, W = cache
    dW = np.zeros(W.shape, dout.dtype)
    np.add.at(dW, x, dout)
    return dW


def sigmoid(x):
    """The logistic function of each entry, for numbers of any size.

    Args:
      x: an array of any shape; entries like 1000 and -1000 are legal.

    Returns:
      out: array of the same shape, from 0 to 1, without NaN.
    """
    e = np.exp(-np.abs(x))
    out = np.where(x >= 0, 1, e) / (1 + e)
    return out


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """One time step of an LSTM.

    The 4H columns of Wx, Wh and b come in four blocks of H: input gate i, forget gate f, output
    gate o, candidate g, in this order.

    Args:
      x: input of this step, (N, D).
      prev_h: hidden state before it, (N, H).
      prev_c: cell state before it, (N, H).
      Wx: (D, 4H).
      Wh: (H, 4H).
      b: (4H,).

    Returns:
      next_h: hidden state after the step, (N, H).
      next_c: cell state after the step, (N, H).
      cache: suggested: x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c.
    """
    H = prev_h.shape[1]
    a = x.dot(Wx) + prev_h.dot(Wh) + b
    i = sigmoid(a[:, :H])
    f = sigmoid(a[:, H : 2 * H])
    o = sigmoid(a[:, 2 * H : 3 * H])
    g = np.tanh(a[:, 3 * H :])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    cache = x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c
    return next_h, next_c, cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    """Gradients of one time step of an LSTM.

    Args:
      dnext_h: gradient of the loss with respect to next_h, (N, H).
      dnext_c: gradient of the loss with respect to next_c, (N, H): what arrives from the next step.
      cache: from lstm_step_forward.

    Returns:
      dx: (N, D).
      dprev_h: (N, H).
      dprev_c: (N, H).
      dWx: (D, 4H).
      dWh: (H, 4H).
      db: (4H,).
    """
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tanh_c = np.tanh(next_c)
    do = dnext_h * tanh_c
    dc = dnext_c + dnext_h * o * (1 - tanh_c**2)
    df = dc * prev_c
    di = dc * g
    dg = dc * i
    dprev_c = dc * f
    da_i = di * i * (1 - i)
    da_f = df * f * (1 - f)
    da_o = do * o * (1 - o)
    da_g = dg * (1 - g**2)
    da = np.concatenate([da_i, da_f, da_o, da_g], axis=1)
    dx = da.dot(Wx.T)
    dprev_h = da.dot(Wh.T)
    dWx = x.T.dot(da)
    dWh = prev_h.T.dot(da)
    db = da.sum(axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db


def lstm_forward(x, h0, Wx, Wh, b):
    """An LSTM over a whole sequence. The cell state before the first step is zero.

    Args:
      x: the inputs of all T steps, (N, T, D).
      h0: hidden state before the first step, (N, H).
      Wx: (D, 4H).
      Wh: (H, 4H).
      b: (4H,).

    Returns:
      h: hidden states after each step, (N, T, H).
      cache: suggested: a list of the caches of lstm_step_forward, one a step.
    """
    N, T, D = x.shape
    h = np.zeros((N, T, h0.shape[1]), x.dtype)
    prev_h = h0
    prev_c = np.zeros_like(h0)
    cache = []
    for t in range(T):
        prev_h, prev_c, step_cache = lstm_step_forward(x[:, t], prev_h, prev_c, Wx, Wh, b)
        h[:, t] = prev_h
        cache.append(step_cache)
    return h, cache


def lstm_backward(dh, cache):
    """Gradients of an LSTM over a whole sequence.

    Args:
      dh: gradient of the loss with respect to each hidden state, (N, T, H): what each state
        contributes to the loss by itself, not what it contributes through later states.
      cache: from lstm_forward.

    Returns:
      dx: (N, T, D).
      dh0: (N, H).
      dWx: (D, 4H).
      dWh: (H, 4H).
      db: (4H,).
    """
    N, T, H = dh.shape
    D = cache[0][0].shape[1]
    dx = np.zeros((N, T, D), dh.dtype)
    dWx = np.zeros((D, 4 * H), dh.dtype)
    dWh = np.zeros((H, 4 * H), dh.dtype)
    db = np.zeros(4 * H, dh.dtype)
    dprev_h = np.zeros((N, H), dh.dtype)
    dprev_c = np.zeros((N, H), dh.dtype)
    for t in reversed(range(T)):
        dnext_h = dh[:, t] + dprev_h
        step = lstm_step_backward(dnext_h, dprev_c, cache[t])
        dx[:, t], dprev_h, dprev_c, dWx_t, dWh_t, db_t = step
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    dh0 = dprev_h
    return dx, dh0, dWx, dWh, db


def temporal_affine_forward(x, w, b):
    """One affine layer, the same at every time step.

    Args:
      x: (N, T, D).
      w: (D, M).
      b: (M,).

    Returns:
      out: (N, T, M).
      cache: suggested: x, w.
    """
    out = x.dot(w) + b
    cache = x, w
    return out, cache


def temporal_affine_backward(dout, cache):
    """Gradients of the affine layer over time.

    Args:
      dout: gradient of the loss with respect to the output, (N, T, M).
      cache: from temporal_affine_forward.

    Returns:
      dx: (N, T, D).
      dw: (D, M).
      db: (M,).
    """
    x, w = cache
    N, T, D = x.shape
    rows = dout.reshape(N * T, -1)
    dx = dout.dot(w.T)
    dw = x.reshape(N * T, D).T.dot(rows)
    db = rows.sum(axis=0)
    return dx, dw, db


def temporal_softmax_loss(x, y, mask, verbose=False):
    """Softmax cross-entropy over time: summed over the words that count, averaged over the batch.

    Args:
      x: scores, (N, T, V), of any size: 1000 is legal.
      y: the right words, (N, T), integers from 0 to V - 1.
      mask: (N, T), bool: False where y is padding, which must not count.
      verbose: may be ignored.

    Returns:
      loss: a number.
      dx: gradient of the loss with respect to x, (N, T, V).
    """
    N, T, V = x.shape
    scores = x - x.max(axis=2, keepdims=True)
    e = np.exp(scores)
    p = e / e.sum(axis=2, keepdims=True)
    log_p = scores - np.log(e.sum(axis=2, keepdims=True))
    n, t = np.arange(N)[:, None], np.arange(T)
    loss = -np.sum(mask * log_p[n, t, y]) / N
    dx = p.copy()
    dx[n, t, y] -= 1
    dx = dx * mask[:, :, None]
    dx = dx / N
    return loss, dx
