"""The captioner as a TensorFlow graph: `rnn.CaptioningRNN` with a loss that trains fast.

A picture's features become the first hidden state; then the network reads a caption word by word
and scores, at each step, which word comes next::

    h0 = features W_proj + b_proj          scores_t = h_t W_vocab + b_vocab
    x_t = W_embed[word_t]                  h_t = RNN or LSTM (x_t, h_{t-1})

Source: Karpathy and Fei-Fei 2015, arXiv 1412.2306; Vinyals et al. 2015, arXiv 1411.4555.
"""

import numpy as np

from sessions import find_session
from tf_cs231n.captioning import graph_layers, sampling
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, check_count, one_of

PARAMETERS = ("W_proj", "b_proj", "W_embed", "Wx", "Wh", "b", "W_vocab", "b_vocab")
SPECIAL_WORDS = ("<NULL>", "<START>", "<END>")


class GraphCaptioner:
    """A captioning RNN or LSTM in the current graph.

    Attributes:
      variables: dict of name to ``tf.Variable``, as `CaptioningRNN.params`: ``W_proj`` (D, H),
        ``b_proj`` (H,), ``W_embed`` (V, W), ``Wx`` (W, H or 4H), ``Wh`` (H, H or 4H), ``b``,
        ``W_vocab`` (H, V), ``b_vocab`` (V,). They live under the scope ``captioning``.
      values: dict of the same names to Tensors, the variables' values.
      word_to_idx, idx_to_word: the vocabulary.  null, start, end: the special words' indices.

    Args:
      word_to_idx: dict of word to index in 0..V-1; with ``<NULL>``, ``<START>`` and ``<END>``.
      input_dim: D, the width of the features.
      wordvec_dim: W.
      hidden_dim: H.
      cell_type: 'rnn' or 'lstm'.
      dtype: tf.float32 or tf.float64.
      seed: fixes the initial weights, which are drawn as `CaptioningRNN` draws them.
      forget_bias: what the forget gate's bias starts with. The course's 0 halves the cell at each
        step at first; 1 lets it keep what it saw of the picture (Jozefowicz et al. 2015).

    Raises:
      InputError: an unknown cell type, a vocabulary without the special words or with holes, or a
        graph that has a captioner already.
    """

    def __init__(
        self,
        word_to_idx,
        input_dim,
        wordvec_dim=256,
        hidden_dim=512,
        cell_type="lstm",
        dtype=tf.float32,
        seed=0,
        forget_bias=0.0,
    ):
        self.cell_type = one_of("cell_type", cell_type, ["rnn", "lstm"])
        for name, size in (
            ("input_dim", input_dim),
            ("wordvec_dim", wordvec_dim),
            ("hidden_dim", hidden_dim),
        ):
            check_count(name, size)
        self.word_to_idx = _check_vocabulary(word_to_idx)
        self.idx_to_word = {index: word for word, index in word_to_idx.items()}
        self.null, self.start, self.end = (word_to_idx[word] for word in SPECIAL_WORDS)
        self.dtype = tf.as_dtype(dtype)
        self.input_dim, self.wordvec_dim, self.hidden_dim = input_dim, wordvec_dim, hidden_dim

        V, D, W, H = len(word_to_idx), input_dim, wordvec_dim, hidden_dim
        M = {"rnn": H, "lstm": 4 * H}[cell_type]
        bias = np.zeros(M)
        if cell_type == "lstm":
            bias[H : 2 * H] = forget_bias
        shapes = {
            "W_proj": [D, H],
            "W_embed": [V, W],
            "Wx": [W, M],
            "Wh": [H, M],
            "W_vocab": [H, V],
        }
        stddevs = {name: rows**-0.5 for name, (rows, _) in shapes.items()}
        stddevs["W_embed"] = 0.01
        initial = {
            name: tf.random_normal(shapes[name], 0, stddevs[name], self.dtype, seed=seed + number)
            for number, name in enumerate(shapes)
        }
        initial.update(b_proj=np.zeros(H), b=bias, b_vocab=np.zeros(V))
        # Resource variables: a read is a value, which no update of a later step can change.
        with tf.variable_scope("captioning", use_resource=True):
            try:
                self.variables = {
                    name: tf.get_variable(name, initializer=tf.cast(initial[name], self.dtype))
                    for name in PARAMETERS
                }
            except ValueError as error:
                raise InputError(
                    "this graph has a captioner already; use that one, or start a fresh graph "
                    "with `with graph_session() as sess:`"
                ) from error

        # Read once here, so that no call below adds another read to the graph.
        self.values = {name: variable.read_value() for name, variable in self.variables.items()}

    def recurrent_weights(self):
        """``Wx, Wh, b``."""
        return [self.values[name] for name in ("Wx", "Wh", "b")]

    def first_state(self, features):
        """``h0 = features W_proj + b_proj``: (N, D) to (N, H)."""
        features = tf.convert_to_tensor(features, self.dtype, name="features")
        width = features.shape.as_list()[-1]
        if features.shape.ndims != 2 or width not in (None, self.input_dim):
            raise InputError(
                f"features: got shape {features.shape}, expected (N, {self.input_dim})"
            )
        return tf.nn.bias_add(tf.matmul(features, self.values["W_proj"]), self.values["b_proj"])

    def scores(self, features, captions):
        """The scores of every next word.

        Args:
          features: (N, D).
          captions: ints (N, T); T known when the graph is built.

        Returns:
          Tensor (T, N, V), time first: at step t the scores of the word after ``captions[:, t]``.
        """
        words = tf.transpose(_as_captions(captions, len(self.word_to_idx)))
        x = graph_layers.word_vectors(words, self.values["W_embed"])  # (T, N, W)
        h0 = self.first_state(features)
        h = graph_layers.sequence(self.cell_type, x, h0, *self.recurrent_weights())
        T, _, H = h.shape.as_list()
        scores = tf.nn.bias_add(
            tf.matmul(tf.reshape(h, [-1, H]), self.values["W_vocab"]), self.values["b_vocab"]
        )
        return tf.reshape(scores, [T, -1, len(self.word_to_idx)])

    def log_probs(self, features, captions):
        """How likely each word of a caption is after the words before it.

        Args:
          features: (N, D).
          captions: ints (N, T + 1), beginning with ``<START>``, filled up with ``<NULL>``.

        Returns:
          Tensor (N, T): ``log p(captions[n, t+1] | features[n], captions[n, :t+1])``; 0 where that
          word is ``<NULL>``.
        """
        captions = _as_captions(captions, len(self.word_to_idx))
        if captions.shape.as_list()[1] < 2:
            raise InputError(
                f"captions: got shape {captions.shape}, expected at least 2 words each"
            )
        words = tf.transpose(captions[:, 1:])
        scores = self.scores(features, captions[:, :-1])
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=words, logits=scores)
        return -tf.transpose(losses * tf.cast(tf.not_equal(words, self.null), self.dtype))

    def loss(self, features, captions):
        """The negative log-likelihood of the captions, ``<NULL>`` left out, averaged over N.

        Args:
          features: (N, D), an array or a Tensor.
          captions: ints (N, T + 1); T known when the graph is built.

        Returns:
          A scalar Tensor, to be minimised. A new piece of graph each time it is called.
        """
        log_probs = self.log_probs(features, captions)
        return -tf.reduce_sum(log_probs) / tf.cast(tf.shape(log_probs)[0], self.dtype)

    def sample(self, features, max_length=30, beam_width=1):
        """Caption pictures: the likeliest word at each step, or beam search.

        Args:
          features: (N, D), an array or a Tensor.
          max_length: the most words, ``<END>`` included.
          beam_width: 1: greedy; more: see `sampling.beam_search`, which also gives the n best.

        Returns:
          int32 Tensor (N, max_length), without ``<START>``; after ``<END>`` all is ``<NULL>``.
        """
        if beam_width == 1:
            return sampling.greedy(self, features, max_length)
        return sampling.beam_search(self, features, max_length, beam_width).captions[:, 0]

    def assign(self, params, sess=None):
        """Give the variables these values, for example `CaptioningRNN.params`; adds no operation.

        Args:
          params: dict of name to array.
          sess: the session; None: the default one.

        Raises:
          InputError: a name is missing or unknown, or a shape differs.
        """
        if set(params) != set(self.variables):
            raise InputError(
                f"params: got {', '.join(sorted(params))}, expected {', '.join(self.variables)}"
            )
        feed = {}
        for name, variable in self.variables.items():
            expected, value = tuple(variable.shape.as_list()), np.asarray(params[name])
            if value.shape != expected:
                raise InputError(f"params: {name} has shape {value.shape}, expected {expected}")
            feed[variable.initializer.inputs[1]] = value
        find_session(sess).run([v.initializer for v in self.variables.values()], feed)

    def params(self, sess=None):
        """The variables' values, a dict of name to array, as `CaptioningRNN.params`."""
        return find_session(sess).run(self.values)


def _check_vocabulary(word_to_idx):
    missing = [word for word in SPECIAL_WORDS if word not in word_to_idx]
    if missing:
        raise InputError(f"word_to_idx: {', '.join(missing)} is missing")
    if sorted(word_to_idx.values()) != list(range(len(word_to_idx))):
        raise InputError("word_to_idx: its values must be 0, 1, ..., V - 1, each once")
    return word_to_idx


def _as_captions(captions, num_words=None):
    if num_words is not None and isinstance(captions, np.ndarray) and captions.size:
        low, high = captions.min(), captions.max()
        if low < 0 or high >= num_words:
            raise InputError(
                f"captions: got index {low if low < 0 else high}, expected 0 to {num_words - 1}, "
                f"for the vocabulary has {num_words} words"
            )
    captions = tf.cast(tf.convert_to_tensor(captions, name="captions"), tf.int32)
    if captions.shape.ndims != 2 or captions.shape.as_list()[1] is None:
        raise InputError(f"captions: got shape {captions.shape}, expected (N, T) with a known T")
    return captions
