"""Forward and backward pass of every layer of an image captioner: the derivation in code.

Letters: N batch, T time, D features in, H hidden, W word vector, V vocabulary, M affine outputs.
A backward pass takes the gradient of the loss with respect to what its forward pass returned
(``dout`` is dL/dout) and returns the gradients with respect to what that was given. Losses are
minimised.

Each layer comes as one time step, written as on the board, and as a whole sequence, written for
speed: the same equations with their products gathered, since

- the input's share ``x_t Wx + b`` of all T steps does not wait for the recurrence: one product;
- ``dWx = sum_t x_t^T da_t`` is one product of the stacked steps, and so are dWh, dx and db;
- only ``h_{t-1} Wh`` and ``da_t Wh^T`` must stay in the loop.

Inside, a sequence is time-major, (T, N, ...), so that each step is one block of memory. Arrays
keep their dtype: float32 stays float32. A cache holds its layer's inputs, not copies of them:
call backward before changing them in place.

Wrong shapes, dtypes and word indices raise `InputError`, a ValueError that names the argument.
NaN and infinity propagate, as everywhere in NumPy.

Sources: CS231n, lecture "Recurrent Neural Networks" and assignment 3; Hochreiter and
Schmidhuber, "Long Short-Term Memory" (1997); Gers et al., "Learning to Forget" (2000).
"""

import numpy as np

from tf_cs231n import checks

GATES = {"rnn": 1, "lstm": 4}  # blocks of H columns in a cell's Wx, Wh and b
_4H = "4H[i,f,o,g]"  # the LSTM's, for the message about a wrong shape

# --- Affine ---------------------------------------------------------------------------------


def affine_forward(x, w, b):
    """Affine layer: ``out = x w + b``, each example flattened to a row of D numbers.

    >>> x, w, b = np.ones((2, 3)), np.ones((3, 4)), np.arange(4.0)
    >>> out, cache = affine_forward(x, w, b)
    >>> out[0]
    array([3., 4., 5., 6.])

    Args:
      x: (N, d_1, ..., d_k) with d_1 * ... * d_k = D.
      w: (D, M).
      b: (M,).

    Returns:
      out: (N, M); and the cache for `affine_backward`.
    """
    D = int(np.prod(np.shape(x)[1:]))
    checks.shapes({"D": D}, x=(x, "..."), w=(w, "D M"), b=(b, "M"))
    return x.reshape(-1, D) @ w + b, (x, w)


def affine_backward(dout, cache):
    """Gradients of the affine layer.

    ``out_nm = sum_d x_nd w_dm + b_m``: x_nd touches out_nm for every m with slope w_dm, w_dm
    touches it for every n with slope x_nd, b_m for every n with slope 1. So

        dx = dout w^T        dw = x^T dout        db = sum_n dout_n

    Args:
      dout: (N, M).
      cache: from `affine_forward`.

    Returns:
      dx: the shape of x; dw: (D, M); db: (M,).
    """
    x, w = cache
    checks.shapes({"N": len(x), "M": w.shape[1]}, dout=(dout, "N M"))
    rows = x.reshape(len(x), -1)
    return (dout @ w.T).reshape(x.shape), rows.T @ dout, dout.sum(axis=0)


def temporal_affine_forward(x, w, b):
    """The same affine layer at every time step: ``out_t = x_t w + b``.

    Args:
      x: (N, T, D).
      w: (D, M).
      b: (M,).

    Returns:
      out: (N, T, M); and the cache for `temporal_affine_backward`.
    """
    checks.shapes(x=(x, "N T D"), w=(w, "D M"), b=(b, "M"))
    N, T, D = x.shape
    rows = x.reshape(N * T, D)
    out = (rows @ w + b).reshape(N, T, len(b))
    return out, (rows, w, out.shape)


def temporal_affine_backward(dout, cache):
    """Gradients of the temporal affine layer: `affine_backward` over all N T rows at once.

        dx_t = dout_t w^T        dw = sum_t x_t^T dout_t        db = sum_t sum_n dout_tn

    Args:
      dout: (N, T, M).
      cache: from `temporal_affine_forward`.

    Returns:
      dx: (N, T, D); dw: (D, M); db: (M,).
    """
    rows, w, (N, T, M) = cache
    checks.shapes({"N": N, "T": T, "M": M}, dout=(dout, "N T M"))
    dout = dout.reshape(N * T, M)
    return (dout @ w.T).reshape(N, T, len(w)), rows.T @ dout, dout.sum(axis=0)


