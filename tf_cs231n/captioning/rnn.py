"""CaptioningRNN: from the features of an image to a sentence, one word at a time.

The features, projected, are the first hidden state. While training, each word of the true
caption goes in and the next one is asked for; while sampling, the word that came out goes in.
Source: Vinyals et al., "Show and Tell" (2015), in the form of CS231n assignment 3.
"""

import numpy as np

from tf_cs231n.arrays import check_array
from tf_cs231n.captioning.checks import (
    check_indices,
    check_shapes,
    check_vocabulary,
)
from tf_cs231n.captioning.coco import END, NULL, START
from tf_cs231n.captioning.rnn_layers import (
    affine_backward,
    affine_forward,
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
from tf_cs231n.errors import InputError, check_count, check_seed, one_of, shown
from tf_cs231n.limits import MAX_AXIS

GATES = {"rnn": 1, "lstm": 4}  # cell type: how many blocks of H columns its weights have
_CELLS = {"rnn": (rnn_forward, rnn_backward), "lstm": (lstm_forward, lstm_backward)}


class CaptioningRNN:
    """A captioner with a vanilla RNN or an LSTM, in NumPy.

    >>> words = {"<NULL>": 0, "<START>": 1, "<END>": 2, "cat": 3}
    >>> model = CaptioningRNN(words, input_dim=5, wordvec_dim=6, hidden_dim=7, cell_type="lstm")
    >>> features = np.ones((2, 5), np.float32)
    >>> loss, grads = model.loss(features, np.array([[1, 3, 2, 0], [1, 3, 3, 2]]))
    >>> model.sample(features, max_length=4).shape
    (2, 4)

    Args:
      word_to_idx: dict from each word of the vocabulary to its index; V is its length. ``<NULL>``
        must be in it, ``<START>`` too for sampling, and ``<END>`` should be.
      input_dim: D, how many numbers describe an image.
      wordvec_dim: W, the size of a word vector.
      hidden_dim: H, the size of the hidden state.
      cell_type: ``"rnn"`` or ``"lstm"``.
      dtype: float32, or float64 to check gradients.
      seed: of the initial weights.

    Attributes:
      params: dict of the weights: W_proj (D, H), b_proj (H,), W_embed (V, W), Wx (W, kH),
        Wh (H, kH), b (kH,), W_vocab (H, V), b_vocab (V,), with k = 4 for the LSTM and 1 else.
        Weights are normal with variance 1 / rows, word vectors 0.01 wide, biases 0.

    Raises:
      InputError: an unknown cell type, a size that cannot be, no ``<NULL>``, special words out
        of range, or a dtype of no fractions. Other words may leave holes, as the course's do.
    """

    def __init__(
        self,
        word_to_idx,
        input_dim=512,
        wordvec_dim=128,
        hidden_dim=128,
        cell_type="rnn",
        dtype=np.float32,
        seed=0,
    ):
        one_of("cell_type", cell_type, _CELLS)
        D = check_count("input_dim", input_dim, most=MAX_AXIS)
        W = check_count("wordvec_dim", wordvec_dim, most=MAX_AXIS)
        H = check_count("hidden_dim", hidden_dim, most=MAX_AXIS)
        V = len(check_vocabulary(word_to_idx, [NULL], holes=True))
        self.dtype = _checked_dtype(dtype)
        seed = check_seed("seed", seed)

        self.cell_type = cell_type
        self.word_to_idx = word_to_idx
        self.idx_to_word = {index: word for word, index in word_to_idx.items()}
        self._null = word_to_idx[NULL]
        self._start = word_to_idx.get(START)
        self._end = word_to_idx.get(END)

        rng = np.random.RandomState(seed)
        kH = GATES[cell_type] * H
        params = {
            "W_embed": rng.randn(V, W) / 100,
            "W_proj": rng.randn(D, H) / np.sqrt(D),
            "b_proj": np.zeros(H),
            "Wx": rng.randn(W, kH) / np.sqrt(W),
            "Wh": rng.randn(H, kH) / np.sqrt(H),
            "b": np.zeros(kH),
            "W_vocab": rng.randn(H, V) / np.sqrt(H),
            "b_vocab": np.zeros(V),
        }
        self.params = {name: value.astype(self.dtype) for name, value in params.items()}

    def loss(self, features, captions):
        """Cross-entropy of each next word, and its gradient with respect to every weight.

        The network reads ``captions[:, :-1]`` and is asked for ``captions[:, 1:]``; steps whose
        answer is ``<NULL>``, the padding, do not count.

        Args:
          features: (N, D), floating-point.
          captions: (N, T) of word indices, T at least 2: ``<START>``, words, ``<END>``, padding.

        Returns:
          loss: a float, summed over the words of a caption and averaged over the N captions;
          grads: dict of arrays, keys and shapes as ``params``.

        Raises:
          InputError: shapes, dtypes or word indices that do not fit the model. NaN is carried into
            the loss, where `CaptioningSolver` refuses it.
        """
        p = self.params
        features = self._checked(features)
        V = len(p["W_embed"])
        check_indices({"N": len(features), "V": V}, captions=(captions, "N T"))
        if captions.shape[1] < 2:
            raise InputError(
                f"captions: got shape {captions.shape}, expected (N, T) with T of at least 2: "
                "a word to read and a word to predict"
            )
        words_in, words_out = captions[:, :-1], captions[:, 1:]
        forward, backward = _CELLS[self.cell_type]

        h0, projected = affine_forward(features, p["W_proj"], p["b_proj"])
        vectors, embedded = word_embedding_forward(words_in, p["W_embed"])
        h, recurred = forward(vectors, h0, p["Wx"], p["Wh"], p["b"])
        scores, mapped = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
        loss, dscores = temporal_softmax_loss(scores, words_out, words_out != self._null)

        grads = {}
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, mapped)
        dvectors, dh0, grads["Wx"], grads["Wh"], grads["b"] = backward(dh, recurred)
        grads["W_embed"] = word_embedding_backward(dvectors, embedded)
        _, grads["W_proj"], grads["b_proj"] = affine_backward(dh0, projected)
        return loss, grads

    def sample(self, features, max_length=30):
        """Caption images greedily: at each step the likeliest word, which is read next.

        ``<START>`` is read first and never returned. ``<END>`` is returned, and after it only
        ``<NULL>``.

        Args:
          features: (N, D), floating-point.
          max_length: L, the most words of a caption.

        Returns:
          captions: (N, L) of word indices, int32.

        Raises:
          InputError: features that do not fit or have NaN, no ``<START>`` in the vocabulary, or
            an L below 1.
        """
        p = self.params
        features = self._checked(features)
        check_array("features", features, features.shape)
        if self._start is None:
            raise InputError(f"word_to_idx: sampling begins with {START}, which is not in it")
        max_length = check_count("max_length", max_length, most=MAX_AXIS)

        N = len(features)
        captions = np.full((N, max_length), self._null, np.int32)
        words = np.full(N, self._start)
        ended = np.zeros(N, bool)
        h, _ = affine_forward(features, p["W_proj"], p["b_proj"])
        c = np.zeros_like(h)
        for t in range(max_length):
            x = p["W_embed"][words]
            if self.cell_type == "rnn":
                h, _ = rnn_step_forward(x, h, p["Wx"], p["Wh"], p["b"])
            else:
                h, c, _ = lstm_step_forward(x, h, c, p["Wx"], p["Wh"], p["b"])
            scores, _ = affine_forward(h, p["W_vocab"], p["b_vocab"])
            scores[:, self._start] = -np.inf  # an untrained model may well prefer it
            words = scores.argmax(axis=1)
            captions[:, t] = np.where(ended, self._null, words)
            ended |= words == self._end
            if ended.all():
                break
        return captions

    def _checked(self, features):
        """The features in the model's dtype: float64 features do not make a float32 model slow."""
        check_shapes({"D": len(self.params["W_proj"])}, features=(features, "N D"))
        return features.astype(self.dtype, copy=False)


def _checked_dtype(dtype):
    try:
        kind = np.dtype(dtype)
    except (TypeError, ValueError) as error:
        raise InputError(f"dtype: got {shown(dtype)}, expected float32 or float64") from error
    if dtype is None or kind.kind != "f":
        raise InputError(f"dtype: got {kind}, expected float32 or float64")
    return kind
