"""The captioner's recurrent layers as graph operations, with backward passes derived by hand.

The equations are those of `rnn_layers`; the layout suits TensorFlow's matrix product. Inside a
layer, states are columns, (H, N): ``W^T h`` with a long W^T and few columns is up to twice as fast
as ``h W`` (Eigen, TensorFlow 1.15 and 2.x, two cores), its gradient ``W da`` needs no transposed
product, and splitting (4H, N) into gates copies nothing. x_t and h_{t-1} are stacked in one column,
so that a step is one product, and dWx and dWh of all steps are one product after the loop.

Instead, ``tf.gradients`` would emit a transposed product at each step, three times as slow, and T
partial sums of dWh. The tests compare the two.

Arguments are Tensors that fit one another; `GraphCaptioner` has checked them.
"""

from tf_cs231n.compat import tf


def embedding_lookup(words, W):
    """Look up word vectors: ``W[words]``.

    The gradient is dense. With a captioner's vocabulary, the optimizer's dense update of a (V, D)
    matrix is faster than the sparse one that TensorFlow would choose.

    Args:
      words: int Tensor of any shape, values in [0, V).
      W: Tensor (V, D).

    Returns:
      Tensor of words' shape with an axis D added.
    """
    num_words, D = W.shape.as_list()

    @tf.custom_gradient
    def lookup(words, W):
        def backward(dout):
            rows = tf.reshape(dout, [-1, D])
            return None, tf.math.unsorted_segment_sum(rows, tf.reshape(words, [-1]), num_words)

        return tf.gather(W, words), backward

    return lookup(words, W)


def unroll(cell_type, x, h0, Wx, Wh, b):
    """Unroll a recurrent layer over a sequence.

    Args:
      cell_type: 'rnn' or 'lstm'.
      x: Tensor (T, N, D), time first; T must be known when the graph is built.
      h0: Tensor (N, H), the hidden state before the first step; an LSTM's cell starts at 0.
      Wx: Tensor (D, H), for an LSTM (D, 4H) in blocks i, f, o, g.
      Wh: Tensor (H, H) or (H, 4H).
      b: Tensor (H,) or (4H,).

    Returns:
      Tensor (T, N, H): the hidden state after each step. Its gradient can be taken any number of
      times, and differentiated in turn.
    """
    T, _, D = x.shape.as_list()
    H = h0.shape.as_list()[1]
    cell_forward, cell_backward = _CELLS[cell_type]

    @tf.custom_gradient
    def unrolled(x, h0, Wx, Wh, b):
        W = tf.concat([Wx, Wh], axis=0)  # (D + H, M), M = H or 4H
        WT = transposed_weights(Wx, Wh, b)
        one = tf.ones_like(h0[tf.newaxis, :, 0])  # (1, N)
        xs = tf.unstack(tf.transpose(x, [0, 2, 1]))  # T times (D, N)
        h = tf.transpose(h0)
        c = tf.zeros_like(h)
        xhs, hs, caches = [], [], []
        for x_t in xs:
            xhs.append(tf.concat([x_t, h, one], axis=0))
            h, c, cache = cell_forward(tf.matmul(WT, xhs[-1]), c)
            hs.append(h)
            caches.append(cache)
        states = tf.transpose(tf.stack(hs), [0, 2, 1])  # (T, N, H)

        def backward(dstates):
            dhs = tf.unstack(tf.transpose(dstates, [0, 2, 1]))  # T times (H, N)
            das, dxs = [], []
            dh = dc = tf.zeros_like(dhs[0])
            for t in reversed(range(T)):
                da, dc = cell_backward(dhs[t] + dh, dc, caches[t])
                dx, dh = tf.split(tf.matmul(W, da), [D, H], axis=0)
                das.insert(0, da)
                dxs.insert(0, dx)
            dWx, dWh, db = tf.split(_product_of_all(xhs, das), [D, H, 1], axis=0)
            dx = tf.transpose(tf.stack(dxs), [0, 2, 1])
            return dx, tf.transpose(dh), dWx, dWh, db[0]

        return states, backward

    return unrolled(x, h0, Wx, Wh, b)


