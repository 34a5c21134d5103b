"""Sample captions inside the graph: one ``sess.run`` for a batch of images.

Greedy sampling takes the likeliest word at each step. With a temperature, words are drawn at
random. Beam search keeps the best few beginnings of captions and finds likelier captions.
"""

import collections

import numpy as np

from tf_cs231n import checks
from tf_cs231n.captioning import graph_layers
from tf_cs231n.compat import tf

# captions: int32 (N, k, max_length), the best first; log_probs: (N, k), of each whole caption.
Beams = collections.namedtuple("Beams", "captions log_probs")


class _Decoder:
    """From words and states to the next scores and states, for all ways of sampling.

    States are rows here, (N, H), so that `beam_search` can reorder hypotheses. A word always adds
    the same to the gates: if more words will be read than the vocabulary has, ``W_embed Wx + b`` is
    computed once for the whole vocabulary.

    Args:
      model: a `GraphCaptioner`.
      num_words: the number of words that will be read, a scalar Tensor.
    """

    def __init__(self, model, num_words):
        self._model = model
        Wx, self._Wh, b = model.recurrent_weights()
        W_embed = model.values["W_embed"]
        self._many = num_words > len(model.word_to_idx)
        table = tf.cond(
            self._many,
            lambda: tf.nn.bias_add(tf.matmul(W_embed, Wx), b),
            lambda: tf.zeros_like(Wx),
        )
        self._read_table = lambda words: tf.gather(table, words)
        self._read_word = lambda words: tf.nn.bias_add(tf.matmul(tf.gather(W_embed, words), Wx), b)
        # Added to scores: no caption has <START> or padding in it, though an untrained model might.
        self.forbidden = np.zeros(len(model.word_to_idx), model.dtype.as_numpy_dtype)
        self.forbidden[[model.start, model.null]] = -np.inf

    def step(self, words, state):
        """Read ``words`` (N,); return the scores of the next ones, (N, V), and the next state."""
        xWx = tf.cond(self._many, lambda: self._read_table(words), lambda: self._read_word(words))
        state = graph_layers.step(self._model.cell_type, xWx, state, self._Wh)
        values = self._model.values
        return tf.nn.bias_add(tf.matmul(state[0], values["W_vocab"]), values["b_vocab"]), state


def _initial_states(model, features):
    """The states before the first word: (h,) or (h, c), each (N, H)."""
    h = model.initial_state(features)
    return (h,) if model.cell_type == "rnn" else (h, tf.zeros_like(h))


def greedy(model, features, max_length=30):
    """The likeliest word at each step: int32 (N, max_length); see `GraphCaptioner.sample`."""
    return _sample(model, features, max_length, lambda t, scores: scores)


def temperature_sample(model, features, max_length=30, temperature=1.0, seed=0):
    """Draw each word with probability proportional to ``exp(score / temperature)``.

    The maximum of ``score / temperature + Gumbel noise`` is such a draw. A low temperature is close
    to greedy sampling; 1 is the model's own distribution.

    Args:
      model: a `GraphCaptioner`.
      features: (N, D).
      max_length: the maximum number of words.
      temperature: a number above 0, or a scalar Tensor.
      seed: an int from 0 to 2**31 - 1, or a scalar Tensor to feed. The same seed draws the same
        captions.

    Returns:
      int32 Tensor (N, max_length).
    """
    if not tf.is_tensor(temperature):
        checks.numbers(above=0, temperature=temperature)

    def noisy(t, scores):
        seeds = tf.stack([tf.cast(seed, tf.int32), t])
        tiny = np.finfo(np.float32).tiny
        uniform = tf.random.stateless_uniform(tf.shape(scores), seeds, tiny, 1)
        gumbel = -tf.log(-tf.log(uniform))
        return scores / tf.cast(temperature, model.dtype) + tf.cast(gumbel, model.dtype)

    return _sample(model, features, max_length, noisy)


def _sample(model, features, max_length, prepare):
    """Take the argmax of ``prepare(t, scores)`` at each step, until every caption has ended."""
    checks.counts(max_length=max_length)
    state = _initial_states(model, features)
    N = tf.shape(state[0])[0]
    decoder = _Decoder(model, N * max_length)

    def unfinished(t, words, ended, captions, *state):
        return tf.logical_and(t < max_length, tf.logical_not(tf.reduce_all(ended)))

    def next_words(t, words, ended, captions, *state):
        scores, state = decoder.step(words, state)
        allowed = prepare(t, scores) + decoder.forbidden
        best = tf.argmax(allowed, axis=1, output_type=tf.int32)
        words = tf.where(ended, tf.fill([N], model.null), best)
        ended = tf.logical_or(ended, tf.equal(words, model.end))
        return (t + 1, words, ended, captions.write(t, words)) + tuple(state)

    captions = tf.TensorArray(tf.int32, size=max_length, element_shape=[None])
    loop = (tf.constant(0), tf.fill([N], model.start), tf.zeros([N], tf.bool), captions) + state
    t, _, _, captions = tf.while_loop(unfinished, next_words, loop, back_prop=False)[:4]
    return _fill_up(tf.transpose(captions.gather(tf.range(t))), max_length, model.null)


