"""Known mistakes in the layers of the captioner."""

from tf_cs231n.assignment.mistakes import Mistake, lifted

_RNN = "Lecture 10, Recurrent Neural Networks"
_LSTM = "Lecture 10, Long Short-Term Memory"

_RNN_STEP = [
    Mistake("rnn_step_forward", "no_tanh",
            f"The activation is missing: the state is not squashed into (-1, 1) ({_RNN}, vanilla "
            "RNN).",
            ("next_h = np.tanh(a)", "next_h = a")),
    Mistake("rnn_step_forward", "sigmoid_for_tanh",
            f"The state is squashed by a sigmoid; the vanilla RNN uses tanh ({_RNN}).",
            ("next_h = np.tanh(a)", "next_h = 1 / (1 + np.exp(-a))")),
    Mistake("rnn_step_forward", "bias_forgotten",
            "The bias never enters the pre-activation.",
            ("+ prev_h.dot(Wh) + b", "+ prev_h.dot(Wh)")),
    Mistake("rnn_step_forward", "prev_h_unused",
            f"The previous hidden state does not enter: the network has no memory ({_RNN}).",
            ("x.dot(Wx) + prev_h.dot(Wh) + b", "x.dot(Wx) + b")),
    Mistake("rnn_step_forward", "Wh_transposed",
            "The hidden-to-hidden weights are used transposed.",
            ("prev_h.dot(Wh)", "prev_h.dot(Wh.T)")),
    Mistake("rnn_step_forward", "bias_outside_tanh",
            "The bias is added after the activation instead of before it.",
            ("+ prev_h.dot(Wh) + b", "+ prev_h.dot(Wh)"),
            ("np.tanh(a)", "np.tanh(a) + b")),
    Mistake("rnn_step_forward", "cache_missing",
            "The cache is None, so the backward pass has nothing to work with.",
            ("cache = x, prev_h, Wx, Wh, next_h", "cache = None")),
    Mistake("rnn_step_backward", "tanh_slope_forgotten",
            "The gradient does not pass through the activation: its local slope is missing "
            "(Lecture 4, backpropagation: local gradient times upstream gradient).",
            ("dnext_h * (1 - next_h**2)", "dnext_h")),
    Mistake("rnn_step_backward", "tanh_slope_of_the_slope",
            "The slope of tanh is taken at the output instead of at the pre-activation: tanh is "
            "applied twice.",
            ("(1 - next_h**2)", "(1 - np.tanh(next_h) ** 2)")),
    Mistake("rnn_step_backward", "square_forgotten",
            "The slope of tanh has its square missing.",
            ("next_h**2", "next_h")),
    Mistake("rnn_step_backward", "sigmoid_slope",
            "The slope is that of a sigmoid; the activation is tanh.",
            ("(1 - next_h**2)", "next_h * (1 - next_h)")),
    Mistake("rnn_step_backward", "db_mean",
            "The bias's gradient is averaged over the batch; every example adds its share, so it "
            "is a sum (Lecture 4, gradients add at branches).",
            ("da.sum(axis=0)", "da.mean(axis=0)")),
    Mistake("rnn_step_backward", "db_without_slope",
            "The bias's gradient is that of next_h, not of the pre-activation where the bias "
            "enters.",
            ("da.sum(axis=0)", "dnext_h.sum(axis=0)")),
    Mistake("rnn_step_backward", "Wh_not_transposed",
            "The way back through the hidden-to-hidden weights multiplies by the same matrix as "
            "the way forward.",
            ("da.dot(Wh.T)", "da.dot(Wh)")),
    Mistake("rnn_step_backward", "dWh_with_next_h",
            "The gradient of the hidden-to-hidden weights uses the state after the step; the "
            "weights saw the state before it.",
            ("prev_h.T.dot(da)", "next_h.T.dot(da)")),
    Mistake("rnn_step_backward", "dWh_transposed",
            "The gradient of the hidden-to-hidden weights is transposed.",
            ("prev_h.T.dot(da)", "da.T.dot(prev_h)")),
    Mistake("rnn_step_backward", "writes_into_dnext_h",
            "The product is written into the caller's dnext_h, which the caller still needs.",
            ("da = dnext_h * (1 - next_h**2)", "dnext_h *= 1 - next_h**2\n    da = dnext_h")),
    Mistake("rnn_step_backward", "db_lost",
            "The bias's gradient is not returned.",
            ("dWx, dWh, db\n", "dWx, dWh\n")),
]  # fmt: skip

