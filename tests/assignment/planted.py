"""Ten full solutions in different styles, each with a mistake that is in no list.

Each is (name, the second or the plain solution, edits, task that is wrong, words that must be said
and are true, words that must not be said).
"""

import inspect

import loops

from tf_cs231n.assignment.solutions import rnn_layers as plain


def _text(module, *edits):
    text = inspect.getsource(module)
    for old, new in edits:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    return text


PLANTED = [
    # The tanh' of the last example is forgotten.
    (
        "last_example_without_slope",
        _text(plain, ("da = dnext_h * (1 - next_h**2)", "da = dnext_h * (1 - next_h**2)\n    "
                "da[-1] = dnext_h[-1]")),
        "rnn_step_backward",
        ["dx", "the last example of the batch, and nothing else"],
    ),
    # Loops that stop one word early in the batch.
    (
        "loops_miss_last_row",
        _text(loops, ("    for row in da:\n        db = db + row", "    for row in "
                "da[:-1]:\n        db = db + row")),
        "rnn_step_backward",
        ["db is wrong (dx, dprev_h, dWx and dWh are right)"],
    ),
    # The carried state is halved from the second step on.
    (
        "state_halved",
        _text(plain, ("prev_h, step_cache = rnn_step_forward(x[:, t], prev_h, Wx, Wh, b)",
                      "prev_h, step_cache = rnn_step_forward(x[:, t], prev_h / (1 + (t > 0)), Wx, "
                      "Wh, b)")),
        "rnn_forward",
        ["h is wrong", "the time steps after the first"],
    ),
    # Forget gate's gradient has a factor 3.
    (
        "forget_gradient_times_three",
        _text(loops, ('dc * cache["c"] * (f - f * f)', '2.5 * dc * cache["c"] * (f - f * f)')),
        "lstm_step_backward",
        ["dprev_c is right", "all of the forget gate f, and nothing else", "2.5 times"],
    ),
    # The candidate is divided by two.
    (
        "candidate_halved",
        _text(plain, ("da_g = dg * (1 - g**2)", "da_g = dg * (1 - g**2) / 3.5")),
        "lstm_step_backward",
        ["all of the candidate g, and nothing else"],
    ),
    # The LSTM's sequence returns one state too early at the end.
    (
        "last_state_repeated",
        _text(loops, ("    return np.moveaxis(np.array(states), 0, 1), caches",
                      "    states[-1] = states[-2] if len(states) > 1 else 0 * states[-1]\n"
                      "    return np.moveaxis(np.array(states), 0, 1), caches")),
        "lstm_forward",
        ["h is wrong", "the last time step"],
    ),
    # dh0 of the wrong sign.
    (
        "dh0_negative",
        _text(plain, ("db += db_t\n    dh0 = dprev_h\n    return dx, dh0, dWx, dWh, db\n\n\ndef "
                "word",
                      "db += db_t\n    dh0 = -dprev_h\n    return dx, dh0, dWx, dWh, db\n\n\ndef "
                      "word")),
        "rnn_backward",
        ["dh0 is wrong (dx, dWx, dWh and db are right)", "your dh0 is the negative"],
    ),
    # The weights' gradient is divided by T.
    (
        "dw_divided_by_T",
        _text(loops, ("    return np.einsum(\"ntm,dm->ntd\", dout, w), dw, db",
                      "    return np.einsum(\"ntm,dm->ntd\", dout, w), dw / x.shape[1], db")),
        "temporal_affine_backward",
        ["dw is wrong (dx and db are right)", "your dw is 1/T of what it should be"],
    ),
    # The padded words get the mask's complement as a gradient.
    (
        "padding_pushed",
        _text(plain, ("    dx = dx / N\n", "    dx = dx / N - 0.25 * ~mask[:, :, None]\n")),
        "temporal_softmax_loss",
        ["dx is wrong (loss is right)", "all of the padded words, and nothing else"],
    ),
    # The row of the last word is never written.
    (
        "last_word_lost",
        _text(loops, ("    return np.tensordot(one_hot, dout, axes=([0, 1], [0, 1]))",
                      "    dW = np.tensordot(one_hot, dout, axes=([0, 1], [0, 1]))\n    dW[-1] = "
                      "0\n    return dW")),
        "word_embedding_backward",
        ["the last word of the vocabulary, and nothing else", "there your dW is zero"],
    ),
]  # fmt: skip
