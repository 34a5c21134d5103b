"""CaptioningRNN: from the features of an image to a sentence, one word at a time.

The projected features are the initial hidden state. In training, the model reads each word of the
true caption and predicts the next one; in sampling, it reads the word that it has just predicted.
Source: Vinyals et al., "Show and Tell" (2015), in the form of CS231n assignment 3.
"""

import types

import numpy as np

from tf_cs231n import checks
from tf_cs231n.captioning import rnn_layers
from tf_cs231n.captioning.coco import END, NULL, START
from tf_cs231n.captioning.rnn_layers import GATES
from tf_cs231n.errors import InputError, shown

# Functions that come from one module together, since a backward pass reads its forward's cache.
_LAYERS = [
    ("affine_forward", "affine_backward"),
    ("rnn_forward", "rnn_backward"),
    ("lstm_forward", "lstm_backward"),
    ("word_embedding_forward", "word_embedding_backward"),
    ("temporal_affine_forward", "temporal_affine_backward"),
    ("temporal_softmax_loss",),
    ("rnn_step_forward",),
    ("lstm_step_forward",),
]


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
      seed: fixes the initial weights.
      layers: None, or a module (or any object) whose functions replace those of `rnn_layers` that
        have the same names, a forward function together with its backward function.

    Attributes:
      layers: the functions in use, attributes by name.
      params: dict of the weights: W_proj (D, H), b_proj (H,), W_embed (V, W), Wx (W, kH),
        Wh (H, kH), b (kH,), W_vocab (H, V), b_vocab (V,); k is 4 for the LSTM and 1 for the RNN.
        At first weights are normal with variance 1 / rows, word vectors normal with standard
        deviation 0.01, and biases 0.

    Raises:
      InputError: an unknown cell type, an impossible size, no ``<NULL>``, special words out of
        range, or another dtype. Ordinary words may skip indices, as in the course's example.
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
        layers=None,
    ):
        check_model(cell_type, dtype, input_dim, wordvec_dim, hidden_dim)
        check_vocabulary(word_to_idx, [NULL], gaps=True)

        self.cell_type, self.dtype = cell_type, np.dtype(dtype)
        self.layers = choose_layers(layers)
        self.word_to_idx = word_to_idx
        self.idx_to_word = {index: word for word, index in word_to_idx.items()}
        self._null = word_to_idx[NULL]
        self._start = word_to_idx.get(START)
        self._end = word_to_idx.get(END)

        rng = np.random.RandomState(seed)
        D, W, H, V = input_dim, wordvec_dim, hidden_dim, len(word_to_idx)
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

        The network reads ``captions[:, :-1]`` and predicts ``captions[:, 1:]``; steps whose next
        word is ``<NULL>``, the padding, do not count.

        Args:
          features: (N, D), floating-point.
          captions: (N, T) of word indices, T at least 2: ``<START>``, words, ``<END>``, padding.

        Returns:
          loss: a float, summed over the words of a caption and averaged over the N captions;
          grads: dict of arrays, keys and shapes as ``params``.

        Raises:
          InputError: shapes, dtypes or word indices that do not fit the model. NaN propagates to
            the loss, where `CaptioningSolver` refuses it.
        """
        p, layers = self.params, self.layers
        features = self._as_features(features)
        N, V = len(features), len(p["W_embed"])
        checks.indices(V, {"N": N}, captions=(captions, "N T"))
        if captions.shape[1] < 2:
            raise InputError(
                f"captions: got shape {captions.shape}, expected (N, T) with T of at least 2: "
                "a word to read and a word to predict"
            )
        words_in, words_out = captions[:, :-1], captions[:, 1:]
        forward, backward = layers.rnn_forward, layers.rnn_backward
        if self.cell_type == "lstm":
            forward, backward = layers.lstm_forward, layers.lstm_backward

        h0, projected = layers.affine_forward(features, p["W_proj"], p["b_proj"])
        vectors, embedded = layers.word_embedding_forward(words_in, p["W_embed"])
        h, recurred = forward(vectors, h0, p["Wx"], p["Wh"], p["b"])
        scores, mapped = layers.temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
        mask = words_out != self._null
        loss, dscores = layers.temporal_softmax_loss(scores, words_out, mask)

        grads = {}
        dh, grads["W_vocab"], grads["b_vocab"] = layers.temporal_affine_backward(dscores, mapped)
        dvectors, dh0, grads["Wx"], grads["Wh"], grads["b"] = backward(dh, recurred)
        grads["W_embed"] = layers.word_embedding_backward(dvectors, embedded)
        _, grads["W_proj"], grads["b_proj"] = layers.affine_backward(dh0, projected)
        return loss, grads

    def sample(self, features, max_length=30):
        """Caption images greedily: take the likeliest word at each step and read it next.

        ``<START>`` is read first and never returned. ``<END>`` is returned, and only ``<NULL>``
        follows it.

        Args:
          features: (N, D), floating-point.
          max_length: L, the maximum number of words, ``<END>`` included.

        Returns:
          captions: (N, L) of word indices, int32.

        Raises:
          InputError: features that do not fit or have NaN, no ``<START>`` in the vocabulary, or
            an L below 1.
        """
        p, layers = self.params, self.layers
        features = self._as_features(features)
        checks.finite(features=features)
        checks.counts(max_length=max_length)
        check_vocabulary(self.word_to_idx, [START], gaps=True)

        N = len(features)
        captions = np.full((N, max_length), self._null, np.int32)
        words = np.full(N, self._start)
        ended = np.zeros(N, bool)
        h, _ = layers.affine_forward(features, p["W_proj"], p["b_proj"])
        c = np.zeros_like(h)
        for t in range(max_length):
            x = p["W_embed"][words]
            if self.cell_type == "rnn":
                h, _ = layers.rnn_step_forward(x, h, p["Wx"], p["Wh"], p["b"])
            else:
                h, c, _ = layers.lstm_step_forward(x, h, c, p["Wx"], p["Wh"], p["b"])
            scores, _ = layers.affine_forward(h, p["W_vocab"], p["b_vocab"])
            scores[:, [self._start, self._null]] = -np.inf  # an untrained model may prefer them
            words = scores.argmax(axis=1)
            captions[:, t] = np.where(ended, self._null, words)
            ended |= words == self._end
            if ended.all():
                break
        return captions

    def _as_features(self, features):
        """Features (N, D) in the model's dtype: float64 would slow down a float32 model."""
        checks.shapes({"D": len(self.params["W_proj"])}, features=(features, "N D"))
        return features.astype(self.dtype, copy=False)