_LSTM_STEP = [
    Mistake("lstm_step_forward", "gates_ifgo",
            "The blocks are read in the order i, f, g, o; the course's order is i, f, o, g (the "
            "docstring has it).",
            ("o = sigmoid(a[:, 2 * H : 3 * H])", "o = sigmoid(a[:, 3 * H :])"),
            ("g = np.tanh(a[:, 3 * H :])", "g = np.tanh(a[:, 2 * H : 3 * H])")),
    Mistake("lstm_step_forward", "forget_and_output_swapped",
            "The blocks of the forget gate and of the output gate are swapped.",
            ("f = sigmoid(a[:, H : 2 * H])", "f = sigmoid(a[:, 2 * H : 3 * H])"),
            ("o = sigmoid(a[:, 2 * H : 3 * H])", "o = sigmoid(a[:, H : 2 * H])")),
    Mistake("lstm_step_forward", "input_and_forget_swapped",
            "The blocks of the input gate and of the forget gate are swapped.",
            ("i = sigmoid(a[:, :H])", "i = sigmoid(a[:, H : 2 * H])"),
            ("f = sigmoid(a[:, H : 2 * H])", "f = sigmoid(a[:, :H])")),
    Mistake("lstm_step_forward", "g_sigmoid",
            "The candidate g goes through a sigmoid; it is content that may be negative, and goes "
            f"through tanh ({_LSTM}).",
            ("g = np.tanh(a[:, 3 * H :])", "g = sigmoid(a[:, 3 * H :])")),
    Mistake("lstm_step_forward", "output_tanh",
            "The output gate goes through tanh; a gate is a sigmoid, from 0 to 1.",
            ("o = sigmoid(", "o = np.tanh(")),
    Mistake("lstm_step_forward", "cell_not_squashed",
            f"The hidden state shows the cell as it is, without the activation on it ({_LSTM}).",
            ("o * np.tanh(next_c)", "o * next_c")),
    Mistake("lstm_step_forward", "hidden_from_prev_c",
            "The hidden state is taken from the cell before the step instead of the one after it.",
            ("o * np.tanh(next_c)", "o * np.tanh(prev_c)")),
    Mistake("lstm_step_forward", "forget_gate_unused",
            "The old cell is kept whole: the forget gate does not act on it.",
            ("f * prev_c + i * g", "prev_c + i * g")),
    Mistake("lstm_step_forward", "coupled_gates",
            "The old cell is kept by one minus the input gate; the LSTM has a forget gate of its "
            "own.",
            ("f * prev_c + i * g", "(1 - i) * prev_c + i * g")),
    Mistake("lstm_step_forward", "input_gate_unused",
            "The candidate is written whole: the input gate does not act on it.",
            ("f * prev_c + i * g", "f * prev_c + g")),
    Mistake("lstm_step_forward", "bias_forgotten",
            "The bias never enters the pre-activation.",
            ("+ prev_h.dot(Wh) + b", "+ prev_h.dot(Wh)")),
    Mistake("lstm_step_forward", "forget_bias_one",
            "One is added to the forget gate's pre-activation, as some libraries do; the course's "
            "LSTM does not.",
            ("f = sigmoid(a[:, H : 2 * H])", "f = sigmoid(a[:, H : 2 * H] + 1)")),
    Mistake("lstm_step_backward", "dnext_c_unused",
            "What the next step passes back to the cell, dnext_c, is never used: the gradient "
            f"cannot travel along the cell ({_LSTM}, gradient flow).",
            ("dc = dnext_c + dnext_h", "dc = dnext_h")),
    Mistake("lstm_step_backward", "dnext_h_not_in_dc",
            "The cell also reaches the loss through next_h, and that part is missing.",
            ("dc = dnext_c + dnext_h * o * (1 - tanh_c**2)", "dc = dnext_c")),
    Mistake("lstm_step_backward", "tanh_slope_forgotten",
            "On the way from next_h to the cell the slope of tanh is forgotten.",
            ("dnext_h * o * (1 - tanh_c**2)", "dnext_h * o")),
    Mistake("lstm_step_backward", "slope_of_raw_cell",
            "The slope of tanh is taken with the cell itself where its tanh belongs.",
            ("dnext_h * o * (1 - tanh_c**2)", "dnext_h * o * (1 - next_c**2)")),
    Mistake("lstm_step_backward", "output_gate_not_in_dc",
            "On the way from next_h to the cell the output gate is missing.",
            ("dnext_h * o * (1 - tanh_c**2)", "dnext_h * (1 - tanh_c**2)")),
    Mistake("lstm_step_backward", "do_with_raw_cell",
            "The output gate's gradient uses the cell itself; the gate multiplied its tanh.",
            ("do = dnext_h * tanh_c", "do = dnext_h * next_c")),
    Mistake("lstm_step_backward", "df_with_next_c",
            "The forget gate's gradient uses the cell after the step; the gate multiplied the "
            "cell before it.",
            ("df = dc * prev_c", "df = dc * next_c")),
    Mistake("lstm_step_backward", "di_and_dg_swapped",
            "The gradients of the input gate and of the candidate are each multiplied by their "
            "own value instead of the other's.",
            ("di = dc * g", "di = dc * i"),
            ("dg = dc * i", "dg = dc * g")),
    Mistake("lstm_step_backward", "dprev_c_without_gate",
            "The gradient of the previous cell goes back whole; the forget gate let only a part "
            "of the cell through.",
            ("dprev_c = dc * f", "dprev_c = dc")),
    Mistake("lstm_step_backward", "dprev_c_from_dnext_c",
            "The gradient of the previous cell starts from dnext_c alone, without what the cell "
            "gets through next_h.",
            ("dprev_c = dc * f", "dprev_c = dnext_c * f")),
    Mistake("lstm_step_backward", "g_slope_sigmoid",
            "The candidate's slope is that of a sigmoid; the candidate went through tanh.",
            ("dg * (1 - g**2)", "dg * g * (1 - g)")),
    Mistake("lstm_step_backward", "sigmoid_slopes_forgotten",
            "The gates' gradients do not pass through their sigmoids: the local slopes are "
            "missing.",
            ("di * i * (1 - i)", "di"),
            ("df * f * (1 - f)", "df"),
            ("do * o * (1 - o)", "do")),
    Mistake("lstm_step_backward", "gates_ifgo",
            "The gates' gradients are put together in the order i, f, g, o; the columns stand in "
            "the order i, f, o, g.",
            ("[da_i, da_f, da_o, da_g]", "[da_i, da_f, da_g, da_o]")),
    Mistake("lstm_step_backward", "forget_and_output_swapped",
            "The gradients of the forget gate and of the output gate are put in each other's "
            "columns.",
            ("[da_i, da_f, da_o, da_g]", "[da_i, da_o, da_f, da_g]")),
    Mistake("lstm_step_backward", "db_mean",
            "The bias's gradient is averaged over the batch; every example adds its share, so it "
            "is a sum.",
            ("da.sum(axis=0)", "da.mean(axis=0)")),
    Mistake("lstm_step_backward", "dWh_with_next_h",
            "The gradient of the hidden-to-hidden weights uses the state after the step; the "
            "weights saw the state before it.",
            ("prev_h.T.dot(da)", "(o * tanh_c).T.dot(da)")),
    Mistake("lstm_step_backward", "writes_into_dnext_c",
            "The cell's gradient is added up in the caller's dnext_c, which the caller still "
            "needs.",
            ("dc = dnext_c + dnext_h * o * (1 - tanh_c**2)",
             "dnext_c += dnext_h * o * (1 - tanh_c**2)\n    dc = dnext_c")),
    Mistake("lstm_step_backward", "dprev_c_lost",
            "The gradient of the previous cell is not returned.",
            ("return dx, dprev_h, dprev_c,", "return dx, dprev_h,")),
]  # fmt: skip