def beam_search(model, features, max_length=30, beam_width=5, length_penalty=1.0):
    """The likeliest captions that a search with ``beam_width`` hypotheses at a time finds.

    Each step extends every hypothesis by every word and keeps, of all these, the best k by

        score = log p(caption) / length ^ length_penalty,   length: words, <END> included

    A caption that has ended keeps competing as it is. A long caption is less likely than a short
    one merely because of its length; the penalty compensates for that. 0 ranks by likelihood alone.

    Args:
      model: a `GraphCaptioner`.
      features: (N, D).
      max_length: the maximum number of words.
      beam_width: k, at least 1; 1 gives the greedy caption.
      length_penalty: 0 or more.

    Returns:
      `Beams`; its log_probs are the sums of `GraphCaptioner.log_probs` for its captions. If fewer
      than k captions exist, the others have log_probs -inf and no words.

    Source: Wu et al. 2016, arXiv 1609.08144, section 7, with the plain power of the length.
    """
    checks.counts(max_length=max_length, beam_width=beam_width)
    checks.numbers(least=0, length_penalty=length_penalty)
    k = beam_width
    state = tuple(
        tf.reshape(tf.tile(s[:, tf.newaxis], [1, k, 1]), [-1, model.hidden_dim])
        for s in _initial_states(model, features)
    )  # (N k, H): image by image, hypothesis by hypothesis
    V = len(model.word_to_idx)
    N = tf.shape(state[0])[0] // k
    decoder = _Decoder(model, N * k * max_length)
    minus_inf = model.dtype.as_numpy_dtype(-np.inf)
    # After the end of a caption comes <NULL>, with probability 1.
    only_null = tf.one_hot(model.null, V, model.dtype.as_numpy_dtype(0), minus_inf)
    nothing = tf.tile(only_null[tf.newaxis], [N * k, 1])

    def unfinished(t, ended, lengths, log_probs, captions, *state):
        return tf.logical_and(t < max_length, tf.logical_not(tf.reduce_all(ended)))

    def extend(t, ended, lengths, log_probs, captions, *state):
        words = captions[:, :, t]  # shifted by one: captions[:, :, 0] is <START>
        scores, state = decoder.step(tf.reshape(words, [-1]), state)
        # If the condition has one axis, `tf.where` chooses rows.
        allowed = tf.nn.log_softmax(scores) + decoder.forbidden
        steps = tf.where(tf.reshape(ended, [-1]), nothing, allowed)
        steps = tf.reshape(steps, [N, k, V])
        lengths += tf.cast(tf.logical_not(ended), model.dtype)
        candidates = log_probs[:, :, tf.newaxis] + steps
        ranking = candidates / (lengths**length_penalty)[:, :, tf.newaxis]
        _, best = tf.nn.top_k(tf.reshape(ranking, [N, k * V]), k)  # (N, k)
        parents, words = best // V, best % V

        rows = tf.reshape(tf.range(N)[:, tf.newaxis] * k + parents, [-1])
        log_probs = tf.batch_gather(tf.reshape(candidates, [N, k * V]), best)
        captions = tf.batch_gather(captions, parents)
        here = tf.one_hot(t + 1, max_length + 1, dtype=tf.int32)  # so far there is <NULL>
        captions += here * (words - model.null)[:, :, tf.newaxis]
        ended = tf.logical_or(tf.batch_gather(ended, parents), tf.equal(words, model.end))
        ended = tf.logical_or(ended, tf.equal(log_probs, minus_inf))
        state = tuple(tf.gather(s, rows) for s in state)
        return (t + 1, ended, tf.batch_gather(lengths, parents), log_probs, captions) + state

    # The search begins with one hypothesis, <START>; its copies are impossible.
    log_probs = tf.tile(tf.constant([[0.0] + [-np.inf] * (k - 1)], model.dtype), [N, 1])
    is_start = tf.one_hot(tf.zeros([N, k], tf.int32), max_length + 1, True, False)
    captions = tf.where(
        is_start, tf.fill(tf.shape(is_start), model.start), tf.fill(tf.shape(is_start), model.null)
    )
    loop = (
        tf.constant(0),
        tf.zeros([N, k], tf.bool),
        tf.zeros_like(log_probs),
        log_probs,
        captions,
    )
    _, _, _, log_probs, captions = tf.while_loop(unfinished, extend, loop + state, back_prop=False)[
        :5
    ]
    captions = captions[:, :, 1:]
    exists = tf.tile(tf.is_finite(log_probs)[:, :, tf.newaxis], [1, 1, max_length])
    return Beams(tf.where(exists, captions, tf.fill(tf.shape(captions), model.null)), log_probs)


def _fill_up(captions, max_length, null):
    """(N, t) to (N, max_length)."""
    missing = max_length - tf.shape(captions)[1]
    captions = tf.pad(captions, [[0, 0], [0, missing]], constant_values=null)
    captions.set_shape([None, max_length])
    return captions
