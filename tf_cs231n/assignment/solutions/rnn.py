"""The image captioner: its loss with all gradients, and sampling a caption from it.

``__init__`` is given, as in the course. Letters: N images, D features of an image, H hidden, W word
vector, V vocabulary, T words of a caption.
"""

import numpy as np

from tf_cs231n.assignment.solutions.rnn_layers import (
    lstm_backward,
    lstm_forward,
    lstm_step_forward,
    rnn_backward,
    rnn_forward,
    rnn_step_forward,
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
    word_embedding_backward,
    word_embedding_forward,
)
from tf_cs231n.captioning.rnn_layers import affine_backward, affine_forward


class CaptioningRNN:
    """A captioner with a vanilla RNN or an LSTM.

    ``self.params`` holds W_proj (D, H), b_proj (H,), W_embed (V, W), Wx (W, kH), Wh (H, kH), b
    (kH,), W_vocab (H, V), b_vocab (V,), with k = 4 for the LSTM and 1 for the RNN. ``self._null``,
    ``self._start`` and ``self._end`` are the indices of <NULL>, <START> and <END>.
    """

    def __init__(
        self,
        word_to_idx,
        input_dim=512,
        wordvec_dim=128,
        hidden_dim=128,
        cell_type="rnn",
        dtype=np.float32,
    ):
        self.cell_type = cell_type
        self.dtype = dtype
        self.word_to_idx = word_to_idx
        self.idx_to_word = {i: w for w, i in word_to_idx.items()}
        self._null = word_to_idx["<NULL>"]
        self._start = word_to_idx.get("<START>", None)
        self._end = word_to_idx.get("<END>", None)
        shapes = {
            "W_embed": (len(word_to_idx), wordvec_dim),
            "W_proj": (input_dim, hidden_dim),
            "b_proj": (hidden_dim,),
            "Wx": (wordvec_dim, {"rnn": 1, "lstm": 4}[cell_type] * hidden_dim),
            "Wh": (hidden_dim, {"rnn": 1, "lstm": 4}[cell_type] * hidden_dim),
            "b": ({"rnn": 1, "lstm": 4}[cell_type] * hidden_dim,),
            "W_vocab": (hidden_dim, len(word_to_idx)),
            "b_vocab": (len(word_to_idx),),
        }
        self.params = {
            name: (np.random.randn(*shape) / np.sqrt(shape[0]) * (len(shape) > 1)).astype(dtype)
            for name, shape in shapes.items()
        }

    def loss(self, features, captions):
        """The training loss of a batch, and its gradient with respect to every parameter.

        The network reads each caption's words and is asked, after each, for the next one. The
        projected features are the hidden state before the first word. Padding (<NULL>) as an answer
        does not count.

        Args:
          features: (N, D).
          captions: (N, T), word indices: <START>, words, <END>, then <NULL>.

        Returns:
          loss: a number: summed over the words, averaged over the batch.
          grads: dict of arrays, keys and shapes as ``self.params``.
        """
        p = self.params
        words_in = captions[:, :-1]
        words_out = captions[:, 1:]
        mask = words_out != self._null
        forward, backward = rnn_forward, rnn_backward
        if self.cell_type == "lstm":
            forward, backward = lstm_forward, lstm_backward
        h0, cache_proj = affine_forward(features, p["W_proj"], p["b_proj"])
        vectors, cache_embed = word_embedding_forward(words_in, p["W_embed"])
        h, cache_rnn = forward(vectors, h0, p["Wx"], p["Wh"], p["b"])
        scores, cache_vocab = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
        loss, dscores = temporal_softmax_loss(scores, words_out, mask)
        grads = {}
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, cache_vocab)
        dvectors, dh0, grads["Wx"], grads["Wh"], grads["b"] = backward(dh, cache_rnn)
        grads["W_embed"] = word_embedding_backward(dvectors, cache_embed)
        _, grads["W_proj"], grads["b_proj"] = affine_backward(dh0, cache_proj)
        return loss, grads

    def sample(self, features, max_length=30):
        """Caption images: at each step the word with the highest score, which is read next.

        The first word that is read is <START>. What comes after <END> does not matter.

        Args:
          features: (N, D).
          max_length: L, how many words a caption has.

        Returns:
          captions: (N, L), word indices.
        """
        p = self.params
        N = features.shape[0]
        captions = np.full((N, max_length), self._null, np.int32)
        words = np.full(N, self._start)
        h, _ = affine_forward(features, p["W_proj"], p["b_proj"])
        c = np.zeros_like(h)
        for t in range(max_length):
            x = p["W_embed"][words]
            if self.cell_type == "rnn":
                h, _ = rnn_step_forward(x, h, p["Wx"], p["Wh"], p["b"])
            else:
                h, c, _ = lstm_step_forward(x, h, c, p["Wx"], p["Wh"], p["b"])
            scores, _ = affine_forward(h, p["W_vocab"], p["b_vocab"])
            words = scores.argmax(axis=1)
            captions[:, t] = words
        return captions