# --- Vanilla RNN ----------------------------------------------------------------------------


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """One time step of the vanilla RNN: ``next_h = tanh(x Wx + prev_h Wh + b)``.

    Args:
      x: (N, D), the input of this step.
      prev_h: (N, H), the hidden state before it.
      Wx: (D, H).
      Wh: (H, H).
      b: (H,).

    Returns:
      next_h: (N, H), in (-1, 1); and the cache for `rnn_step_backward`.
    """
    checks.shapes(x=(x, "N D"), prev_h=(prev_h, "N H"), Wx=(Wx, "D H"), Wh=(Wh, "H H"), b=(b, "H"))
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    """Gradients of one vanilla RNN step.

    With ``a = x Wx + prev_h Wh + b`` and ``tanh'(a) = 1 - tanh(a)^2 = 1 - next_h^2``,

        da = dnext_h (1 - next_h^2)
        dx = da Wx^T        dWx = x^T da
        dprev_h = da Wh^T   dWh = prev_h^T da        db = sum_n da_n

    Args:
      dnext_h: (N, H).
      cache: from `rnn_step_forward`.

    Returns:
      dx: (N, D); dprev_h: (N, H); dWx: (D, H); dWh: (H, H); db: (H,).
    """
    x, prev_h, Wx, Wh, next_h = cache
    checks.shapes(next_h=(next_h, "N H"), dnext_h=(dnext_h, "N H"))
    da = dnext_h * (1 - next_h**2)
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def rnn_forward(x, h0, Wx, Wh, b):
    """The vanilla RNN over a sequence: ``h_t = tanh(x_t Wx + h_{t-1} Wh + b)``, t = 1..T.

    Args:
      x: (N, T, D).
      h0: (N, H), the hidden state before the first step.
      Wx: (D, H).
      Wh: (H, H).
      b: (H,).

    Returns:
      h: (N, T, H), the hidden state after each step; and the cache for `rnn_backward`.
    """
    checks.shapes(x=(x, "N T D"), h0=(h0, "N H"), Wx=(Wx, "D H"), Wh=(Wh, "H H"), b=(b, "H"))
    x_steps, a = _input_products(x, h0, Wx, Wh, b)
    h = _states(a, first=h0)
    for t, a_t in enumerate(a):
        a_t += h[t] @ Wh
        np.tanh(a_t, out=h[t + 1])
    return _batch_major_copy(h[1:]), (x_steps, h, Wx, Wh)


def rnn_backward(dh, cache):
    """Gradients of the vanilla RNN over a sequence: backpropagation through time.

    h_t reaches the loss twice, directly and through h_{t+1}, so its gradients add. From t = T
    down to 1, with ``dprev_h = 0`` at first,

        da_t = (dh_t + dprev_h) (1 - h_t^2)
        dprev_h = da_t Wh^T

    The weights are shared by all steps, so theirs are sums over t, taken after the loop. On its
    way back by k steps a gradient meets Wh^T and a factor 1 - h^2 <= 1 k times over, and so it
    vanishes (or, with a large Wh, explodes) like the k-th power of a matrix.

    Args:
      dh: (N, T, H), the loss's own gradient at each hidden state, not counting later steps.
      cache: from `rnn_forward`.

    Returns:
      dx: (N, T, D); dh0: (N, H); dWx: (D, H); dWh: (H, H); db: (H,).
    """
    x_steps, h, Wx, Wh = cache
    T, N, H = h[1:].shape
    checks.shapes({"N": N, "T": T, "H": H}, dh=(dh, "N T H"))
    da = np.empty_like(h[1:])
    dprev_h = np.zeros_like(h[0])
    for t in reversed(range(T)):
        da[t] = (dh[:, t] + dprev_h) * (1 - h[t + 1] ** 2)
        dprev_h = da[t] @ Wh.T
    dx, dWx, dWh, db = _products_of_all_steps(da, x_steps, h, Wx)
    return dx, dprev_h, dWx, dWh, db


# --- Word embedding -------------------------------------------------------------------------


def word_embedding_forward(x, W):
    """Look up the vector of each word: ``out[n, t] = W[x[n, t]]``.

    Args:
      x: (N, T) of integers in [0, V).
      W: (V, D), a vector for each word.

    Returns:
      out: (N, T, D); and the cache for `word_embedding_backward`.
    """
    checks.shapes(W=(W, "V D"))
    checks.indices(len(W), x=(x, "N T"))
    return W[x], (x, W.shape)