def _product_of_all(xhs, das):
    """``sum over t of xh_t da_t^T`` in one product: the gradient of all weights.

    A few columns of zeros are added at the end. Without them the rows of 16 steps and a minibatch
    of 128 would be 8,192 bytes apart, and would push each other out of the processor's cache.
    """
    xh, da = (
        tf.concat([*columns, tf.zeros([columns[0].shape[0], 16], columns[0].dtype)], axis=1)
        for columns in (xhs, das)
    )
    return tf.matmul(xh, da, transpose_b=True)


def transposed_weights(Wx, Wh, b):
    """Wx, Wh and b stacked and transposed: (M, D + H + 1).

    b is a column that meets a row of ones: adding it to columns would cost more. The transposition
    takes a detour over three axes, because TensorFlow's optimizer would otherwise fold it into the
    product of every step, where it is ten times as slow.
    """
    W = tf.concat([Wx, Wh, b[tf.newaxis]], axis=0)[tf.newaxis]
    return tf.squeeze(tf.transpose(W, [0, 2, 1]), axis=0)


def step(cell_type, xWx, state, Wh):
    """One time step in rows, for sampling: the state after ``a = x Wx + b + h Wh``.

    Args:
      cell_type: 'rnn' or 'lstm'.
      xWx: the share of the word, ``x Wx + b``, Tensor (N, M), M = H or 4H.
      state: (h,), for an LSTM (h, c); Tensors (N, H).
      Wh: Tensor (H, M).

    Returns:
      The next state, a tuple like ``state``.
    """
    a = xWx + tf.matmul(state[0], Wh)
    if cell_type == "rnn":
        return (tf.tanh(a),)
    i, f, o, g = tf.split(a, 4, axis=1)
    c = tf.sigmoid(f) * state[1] + tf.sigmoid(i) * tf.tanh(g)
    return tf.sigmoid(o) * tf.tanh(c), c


# Cells in columns: a (M, N), h and c (H, N). What backward takes and returns passes from step to
# step as an argument, so that every call of a gradient begins anew.


def _rnn_forward(a, c):
    """``h = tanh(a)``; the RNN has no cell, so ``c`` passes unchanged."""
    h = tf.tanh(a)
    return h, c, h


def _rnn_backward(dh, dc, h):
    """``da = dh (1 - h^2)``."""
    return tf.raw_ops.TanhGrad(y=h, dy=dh), dc


def _lstm_forward(a, prev_c):
    """Gates i, f, o, g from a (4H, N); ``c = f prev_c + i g``, ``h = o tanh(c)``."""
    H = prev_c.shape.as_list()[0]
    a_ifo, a_g = tf.split(a, [3 * H, H], axis=0)
    ifo, g = tf.sigmoid(a_ifo), tf.tanh(a_g)
    i, f, o = tf.split(ifo, 3, axis=0)
    c = f * prev_c + i * g
    tanh_c = tf.tanh(c)
    return o * tanh_c, c, (ifo, i, f, o, g, prev_c, tanh_c)


def _lstm_backward(dh, dc, cache):
    """The gradients of a, (4H, N), and of prev_c, (H, N), as in `rnn_layers.lstm_step_backward`.

    ``dc += dh o (1 - tanh(c)^2)``, then each gate's gradient through its sigmoid or tanh.
    """
    ifo, i, f, o, g, prev_c, tanh_c = cache
    dc = dc + tf.raw_ops.TanhGrad(y=tanh_c, dy=dh * o)
    difo = tf.concat([dc * g, dc * prev_c, dh * tanh_c], axis=0)
    da_ifo = tf.raw_ops.SigmoidGrad(y=ifo, dy=difo)
    da_g = tf.raw_ops.TanhGrad(y=g, dy=dc * i)
    return tf.concat([da_ifo, da_g], axis=0), dc * f


_CELLS = {"rnn": (_rnn_forward, _rnn_backward), "lstm": (_lstm_forward, _lstm_backward)}
