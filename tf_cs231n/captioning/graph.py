"""The captioner as a TensorFlow graph: `rnn.CaptioningRNN` with a loss that trains fast.

A picture's features become the first hidden state; then the network reads a caption word by word
and scores, at each step, which word comes next::

    h0 = features W_proj + b_proj          scores_t = h_t W_vocab + b_vocab
    x_t = W_embed[word_t]                  h_t = RNN or LSTM (x_t, h_{t-1})

Source: Karpathy and Fei-Fei 2015, arXiv 1412.2306; Vinyals et al. 2015, arXiv 1411.4555.
"""

import numpy as np

from sessions import assign, find_session
from tf_cs231n.arrays import check_array, real_array
from tf_cs231n.captioning import graph_layers, sampling
from tf_cs231n.captioning.checks import (
    check_indices,
    check_shapes,
    check_vocabulary,
)
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, check_count, check_number, one_of, short
from tf_cs231n.limits import MAX_AXIS

PARAMETERS = ("W_proj", "b_proj", "W_embed", "Wx", "Wh", "b", "W_vocab", "b_vocab")
SPECIAL_WORDS = ("<NULL>", "<START>", "<END>")
_DTYPES = (tf.float32, tf.float64, np.float32, np.float64, "float32", "float64")


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

    Features and captions are arrays, or Tensors: of a Tensor dtype and shape are checked, not its
    numbers; NaN is carried through, and an index out of range is the run's error.

    Raises:
      InputError: an unknown cell type, a size or dtype that cannot be, a vocabulary without the
        special words or with holes, or a graph that has a captioner already.
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
        D = self.input_dim = check_count("input_dim", input_dim, most=MAX_AXIS)
        W = self.wordvec_dim = check_count("wordvec_dim", wordvec_dim, most=MAX_AXIS)
        H = self.hidden_dim = check_count("hidden_dim", hidden_dim, most=MAX_AXIS)
        seed = check_count("seed", seed, 0, 2**31)
        forget_bias = check_number("forget_bias", forget_bias)
        self.word_to_idx = check_vocabulary(word_to_idx, SPECIAL_WORDS)
        self.idx_to_word = {index: word for word, index in word_to_idx.items()}
        self.null, self.start, self.end = (word_to_idx[word] for word in SPECIAL_WORDS)
        self.dtype = tf.as_dtype(one_of("dtype", dtype, _DTYPES))

        V = len(word_to_idx)
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
        features = _as_features(features, self.input_dim, self.dtype)
        return tf.nn.bias_add(tf.matmul(features, self.values["W_proj"]), self.values["b_proj"])

    def scores(self, features, captions):
        """The scores of every next word.

        Args:
          features: (N, D).
          captions: ints (N, T); T known when the graph is built.

        Returns:
          Tensor (T, N, V), time first: at step t the scores of the word after ``captions[:, t]``.
        """
        features, captions = self._inputs(features, captions)
        words = tf.transpose(captions)
        h0 = self.first_state(features)
        x = graph_layers.word_vectors(words, self.values["W_embed"])  # (T, N, W)
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
        features, captions = self._inputs(features, captions)
        if captions.shape.as_list()[1] < 2:
            raise InputError(
                f"captions: got shape {captions.shape}, expected at least 2 words each"
            )
        words = tf.transpose(captions[:, 1:])
        scores = self.scores(features, captions[:, :-1])
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=words, logits=scores)
        return -tf.transpose(losses * tf.cast(tf.not_equal(words, self.null), self.dtype))

    def _inputs(self, features, captions):
        """Both as Tensors, a caption for each row of features."""
        features = _as_features(features, self.input_dim, self.dtype)
        sizes = {"V": len(self.word_to_idx), "N": features.shape.as_list()[0]}
        return features, _as_captions(captions, sizes)

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
        if check_count("beam_width", beam_width) == 1:
            return sampling.greedy(self, features, max_length)
        return sampling.beam_search(self, features, max_length, beam_width).captions[:, 0]

    def assign(self, params, sess=None):
        """Give the variables these values, for example `CaptioningRNN.params`; adds no operation.

        Args:
          params: dict of name to array.
          sess: the session; None: the default one.

        Raises:
          InputError: a name is missing or unknown, a shape differs, or a value is no finite number;
            or there is no session of this graph.
        """
        if not isinstance(params, dict) or set(params) != set(self.variables):
            got = ", ".join(map(str, params)) if isinstance(params, dict) else type(params).__name__
            raise InputError(f"params: got {short(got)}, expected {', '.join(self.variables)}")
        pairs = []
        for name, variable in self.variables.items():
            expected, value = (
                tuple(variable.shape.as_list()),
                real_array(f"params: {name}", params[name]),
            )
            if value.shape != expected:
                raise InputError(f"params: {name} has shape {value.shape}, expected {expected}")
            check_array(f"params: {name}", value, expected)
            pairs.append((variable, value))
        assign(self._find_session(sess), pairs)

    def params(self, sess=None):
        """The variables' values, a dict of name to array, as `CaptioningRNN.params`."""
        return self._find_session(sess).run(self.values)

    def _find_session(self, sess):
        return find_session(sess, graph=self.values["W_proj"].graph)


def _as_features(features, width, dtype):
    """A Tensor (N, D), checked as far as it is known."""
    if not tf.is_tensor(features):
        features = real_array("features", features)
        check_shapes({"D": width}, features=(features, "N D"))
        return tf.constant(check_array("features", features, features.shape), dtype)
    features = tf.convert_to_tensor(features)
    if features.dtype.base_dtype != dtype:
        raise InputError(f"features: got {features.dtype.name}, expected {dtype.name}; cast it")
    if features.shape.ndims != 2 or features.shape.as_list()[1] not in (None, width):
        raise InputError(f"features: got shape {features.shape}, expected (N, {width})")
    return features


def _as_captions(captions, sizes):
    """A Tensor (N, T) of int32, checked as far as it is known; sizes: N, or None, and V."""
    if not tf.is_tensor(captions):
        known = {letter: size for letter, size in sizes.items() if size is not None}
        captions = real_array("captions", captions)
        check_indices(known, captions=(captions, "N T"))
        return tf.constant(captions, tf.int32)
    captions = tf.convert_to_tensor(captions)
    if not captions.dtype.is_integer:
        raise InputError(f"captions: got {captions.dtype.name}, expected integers")
    N, T = captions.shape.as_list() if captions.shape.ndims == 2 else (None, None)
    if T is None or (N is not None and sizes["N"] not in (None, N)):
        raise InputError(
            f"captions: got shape {captions.shape}, expected ({sizes['N'] or 'N'}, T) "
            "with a known T"
        )
    return tf.cast(captions, tf.int32)
