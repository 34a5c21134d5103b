"""Hints for the layers of the captioner."""

_RNN = "Lecture 10, Recurrent Neural Networks"
_LSTM = "Lecture 10, Long Short-Term Memory"

HINTS = {
    "rnn_step_forward": (
        _RNN + ": the recurrence formula of the vanilla RNN.",
        "h_t = tanh(x_t Wx + h_(t-1) Wh + b)",
        "next_h = np.tanh(<input part> + <state part> + <bias>): two matrix products, (N, D)(D, "
        "H) and (N, H)(H, H).",
    ),
    "rnn_step_backward": (
        "Lecture 4, backpropagation: go through the forward line from the end; tanh first, then "
        "the affine part.",
        "da = dnext_h * (1 - next_h^2); dx = da Wx^T, dWx = x^T da, dprev_h = da Wh^T, dWh = "
        "prev_h^T da, db = sum over the batch of da",
        "da = dnext_h * (...), (N, H); then four products whose shapes decide what is transposed, "
        "and one .sum(axis=0).",
    ),
    "rnn_forward": (
        "Your rnn_step_forward, once for each time step; each state goes into the next step.",
        "h_t = step(x_t, h_(t-1)), h_0 = h0",
        "for t in range(T): prev_h, cache_t = rnn_step_forward(x[:, t], prev_h, ...); h[:, t] = "
        "prev_h; keep cache_t.",
    ),
    "rnn_backward": (
        _RNN + ": backpropagation through time. Each state reaches the loss twice: by itself and "
        "through the next step.",
        "from t = T to 1: dnext_h = dh_t + dprev_h of the step after; the weights' gradients add "
        "up over the steps; dh0 is the last dprev_h",
        "for t in reversed(range(T)): ... = rnn_step_backward(dh[:, t] + dprev_h, cache[t]); dWx "
        "+= ...; dWh += ...; db += ...",
    ),
    "word_embedding_forward": (
        "NumPy indexing with an array of integers.",
        "out[n, t] = W[x[n, t]]",
        "one line: W indexed by the whole of x.",
    ),
    "word_embedding_backward": (
        "A word that stands in several places gets a gradient from each; the course's hint is "
        "np.add.at.",
        "dW[v] = sum of dout[n, t] over all (n, t) with x[n, t] = v",
        "dW = zeros of W's shape; np.add.at(<where to add>, <which rows>, <what>).",
    ),
    "sigmoid": (
        "exp of a large number is infinite; which of the two forms 1/(1 + e^-x) and e^x/(1 + e^x) "
        "is safe depends on the sign of x.",
        "1 / (1 + exp(-x)) for x >= 0, exp(x) / (1 + exp(x)) for x < 0",
        "z = np.exp(-np.abs(x)); then np.where(x >= 0, ..., ...) / (1 + z).",
    ),
    "lstm_step_forward": (
        _LSTM
        + ": the figure of one step; the activation vector a is cut into four blocks of H columns.",
        "i, f, o = sigmoid, g = tanh of the blocks of a = x Wx + prev_h Wh + b; next_c = f * "
        "prev_c + i * g; next_h = o * tanh(next_c)",
        "a[:, :H], a[:, H:2*H], a[:, 2*H:3*H], a[:, 3*H:], each through its activation; then two "
        "lines of products entry by entry.",
    ),
    "lstm_step_backward": (
        _LSTM
        + ", gradient flow: next_c reaches the loss by itself (dnext_c) and through next_h. Begin "
        "with the cell's whole gradient.",
        "dc = dnext_c + dnext_h * o * (1 - tanh(next_c)^2); do = dnext_h * tanh(next_c), df = dc "
        "* prev_c, di = dc * g, dg = dc * i; sigmoid' = s (1 - s), tanh' = 1 - t^2; dprev_c = dc "
        "* f",
        "da = np.concatenate([di * i * (1 - i), ..., ..., ...], axis=1), (N, 4H); from there it "
        "is the RNN's backward pass with da.",
    ),
    "lstm_forward": (
        "As rnn_forward, with two states that go from step to step.",
        "h_t, c_t = step(x_t, h_(t-1), c_(t-1)), h_0 = h0, c_0 = 0",
        "prev_c = np.zeros_like(h0); for t in range(T): prev_h, prev_c, cache_t = "
        "lstm_step_forward(...).",
    ),
    "lstm_backward": (
        "As rnn_backward, with two gradients that go back from step to step.",
        "dnext_h = dh_t + dprev_h, dnext_c = dprev_c of the step after; both 0 at the end",
        "for t in reversed(range(T)): dx[:, t], dprev_h, dprev_c, ... = lstm_step_backward(dh[:, "
        "t] + dprev_h, dprev_c, cache[t]).",
    ),
    "temporal_affine_forward": (
        "Lecture 4: an affine layer; every time step is one more row.",
        "out[n, t] = x[n, t] w + b",
        "x.reshape(N * T, D).dot(w) + b, and back to (N, T, M).",
    ),
    "temporal_affine_backward": (
        "The backward pass of an affine layer with N * T rows.",
        "dx = dout w^T; dw = sum over n, t of x[n, t]^T dout[n, t]; db = sum over n, t of dout[n, "
        "t]",
        "flatten dout and x to N * T rows; two products and a .sum over the rows.",
    ),
    "temporal_softmax_loss": (
        "Lecture 3, softmax classifier; here over N * T rows, of which the mask keeps some.",
        "loss = -1/N sum mask log p[y]; dx = mask (p - one-hot of y) / N; take each row's largest "
        "score off before exp",
        "probs = np.exp(x - max) / sum; loss = -np.sum(mask * np.log(probs[<rows>, y])) / N; dx = "
        "probs.copy(); dx[<rows>, y] -= 1; ...",
    ),
}