def check_model(cell_type, dtype, input_dim, wordvec_dim, hidden_dim):
    """Check the settings of a captioner, in NumPy or in a graph."""
    checks.one_of(GATES, cell_type=cell_type)
    name = getattr(dtype, "name", getattr(dtype, "__name__", dtype))  # of NumPy, TensorFlow, a str
    checks.one_of(("float32", "float64"), dtype=name)
    checks.counts(input_dim=input_dim, wordvec_dim=wordvec_dim, hidden_dim=hidden_dim)


def choose_layers(module=None):
    """The functions of `rnn_layers`, those of ``module`` in their place where it has them.

    A forward and a backward function are replaced together or not at all.
    """
    functions = dict(vars(rnn_layers))
    for names in _LAYERS:
        if all(callable(getattr(module, name, None)) for name in names):
            functions.update({name: getattr(module, name) for name in names})
    return types.SimpleNamespace(**{n: functions[n] for names in _LAYERS for n in names})


def check_vocabulary(word_to_idx, required, gaps=False):
    """Check that a vocabulary has its required words and numbers all its V words 0 to V - 1.

    Args:
      word_to_idx: dict of word to index.
      required: special words that must be in it.
      gaps: whether ordinary words, those without angle brackets, may have any number.
    """
    known = word_to_idx if isinstance(word_to_idx, dict) else {}
    missing = [word for word in required if word not in known]
    if missing:
        raise InputError(
            f"word_to_idx: got {shown(word_to_idx)}, expected a dict from word to index that has "
            f"{', '.join(missing)}"
        )
    indices = [index for word, index in known.items() if not gaps or word.startswith("<")]
    wrong = [index for index in indices if index not in range(len(known))]
    if wrong or len(set(indices)) < len(indices):
        got = shown(wrong[0]) if wrong else "an index twice"
        raise InputError(
            f"word_to_idx: got {got}, expected the numbers 0 to {len(known) - 1}, each once"
        )