def word_embedding_backward(dout, cache):
    """Gradient of the word vectors: each row adds up what every use of its word received.

        dW[v] = sum over (n, t) with x[n, t] = v of dout[n, t]

    This is ``np.add.at(dW, x, dout)``, which adds one number at a time. Sorting by word first
    lets whole runs be added: ten times as fast with NumPy 1.18.

    Args:
      dout: (N, T, D).
      cache: from `word_embedding_forward`.

    Returns:
      dW: (V, D).
    """
    x, (V, D) = cache
    N, T = x.shape
    checks.shapes({"N": N, "T": T, "D": D}, dout=(dout, "N T D"))
    dW = np.zeros((V, D), dout.dtype)
    order = np.argsort(x, axis=None, kind="stable")
    words = x.reshape(-1)[order]
    starts = np.flatnonzero(np.append(True, words[1:] != words[:-1]))
    dW[words[starts]] = np.add.reduceat(dout.reshape(-1, D)[order], starts, axis=0)
    return dW


# --- LSTM -----------------------------------------------------------------------------------


def sigmoid(x):
    """Logistic function: ``1 / (1 + exp(-x))``, for any x without a warning.

    Where ``exp(-x)`` overflows to infinity the quotient is the right limit, 0.

    >>> sigmoid(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])

    Args:
      x: array of any shape, or a number.

    Returns:
      Array of x's shape, in [0, 1].
    """
    x = np.asarray(x)
    if x.dtype.kind != "f":
        x = x.astype(np.float64)  # the minus below would wrap around for unsigned integers
    with np.errstate(over="ignore", under="ignore"):
        return 1 / (1 + np.exp(-x))


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """One time step of the LSTM.

        a = x Wx + prev_h Wh + b,  cut into four blocks of H columns  a_i, a_f, a_o, a_g
        i = sigmoid(a_i)    input gate: how much of the new content to write
        f = sigmoid(a_f)    forget gate: how much of the old cell to keep
        o = sigmoid(a_o)    output gate: how much of the cell to show
        g = tanh(a_g)       the new content
        next_c = f prev_c + i g
        next_h = o tanh(next_c)

    Args:
      x: (N, D), the input of this step.
      prev_h: (N, H), the hidden state before it.
      prev_c: (N, H), the cell before it.
      Wx: (D, 4H), in blocks i, f, o, g.
      Wh: (H, 4H), likewise.
      b: (4H,), likewise.

    Returns:
      next_h: (N, H), in (-1, 1); next_c: (N, H); and the cache for `lstm_step_backward`.
    """
    states = {"prev_h": (prev_h, "N H"), "prev_c": (prev_c, "N H")}
    checks.shapes(x=(x, "N D"), **states, Wx=(Wx, "D " + _4H), Wh=(Wh, "H " + _4H), b=(b, _4H))
    gates = x @ Wx + prev_h @ Wh + b
    i, f, o, g = _activate_gates(gates)
    next_c = f * prev_c + i * g
    tanh_c = np.tanh(next_c)
    next_h = o * tanh_c
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, gates, tanh_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    """Gradients of one LSTM step.

    The cell's total gradient first: next_c reaches the loss by itself and through next_h,

        dc = dnext_c + dnext_h o (1 - tanh(next_c)^2)

    Then what each factor of ``next_c = f prev_c + i g`` and ``next_h = o tanh(next_c)`` gets,

        di = dc g      df = dc prev_c      do = dnext_h tanh(next_c)      dg = dc i

    and, with ``sigmoid' = s (1 - s)`` and ``tanh' = 1 - tanh^2``, the four pre-activations, put
    side by side into one da of shape (N, 4H):

        da = [di i (1 - i),  df f (1 - f),  do o (1 - o),  dg (1 - g^2)]

    From there on it is an affine layer in x and in prev_h:

        dWx = x^T da        dWh = prev_h^T da        db = sum_n da_n
        dx = da Wx^T        dprev_h = da Wh^T

    and the cell passes back ``dprev_c = dc f``. No matrix product stands between next_c and
    prev_c, only the number f: where the forget gate is open (f = 1) the gradient goes back any
    number of steps unchanged, neither vanishing nor exploding.

    Args:
      dnext_h: (N, H).
      dnext_c: (N, H), what the next step passed back.
      cache: from `lstm_step_forward`.

    Returns:
      dx: (N, D); dprev_h: (N, H); dprev_c: (N, H); dWx: (D, 4H); dWh: (H, 4H); db: (4H,).
    """
    x, prev_h, prev_c, Wx, Wh, gates, tanh_c = cache
    N, H = tanh_c.shape
    checks.shapes({"N": N, "H": H}, dnext_h=(dnext_h, "N H"), dnext_c=(dnext_c, "N H"))
    da = np.empty_like(gates)
    dprev_c = _cell_backward(dnext_h, dnext_c, prev_c, gates, tanh_c, da)
    return da @ Wx.T, da @ Wh.T, dprev_c, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def lstm_forward(x, h0, Wx, Wh, b):
    """The LSTM over a sequence: `lstm_step_forward` T times, from h0 and an empty cell.

    Args:
      x: (N, T, D).
      h0: (N, H), the hidden state before the first step; the cell starts at 0.
      Wx: (D, 4H), in blocks i, f, o, g.
      Wh: (H, 4H), likewise.
      b: (4H,), likewise.

    Returns:
      h: (N, T, H), the hidden state after each step; and the cache for `lstm_backward`.
    """
    inputs = {"x": (x, "N T D"), "h0": (h0, "N H")}
    checks.shapes(**inputs, Wx=(Wx, "D " + _4H), Wh=(Wh, "H " + _4H), b=(b, _4H))
    x_steps, gates = _input_products(x, h0, Wx, Wh, b)
    h = _states(gates, first=h0)
    c = _states(gates, first=np.zeros_like(h0))
    tanh_c = np.empty_like(c[1:])
    for t, a in enumerate(gates):
        a += h[t] @ Wh
        i, f, o, g = _activate_gates(a)
        c[t + 1] = f * c[t] + i * g
        np.tanh(c[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=h[t + 1])
    return _batch_major_copy(h[1:]), (x_steps, h, c, gates, tanh_c, Wx, Wh)


def lstm_backward(dh, cache):
    """Gradients of the LSTM over a sequence: backpropagation through time.

    From t = T down to 1 the equations of `lstm_step_backward`, with ``dh_t + dprev_h`` for the
    hidden state (the loss's own share and the next step's) and dprev_c for the cell, both 0 at
    first. Wx, Wh and b serve all steps, so their gradients are sums over t:

        dWx = sum_t x_t^T da_t       dWh = sum_t h_{t-1}^T da_t       db = sum_t sum_n da_tn

    Args:
      dh: (N, T, H), the loss's own gradient at each hidden state, not counting later steps.
      cache: from `lstm_forward`.

    Returns:
      dx: (N, T, D); dh0: (N, H); dWx: (D, 4H); dWh: (H, 4H); db: (4H,).
    """
    x_steps, h, c, gates, tanh_c, Wx, Wh = cache
    T, N, H = tanh_c.shape
    checks.shapes({"N": N, "T": T, "H": H}, dh=(dh, "N T H"))
    da = np.empty_like(gates)
    dprev_h = dprev_c = np.zeros_like(h[0])
    for t in reversed(range(T)):
        dnext_h = dh[:, t] + dprev_h
        dprev_c = _cell_backward(dnext_h, dprev_c, c[t], gates[t], tanh_c[t], da[t])
        dprev_h = (Wh @ da[t].T).T  # da Wh^T, the way round that BLAS is faster at
    dx, dWx, dWh, db = _products_of_all_steps(da, x_steps, h, Wx)
    return dx, dprev_h, dWx, dWh, db


def from_torch(weight_ih, weight_hh, bias_ih, bias_hh):
    """The weights of one layer of ``torch.nn.LSTM`` for `lstm_forward`.

    PyTorch keeps the transposed weights in blocks i, f, g, o, and adds two biases:
    ``a = W_ih x + b_ih + W_hh h + b_hh``. Here the order is i, f, o, g, with one bias.

        rnn_layers.from_torch(*(w.detach().numpy() for w in lstm.parameters()))

    Args:
      weight_ih, weight_hh: arrays (4H, D) and (4H, H), ``weight_ih_l0`` and ``weight_hh_l0``.
      bias_ih, bias_hh: arrays (4H,), ``bias_ih_l0`` and ``bias_hh_l0``.

    Returns:
      Wx: (D, 4H); Wh: (H, 4H); b: (4H,).
    """
    checks.shapes(
        weight_ih=(weight_ih, "4H D"), weight_hh=(weight_hh, "4H H"),
        bias_ih=(bias_ih, "4H"), bias_hh=(bias_hh, "4H"),
    )  # fmt: skip

    def reorder(weight):
        i, f, g, o = np.split(weight, 4)
        return np.concatenate([i, f, o, g]).T.copy()

    return reorder(weight_ih), reorder(weight_hh), reorder(bias_ih + bias_hh)


def _activate_gates(a):
    """Turn pre-activations (N, 4H) into gates, in place; return the views i, f, o, g."""
    i, f, o, g = np.split(a, 4, axis=1)
    ifo = a[:, : -g.shape[1]]
    ifo[:] = sigmoid(ifo)
    np.tanh(g, out=g)
    return i, f, o, g


def _cell_backward(dh, dc, prev_c, gates, tanh_c, da):
    """Fill ``da`` (N, 4H) with the gradient of the pre-activations; return dprev_c (N, H)."""
    i, f, o, g = np.split(gates, 4, axis=1)
    da_i, da_f, da_o, da_g = np.split(da, 4, axis=1)
    dc = dc + dh * o * (1 - tanh_c**2)
    da_i[:] = dc * g * i * (1 - i)
    da_f[:] = dc * prev_c * f * (1 - f)
    da_o[:] = dh * tanh_c * o * (1 - o)
    da_g[:] = dc * i * (1 - g**2)
    return dc * f


# --- What the two sequences share -----------------------------------------------------------


def _input_products(x, h0, Wx, Wh, b):
    """``x_t Wx + b`` of all steps in one product: x (T, N, D) and a (T, N, 4H or H)."""
    N, T, D = x.shape
    dtype = np.result_type(x, h0, Wx, Wh, b)
    x_steps = np.ascontiguousarray(x.transpose(1, 0, 2), dtype)
    a = x_steps.reshape(T * N, D) @ Wx.astype(dtype, copy=False)
    a += b
    return x_steps, a.reshape(T, N, -1)


def _states(a, first):
    """Room for the T + 1 states of a sequence, (T + 1, N, H), the first one filled in."""
    states = np.empty((len(a) + 1,) + first.shape, a.dtype)
    states[0] = first
    return states


def _batch_major_copy(states):
    """(T, N, H) to (N, T, H); a copy, so that the caller may change h and backward still holds."""
    return states.transpose(1, 0, 2).copy()


def _products_of_all_steps(da, x_steps, h, Wx):
    """dx, dWx, dWh, db from da (T, N, ...), x (T, N, D) and h (T + 1, N, H): a product each."""
    T, N, D = x_steps.shape
    da = da.reshape(T * N, -1)
    dx = (da @ Wx.T).reshape(T, N, D).transpose(1, 0, 2)
    dWx = x_steps.reshape(T * N, D).T @ da
    dWh = h[:-1].reshape(T * N, -1).T @ da
    return dx, dWx, dWh, da.sum(axis=0)


# --- Loss -----------------------------------------------------------------------------------


def temporal_softmax_loss(x, y, mask, verbose=False):
    """Softmax cross-entropy, summed over the unmasked time steps, averaged over the batch.

        p_ntv = exp(x_ntv) / sum_u exp(x_ntu)
        loss = -1/N sum_nt mask_nt log p_nt,y_nt
        dx_ntv = mask_nt / N (p_ntv - [v = y_nt])

    since ``log p_y = x_y - log sum_u exp(x_u)``, whose derivative by x_v is ``[v = y] - p_v``.
    The largest score of each step is taken off first: it cancels, and nothing overflows.

    >>> scores = np.zeros((2, 3, 10))                # every word equally likely
    >>> y, mask = np.ones((2, 3), int), np.ones((2, 3), bool)
    >>> loss, dx = temporal_softmax_loss(scores, y, mask)
    >>> bool(np.isclose(loss, 3 * np.log(10)))       # T log V
    True

    Args:
      x: (N, T, V), scores.
      y: (N, T), integers in [0, V), the right words.
      mask: (N, T), bool or numbers: the weight of each step, 0 to leave it out.
      verbose: print the shape of the gradient.

    Returns:
      loss: a float; dx: (N, T, V).
    """
    mask = np.asarray(mask, float)
    sizes = checks.shapes(x=(x, "N T V"), mask=(mask, "N T"))
    checks.indices(sizes["V"], sizes, y=(y, "N T"))
    N, T, V = x.shape
    rows, words = np.arange(N * T), y.reshape(-1)
    weights = mask.reshape(-1).astype(x.dtype) / N
    scores = x.reshape(N * T, V)
    scores = scores - scores.max(axis=1, keepdims=True)
    right_scores = scores[rows, words]
    with np.errstate(under="ignore"):
        exp_scores = np.exp(scores, out=scores)
    sums = exp_scores.sum(axis=1)
    loss = -float(np.sum(weights * (right_scores - np.log(sums)), dtype=np.float64))

    dx = exp_scores
    dx *= (weights / sums)[:, np.newaxis]
    dx[rows, words] -= weights
    if verbose:
        print("dx:", (N, T, V))
    return loss, dx.reshape(N, T, V)
