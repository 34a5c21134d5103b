"""Known mistakes in the captioner."""

from tf_cs231n.assignment.mistakes import Mistake

_LOSS, _SAMPLE = "CaptioningRNN.loss", "CaptioningRNN.sample"

MISTAKES = [
    Mistake(_LOSS, "padding_counts",
            "The loss counts padding: the mask is true everywhere.",
            ("mask = words_out != self._null", "mask = np.ones(words_out.shape, bool)")),
    Mistake(_LOSS, "mask_of_inputs",
            "The mask looks at the words that are read; what does not count is padding as an "
            "answer.",
            ("mask = words_out != self._null", "mask = words_in != self._null")),
    Mistake(_LOSS, "mask_inverted",
            "The mask is inverted: only padding counts.",
            ("mask = words_out != self._null", "mask = words_out == self._null")),
    Mistake(_LOSS, "not_shifted",
            "The network is asked for the word that it has just read; the answer is the next word "
            "(Lecture 10, image captioning).",
            ("words_out = captions[:, 1:]", "words_out = captions[:, :-1]")),
    Mistake(_LOSS, "no_features",
            "The hidden state before the first word is zero: the image never enters.",
            ("h0, cache_proj = affine_forward(features, p[\"W_proj\"], p[\"b_proj\"])\n        "
             "vectors",
             "h0, cache_proj = affine_forward(0 * features, p[\"W_proj\"], 0 * "
             "p[\"b_proj\"])\n        vectors")),
    Mistake(_LOSS, "b_proj_forgotten",
            "The bias of the image's projection is not added.",
            ("p[\"b_proj\"])\n        vectors", "0 * p[\"b_proj\"])\n        vectors")),
    Mistake(_LOSS, "projection_not_trained",
            "The projection gets no gradient: dh0, which the recurrent layer returns, is not "
            "passed on to it.",
            ("affine_backward(dh0, cache_proj)", "affine_backward(0 * dh0, cache_proj)")),
    Mistake(_LOSS, "grads_missing",
            "The gradients of the projection are not in grads.",
            ("_, grads[\"W_proj\"], grads[\"b_proj\"] = ", "_, _, _ = ")),
    Mistake(_LOSS, "rnn_for_both",
            "The vanilla RNN is used for cell_type='lstm' too.",
            ("if self.cell_type == \"lstm\":\n            forward, backward = lstm_forward, "
             "lstm_backward",
             "if self.cell_type == \"lstm\":\n            H = p[\"Wh\"].shape[0]\n            "
             "forward = lambda x, h0, Wx, Wh, b: rnn_forward(x, h0, Wx[:, :H], Wh[:, :H], "
             "b[:H])\n            pad = lambda g: np.concatenate([g] + 3 * [0 * g], "
             "axis=-1)\n            backward = lambda dh, c: (lambda o: o[:2] + tuple(map(pad, "
             "o[2:])))(rnn_backward(dh, c))")),
    Mistake(_SAMPLE, "start_first",
            "<START> is returned as the first word; it is only read.",
            ("captions[:, t] = words\n",
             "captions[:, t] = words\n        captions = np.concatenate([np.full((N, 1), "
             "self._start), captions[:, :-1]], axis=1) if t == max_length - 1 else captions\n")),
    Mistake(_SAMPLE, "start_every_step",
            "<START> is read at every step; the word that came out is read next.",
            ("x = p[\"W_embed\"][words]", "x = p[\"W_embed\"][np.full(N, self._start)]")),
    Mistake(_SAMPLE, "reads_null",
            "The first word that is read is <NULL> instead of <START>.",
            ("words = np.full(N, self._start)", "words = np.full(N, self._null)")),
    Mistake(_SAMPLE, "no_features",
            "The first hidden state is zero: the image never enters.",
            ("h, _ = affine_forward(features, p[\"W_proj\"], p[\"b_proj\"])",
             "h = np.zeros((N, p[\"Wh\"].shape[0]))")),
    Mistake(_SAMPLE, "state_not_carried",
            "Every step starts from the image's hidden state: what was said is forgotten.",
            ("c = np.zeros_like(h)\n", "c = np.zeros_like(h)\n        first = h\n"),
            ("x = p[\"W_embed\"][words]", "x = p[\"W_embed\"][words]\n            h = first")),
    Mistake(_SAMPLE, "cell_not_carried",
            "The LSTM's cell starts from zero at every step.",
            ("x = p[\"W_embed\"][words]",
             "x = p[\"W_embed\"][words]\n            c = np.zeros_like(h)")),
    Mistake(_SAMPLE, "least_likely",
            "The word with the lowest score is taken.",
            ("scores.argmax(axis=1)", "scores.argmin(axis=1)")),
    Mistake(_SAMPLE, "b_vocab_forgotten",
            "The bias of the vocabulary's scores is not added.",
            ("p[\"b_vocab\"])\n            words", "0 * p[\"b_vocab\"])\n            words")),
]  # fmt: skip