def _sequence(kind, topic, cell):
    """Mistakes that both sequences know."""
    step = "dnext_h, cache[t])" if kind == "rnn" else "dnext_h, dprev_c, cache[t])"
    found = [
        Mistake(f"{kind}_forward", "state_not_carried",
                "Every step starts from h0: the hidden state is not carried from step to step "
                f"({cell}).",
                ("h[:, t] = prev_h", "h[:, t] = prev_h\n        prev_h = h0")),
        Mistake(f"{kind}_forward", "starts_from_zero",
                "The sequence starts from zeros instead of h0.",
                ("prev_h = h0", "prev_h = np.zeros_like(h0)")),
        Mistake(f"{kind}_forward", "same_input_every_step",
                "Every step reads the first input.",
                ("x[:, t]", "x[:, 0]")),
        Mistake(f"{kind}_forward", "backwards_in_time",
                "The steps are taken from last to first.",
                ("in range(T)", "in reversed(range(T))")),
        Mistake(f"{kind}_backward", "dprev_h_not_added",
                "Each state also reaches the loss through the next step, and that part, dprev_h, "
                f"is not added to dh ({cell}, backpropagation through time).",
                ("dnext_h = dh[:, t] + dprev_h", "dnext_h = dh[:, t]")),
        Mistake(f"{kind}_backward", "dh_only_at_the_end",
                "Only the last step's dh is used; every step has a share of its own in the loss.",
                ("dnext_h = dh[:, t] + dprev_h",
                 "dnext_h = (dh[:, t] if t == T - 1 else 0) + dprev_h")),
        Mistake(f"{kind}_backward", "dh0_missing",
                "dh0 is not returned: the captioner needs it to train the projection of the image.",
                ("return dx, dh0,", "return dx,")),
        Mistake(f"{kind}_backward", "dh0_last_dh",
                "dh0 is the first step's dh, which has not gone through the step.",
                ("dh0 = dprev_h", "dh0 = dh[:, 0]")),
        Mistake(f"{kind}_backward", "dh0_zero",
                "dh0 is left at zero.",
                ("dh0 = dprev_h", "dh0 = np.zeros_like(dprev_h)")),
        Mistake(f"{kind}_backward", "weights_of_last_step_only",
                "The weights' gradients are overwritten at each step; all steps share the "
                "weights, so their gradients add up.",
                ("dWx += dWx_t", "dWx = dWx_t"),
                ("dWh += dWh_t", "dWh = dWh_t"),
                ("db += db_t", "db = db_t")),
        Mistake(f"{kind}_backward", "db_of_last_step_only",
                "The bias's gradient is overwritten at each step; it is a sum over all steps.",
                ("db += db_t", "db = db_t")),
        Mistake(f"{kind}_backward", "writes_into_dh",
                "What the next step passes back is added into the caller's dh, which the caller "
                "still needs.",
                ("dnext_h = dh[:, t] + dprev_h",
                 "dh[:, t] += dprev_h\n        dnext_h = dh[:, t]")),
        Mistake(f"{kind}_backward", "forward_order",
                "The steps are taken from first to last; the gradient travels from the last step "
                "to the first.",
                ("in reversed(range(T))", "in range(T)")),
        Mistake(f"{kind}_backward", "first_step_skipped",
                "The loop ends before the first step.",
                ("in reversed(range(T))", "in reversed(range(1, T))")),
        Mistake(f"{kind}_backward", "mean_over_time",
                "The weights' gradients are averaged over time; they are sums.",
                ("dh0 = dprev_h", "dWx, dWh, db = dWx / T, dWh / T, db / T\n    dh0 = dprev_h")),
    ]  # fmt: skip
    if kind == "lstm":
        found += [
            Mistake("lstm_forward", "cell_not_carried",
                    "The cell starts from zero at every step: nothing is carried along it "
                    f"({cell}).",
                    ("h[:, t] = prev_h", "h[:, t] = prev_h\n        prev_c = np.zeros_like(h0)")),
            Mistake("lstm_forward", "cell_starts_from_h0",
                    "The cell starts from h0; it starts from zero.",
                    ("prev_c = np.zeros_like(h0)", "prev_c = h0")),
            Mistake("lstm_forward", "returns_cells",
                    "The cell states are returned in place of the hidden states.",
                    ("h[:, t] = prev_h", "h[:, t] = prev_c")),
            Mistake("lstm_backward", "cell_gradient_not_carried",
                    "What a step passes back to the cell is not handed to the step before it: "
                    f"dprev_c is always zero ({cell}, gradient flow).",
                    (step, "dnext_h, 0 * dprev_c, cache[t])")),
        ]  # fmt: skip
    return found


