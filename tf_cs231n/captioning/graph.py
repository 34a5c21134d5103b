"""The captioner as a TensorFlow graph: `rnn.CaptioningRNN` with a loss that trains fast.

The features of an image become the initial hidden state. Then the network reads a caption word by
word and scores, at each step, every word that may come next::

    h0 = features W_proj + b_proj          scores_t = h_t W_vocab + b_vocab
    x_t = W_embed[word_t]                  h_t = RNN or LSTM (x_t, h_{t-1})

Source: Karpathy and Fei-Fei 2015, arXiv 1412.2306; Vinyals et al. 2015, arXiv 1411.4555.
"""

import numpy as np

from sessions import assign, find_session
from tf_cs231n import checks
from tf_cs231n.captioning import graph_layers, sampling
from tf_cs231n.captioning.coco import END, NULL, START
from tf_cs231n.captioning.rnn import check_model, check_vocabulary
from tf_cs231n.captioning.rnn_layers import GATES
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError

PARAMETERS = ("W_proj", "b_proj", "W_embed", "Wx", "Wh", "b", "W_vocab", "b_vocab")
SPECIAL_WORDS = (NULL, START, END)


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
      seed: fixes the initial weights, which have the distribution of `CaptioningRNN`'s.
      forget_bias: initial bias of the forget gate. The course's 0 halves the cell at each step at
        first; 1 lets it keep what it saw of the image (Jozefowicz et al. 2015).

    Features and captions are arrays or Tensors. The numbers in a Tensor are known only when it
    runs: NaN propagates, and the session reports an index that is out of range.

    Raises:
      InputError: an unknown cell type, an impossible size or dtype, a vocabulary that lacks special
        words or skips indices, or a graph that has a captioner already.
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
        check_model(cell_type, dtype, input_dim, wordvec_dim, hidden_dim)
        check_vocabulary(word_to_idx, SPECIAL_WORDS)
        self.cell_type, self.dtype, self.word_to_idx = cell_type, tf.as_dtype(dtype), word_to_idx
        self.input_dim, self.wordvec_dim, self.hidden_dim = input_dim, wordvec_dim, hidden_dim
        self.idx_to_word = {index: word for word, index in word_to_idx.items()}
        self.null, self.start, self.end = (word_to_idx[word] for word in SPECIAL_WORDS)

        D, W, H, V = input_dim, wordvec_dim, hidden_dim, len(word_to_idx)
        M = GATES[cell_type] * H
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
        # Resource variables: a read is a value that no later update can change.
        with tf.variable_scope("captioning", use_resource=True):
            try:
                self.variables = {
                    name: tf.get_variable(name, initializer=tf.cast(initial[name], self.dtype))
                    for name in PARAMETERS
                }
            except ValueError as error:
                raise InputError(
                    "this graph has a captioner already, or the variable scope here reuses "
                    "variables; use that captioner, leave that scope, or start a new graph with "
                    "`with graph_session() as sess:`"
                ) from error

        # Read once here, so that no call below adds another read to the graph.
        self.values = {name: variable.read_value() for name, variable in self.variables.items()}

    def recurrent_weights(self):
        """``Wx, Wh, b``."""
        return [self.values[name] for name in ("Wx", "Wh", "b")]

    def initial_state(self, features):
        """``h0 = features W_proj + b_proj``: (N, D) to (N, H)."""
        features = self._as_features(features)
        return tf.nn.bias_add(tf.matmul(features, self.values["W_proj"]), self.values["b_proj"])

    def scores(self, features, captions):
        """The scores of every next word.

        Args:
          features: (N, D).
          captions: ints (N, T); T must be known when the graph is built.

        Returns:
          Tensor (T, N, V), time first: at step t the scores of the word after ``captions[:, t]``.
        """
        features, captions = self._inputs(features, captions)
        h0, words = self.initial_state(features), tf.transpose(captions)
        x = graph_layers.embedding_lookup(words, self.values["W_embed"])  # (T, N, W)
        h = graph_layers.unroll(self.cell_type, x, h0, *self.recurrent_weights())
        T, _, H = h.shape.as_list()
        scores = tf.nn.bias_add(
            tf.matmul(tf.reshape(h, [-1, H]), self.values["W_vocab"]), self.values["b_vocab"]
        )
        return tf.reshape(scores, [T, -1, len(self.word_to_idx)])

    def log_probs(self, features, captions):
        """The log-probability of each word of a caption, given the words before it.

        Args:
          features: (N, D).
          captions: ints (N, T + 1), ``<START>``, words, ``<END>``, and ``<NULL>`` as padding.

        Returns:
          Tensor (N, T): ``log p(captions[n, t+1] | features[n], captions[n, :t+1])``; 0 where that
          word is ``<NULL>``.
        """
        features, captions = self._inputs(features, captions, least=2)
        words = tf.transpose(captions[:, 1:])
        scores = self.scores(features, captions[:, :-1])
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=words, logits=scores)
        return -tf.transpose(losses * tf.cast(tf.not_equal(words, self.null), self.dtype))

    def _as_features(self, features):
        """A Tensor (N, D) of the model's dtype."""
        if not tf.is_tensor(features):
            features = checks.array("features", features, "N D", {"D": self.input_dim})
            return tf.constant(features, self.dtype)
        checks.shapes({"D": self.input_dim}, features=(features, "N D"))
        return tf.cast(features, self.dtype)

    def _inputs(self, features, captions, least=1):
        """Both as Tensors: (N, D) and int32 (N, T), T known and at least ``least``."""
        features = self._as_features(features)
        N = features.shape.with_rank(2).as_list()[0]
        if not tf.is_tensor(captions):
            captions = checks.array("captions", captions, "N T")
        checks.indices(len(self.word_to_idx), N and {"N": N}, captions=(captions, "N T"))
        num_words = tf.TensorShape(captions.shape).with_rank(2).as_list()[1]
        if num_words is None or num_words < least:
            raise InputError(
                f"captions: got shape {captions.shape}, expected (N, T), T known when the graph is "
                f"built and at least {least}"
            )
        return features, tf.cast(captions, tf.int32)

    def loss(self, features, captions):
        """The negative log-likelihood of the captions, ``<NULL>`` left out, averaged over N.

        Args:
          features: (N, D), an array or a Tensor.
          captions: ints (N, T + 1); T must be known when the graph is built.

        Returns:
          A scalar Tensor to minimize. Each call adds operations to the graph: for a loop over
          batches, call it once with placeholders, and feed these.
        """
        log_probs = self.log_probs(features, captions)
        return -tf.reduce_sum(log_probs) / tf.cast(tf.shape(log_probs)[0], self.dtype)

    def sample(self, features, max_length=30, beam_width=1):
        """Caption images: take the likeliest word at each step, or search with a beam.

        Args:
          features: (N, D), an array or a Tensor.
          max_length: the maximum number of words, ``<END>`` included.
          beam_width: 1 is greedy; for more see `sampling.beam_search`, which also returns the n
            best captions.

        Returns:
          int32 Tensor (N, max_length), without ``<START>``; only ``<NULL>`` follows ``<END>``. Each
          call adds operations to the graph: for a loop over batches, call it once and feed::

              features = tf.placeholder(tf.float32, [None, input_dim])
              captions = model.sample(features)
              for batch in batches:
                  sess.run(captions, {features: batch})
        """
        if beam_width == 1:
            return sampling.greedy(self, features, max_length)
        return sampling.beam_search(self, features, max_length, beam_width).captions[:, 0]

    def assign(self, params, sess=None):
        """Give the variables new values, such as `CaptioningRNN.params`; this adds no operation.

        Args:
          params: dict of name to array.
          sess: the session; None: the default one.

        Raises:
          InputError: a name is missing, a shape differs, or a number is not finite; or
            there is no session for this graph.
        """
        pairs = []
        for name, variable in self.variables.items():
            shape = " ".join(map(str, variable.shape.as_list()))
            pairs.append((variable, checks.array(f"params: {name}", params.get(name), shape)))
        assign(self._find_session(sess), pairs)

    def params(self, sess=None):
        """The values of the variables, a dict of name to array, as `CaptioningRNN.params`."""
        return self._find_session(sess).run(self.values)

    def _find_session(self, sess):
        return find_session(sess, graph=self.values["W_proj"].graph)