_SEQUENCES = _sequence("rnn", "rnn", _RNN) + _sequence("lstm", "lstm", _LSTM)

# These show in a step alone, or are in a sequence the same as another.
_OF_A_STEP_ALONE = {
    "writes_into_dnext_h", "writes_into_dnext_c", "cache_missing", "dprev_c_lost", "db_lost",
    "dnext_c_unused", "dprev_c_from_dnext_c",
}  # fmt: skip
# A mistake in a step, where the learner's sequence has the step written out.
_LIFTED = [
    mistake
    for kind, steps in (("rnn", _RNN_STEP), ("lstm", _LSTM_STEP))
    for way in ("forward", "backward")
    for mistake in lifted(steps, f"{kind}_{way}", f"{kind}_step_{way}")
    if mistake.name not in _OF_A_STEP_ALONE
]

_WORDS = [
    Mistake("word_embedding_forward", "row_shifted",
            "The words are counted from 1: each gets the vector of the word before it.",
            ("out = W[x]", "out = W[x - 1]")),
    Mistake("word_embedding_forward", "one_vector_a_caption",
            "Every word of a caption gets its first word's vector.",
            ("out = W[x]", "out = W[np.repeat(x[:, :1], x.shape[1], axis=1)]")),
    Mistake("word_embedding_forward", "cache_missing",
            "The cache is None, so the backward pass has nothing to work with.",
            ("cache = x, W", "cache = None")),
    Mistake("word_embedding_backward", "repeats_lost",
            "Of a word that stands in several places only the last one's gradient is kept: "
            "NumPy's += with repeated indices adds once. What every use of a word receives adds "
            "up.",
            ("np.add.at(dW, x, dout)", "dW[x] += dout")),
    Mistake("word_embedding_backward", "mean_over_uses",
            "Each word's gradient is averaged over its uses; it is a sum.",
            ("np.add.at(dW, x, dout)",
             "np.add.at(dW, x, dout)\n    dW /= np.maximum(np.bincount(x.ravel(), "
             "minlength=len(W)), 1)[:, None]")),
    Mistake("word_embedding_backward", "mean_over_batch",
            "The gradient is divided by the batch size; the loss has done that already.",
            ("np.add.at(dW, x, dout)", "np.add.at(dW, x, dout / len(x))")),
    Mistake("word_embedding_backward", "starts_from_W",
            "The sum starts from the word vectors themselves instead of from zero.",
            ("dW = np.zeros(W.shape, dout.dtype)", "dW = W.copy()")),
    Mistake("word_embedding_backward", "starts_from_ones",
            "The sum starts from ones instead of from zero.",
            ("dW = np.zeros(W.shape, dout.dtype)", "dW = np.ones(W.shape, dout.dtype)")),
    Mistake("sigmoid", "overflow",
            "For large entries exp overflows and infinity is divided by infinity: NaN. Choose the "
            "form by the sign of x (Lecture 6, activation functions; the course's own sigmoid "
            "does it).",
            ("e = np.exp(-np.abs(x))", "e = np.exp(x)"),
            ("np.where(x >= 0, 1, e) / (1 + e)", "e / (1 + e)")),
    Mistake("sigmoid", "tanh",
            "This is tanh, from -1 to 1; the sigmoid goes from 0 to 1.",
            ("np.where(x >= 0, 1, e) / (1 + e)", "np.tanh(x)")),
    Mistake("sigmoid", "mirrored",
            "It falls where it should rise: the sign in the exponent is wrong.",
            ("np.where(x >= 0, 1, e)", "np.where(x >= 0, e, 1)")),
    Mistake("sigmoid", "even",
            "Negative entries are treated as positive ones: the result is the same for x and -x.",
            ("np.where(x >= 0, 1, e) / (1 + e)", "1 / (1 + e)")),
    Mistake("temporal_affine_forward", "bias_forgotten",
            "The bias is never added.",
            ("x.dot(w) + b", "x.dot(w)")),
    Mistake("temporal_affine_forward", "flattened_all",
            "Time and batch are mixed up: the rows are put back in another order than they were "
            "taken out.",
            ("out = x.dot(w) + b",
             "N, T, D = x.shape\n    out = (x.transpose(1, 0, 2).reshape(N * T, D).dot(w) + "
             "b).reshape(N, T, -1)")),
    Mistake("temporal_affine_backward", "db_over_batch_only",
            "The bias's gradient is summed over the batch but averaged over time; the same bias "
            "serves every step, so it is a sum over both.",
            ("rows.sum(axis=0)", "dout.sum(axis=0).mean(axis=0)")),
    Mistake("temporal_affine_backward", "db_mean",
            "The bias's gradient is a mean over batch and time; it is a sum.",
            ("rows.sum(axis=0)", "rows.mean(axis=0)")),
    Mistake("temporal_affine_backward", "last_step_only",
            "The weights' gradient is the last step's alone; all steps share the weights.",
            ("x.reshape(N * T, D).T.dot(rows)", "x[:, -1].T.dot(dout[:, -1])")),
    Mistake("temporal_affine_backward", "dw_mean",
            "The weights' gradient is divided by the batch size; the loss has done that already.",
            ("x.reshape(N * T, D).T.dot(rows)", "x.reshape(N * T, D).T.dot(rows) / N")),
    Mistake("temporal_softmax_loss", "padding_counts",
            "Padded words count in the loss and in the gradient: the mask is not used.",
            ("mask * log_p[n, t, y]", "log_p[n, t, y]"),
            ("dx * mask[:, :, None]", "dx")),
    Mistake("temporal_softmax_loss", "padding_in_loss",
            "Padded words count in the loss, though not in the gradient.",
            ("mask * log_p[n, t, y]", "log_p[n, t, y]")),
    Mistake("temporal_softmax_loss", "padding_in_gradient",
            "Padded words get a gradient, though they do not count in the loss.",
            ("dx * mask[:, :, None]", "dx")),
    Mistake("temporal_softmax_loss", "divided_by_mask_sum",
            "The loss is averaged over the words that count; the course sums over words and "
            "averages over the batch.",
            ("log_p[n, t, y]) / N", "log_p[n, t, y]) / mask.sum()"),
            ("dx = dx / N", "dx = dx / mask.sum()")),
    Mistake("temporal_softmax_loss", "divided_by_NT",
            "The loss is averaged over all words; the course sums over words and averages over "
            "the batch.",
            ("log_p[n, t, y]) / N", "log_p[n, t, y]) / (N * T)"),
            ("dx = dx / N", "dx = dx / (N * T)")),
    Mistake("temporal_softmax_loss", "not_averaged",
            "The loss is not averaged over the batch.",
            ("log_p[n, t, y]) / N", "log_p[n, t, y])"),
            ("dx = dx / N", "dx = dx")),
    Mistake("temporal_softmax_loss", "gradient_not_averaged",
            "The loss is averaged over the batch, its gradient is not.",
            ("dx = dx / N", "dx = dx")),
    Mistake("temporal_softmax_loss", "right_word_not_subtracted",
            "The gradient lacks what the right word's own score gives: all scores are pushed "
            "down, none up (Lecture 3, softmax classifier).",
            ("    dx[n, t, y] -= 1\n", "")),
    Mistake("temporal_softmax_loss", "log_twice_signs",
            "The loss has the wrong sign: a likely word should cost little.",
            ("loss = -np.sum", "loss = np.sum")),
    Mistake("temporal_softmax_loss", "overflow",
            "Large scores overflow in exp: NaN or infinity. Take the largest score off first "
            "(Lecture 3, softmax in practice).",
            ("x - x.max(axis=2, keepdims=True)", "x")),
    Mistake("temporal_softmax_loss", "normalized_over_time",
            "The softmax runs over time; it runs over the vocabulary.",
            ("p = e / e.sum(axis=2, keepdims=True)", "p = e / e.sum(axis=1, keepdims=True)"),
            ("np.log(e.sum(axis=2, keepdims=True))", "np.log(e.sum(axis=1, keepdims=True))")),
]  # fmt: skip

MISTAKES = _RNN_STEP + _LSTM_STEP + _SEQUENCES + _LIFTED + _WORDS
