"""Greedy, beam and temperature sampling against the NumPy model and exhaustive search."""

import itertools

import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.captioning.graph import GraphCaptioner
from tf_cs231n.captioning.rnn import CaptioningRNN
from tf_cs231n.captioning.sampling import beam_search, temperature_sample
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError

D, W, H = 5, 4, 6


def models(num_words, cell_type="lstm", seed=0, scale=1.5):
    words = ["<NULL>", "<START>", "<END>"] + [f"word{i}" for i in range(num_words - 3)]
    word_to_idx = {word: index for index, word in enumerate(words)}
    numpy_model = CaptioningRNN(word_to_idx, D, W, H, cell_type, np.float64)
    rng = np.random.RandomState(seed)
    for value in numpy_model.params.values():
        value[...] = scale * rng.randn(*value.shape)
    graph_model = GraphCaptioner(word_to_idx, D, W, H, cell_type, tf.float64)
    graph_model.assign(numpy_model.params)
    return numpy_model, graph_model


def log_likelihood(numpy_model, features, caption):
    """Of one caption, by the NumPy model's loss."""
    caption = np.concatenate([[1], caption])[np.newaxis]
    return -numpy_model.loss(features[np.newaxis], caption)[0]


def all_captions(num_words, max_length):
    """Every caption of up to ``max_length`` words that ends, or is cut off there."""
    words = range(3, num_words)
    for length in range(max_length + 1):
        for body in itertools.product(words, repeat=length):
            if length < max_length:
                yield body + (2,) + (0,) * (max_length - length - 1)
            else:
                yield body


@pytest.mark.parametrize("length_penalty", [0.0, 0.7, 1.0])
def test_wide_beam_equals_exhaustive_search(length_penalty):
    V, L, n_best = 5, 4, 6
    features = np.random.RandomState(1).randn(3, D)
    with graph_session() as sess:
        numpy_model, graph_model = models(V)
        # 1 + 2 + 4 + 8 + 16 captions: nothing is pruned.
        beams = sess.run(beam_search(graph_model, features, L, 40, length_penalty))
    for n in range(3):
        found = []
        for caption in all_captions(V, L):
            log_prob = log_likelihood(numpy_model, features[n], np.array(caption))
            length = np.count_nonzero(caption)
            found.append((log_prob / length**length_penalty, log_prob, caption))
        found.sort(reverse=True)
        for rank in range(n_best):
            assert tuple(beams.captions[n, rank]) == found[rank][2]
            assert beams.log_probs[n, rank] == pytest.approx(found[rank][1], abs=1e-8)


@pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
def test_images_alone_and_together_get_the_captions_of_the_numpy_model(cell_type):
    """Alone 7 words are read of 30, so that each is multiplied; together 84, from a table."""
    features = np.random.RandomState(3).randn(12, D)
    with graph_session() as sess:
        numpy_model, graph_model = models(30, cell_type)
        expected = numpy_model.sample(features, 7)
        x = tf.placeholder(tf.float64, [None, D])
        captions = graph_model.sample(x, 7)
        beams = beam_search(graph_model, x, 7, 3)
        together = sess.run([captions, beams.captions, beams.log_probs], {x: features})
        for n in range(12):
            alone = sess.run([captions, beams.captions, beams.log_probs], {x: features[n : n + 1]})
            for one, all_ in zip(alone, together):
                np.testing.assert_allclose(one[0], all_[n], rtol=1e-9)
    ended = np.cumsum(expected == 2, axis=1) - (expected == 2) > 0
    np.testing.assert_array_equal(together[0], np.where(ended, 0, expected))
    assert len(np.unique(together[0])) > 5


@pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
def test_beam_of_one_equals_greedy(cell_type):
    features = np.random.RandomState(2).randn(40, D)
    with graph_session() as sess:
        numpy_model, graph_model = models(9, cell_type)
        beams = sess.run(beam_search(graph_model, features, 10, beam_width=1))
    greedy = numpy_model.sample(features, 10)
    np.testing.assert_array_equal(beams.captions[:, 0], greedy)
    for n in range(3):
        expected = log_likelihood(numpy_model, features[n], greedy[n])
        assert beams.log_probs[n, 0] == pytest.approx(expected)


def test_beam_of_five_finds_likelier_captions_than_greedy():
    features = np.random.RandomState(3).randn(40, D)
    with graph_session() as sess:
        _, graph_model = models(9)
        one, five = sess.run(
            [beam_search(graph_model, features, 8, width, length_penalty=0) for width in (1, 5)]
        )
    gain = five.log_probs[:, 0] - one.log_probs[:, 0]
    assert gain.max() > 0.1 and np.mean(gain > -1e-9) > 0.9
    assert (np.diff(five.log_probs, axis=1) <= 0).all()  # the best first


def test_n_best_captions_differ_and_carry_their_likelihoods():
    features = np.random.RandomState(4).randn(6, D)
    with graph_session() as sess:
        numpy_model, graph_model = models(8)
        beams = sess.run(beam_search(graph_model, features, 6, beam_width=4))
        best = sess.run(graph_model.sample(features, 6, beam_width=4))
    np.testing.assert_array_equal(best, beams.captions[:, 0])
    for n in range(6):
        assert len({tuple(caption) for caption in beams.captions[n]}) == 4
        for caption, log_prob in zip(beams.captions[n], beams.log_probs[n]):
            assert log_prob == pytest.approx(log_likelihood(numpy_model, features[n], caption))


@pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
def test_log_probs_of_beams_are_those_of_the_model(cell_type):
    """Also where the untrained model would rather say <START>, or <NULL>."""
    features = np.random.RandomState(8).randn(7, D)
    with graph_session() as sess:
        numpy_model, graph_model = models(8, cell_type)
        graph_model.assign(dict(numpy_model.params, b_vocab=np.array([2.0, 3, 0, 0, 0, 0, 0, 0])))
        beams = beam_search(graph_model, features, 6, beam_width=3)
        for rank in range(3):
            captions = tf.concat([tf.ones([7, 1], tf.int32), beams.captions[:, rank]], axis=1)
            log_probs = tf.reduce_sum(graph_model.log_probs(features, captions), axis=1)
            expected, got = sess.run([log_probs, beams.log_probs[:, rank]])
            np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_beams_that_do_not_exist_are_empty():
    with graph_session() as sess:
        _, graph_model = models(4)
        beams = sess.run(beam_search(graph_model, np.ones((2, D)), 1, beam_width=9))
    exists = np.isfinite(beams.log_probs)
    assert exists.sum(axis=1).tolist() == [2, 2]  # <END> and word0
    assert (beams.captions[~exists] == 0).all()


def test_start_is_never_sampled_and_after_end_all_is_null():
    features = np.random.RandomState(5).randn(100, D)
    with graph_session() as sess:
        numpy_model, graph_model = models(6)
        graph_model.assign(dict(numpy_model.params, b_vocab=np.array([-50.0, 9, 1, 0, 0, 0])))
        sampled = [graph_model.sample(features, 7, width) for width in (1, 3)]
        sampled.append(temperature_sample(graph_model, features, 7, 2.0, seed=1))
        for captions in sess.run(sampled):
            assert captions.shape == (100, 7) and not (captions == 1).any()
            after_end = np.cumsum(captions == 2, axis=1) - (captions == 2) > 0
            assert after_end.any() and (captions[after_end] == 0).all()
            assert (captions[~after_end] > 1).all()


def test_temperature_samples_have_the_models_distribution():
    draws = 4000
    features = np.repeat(np.random.RandomState(6).randn(1, D), draws, axis=0)
    with graph_session() as sess:
        numpy_model, graph_model = models(6, scale=0.8)
        for temperature in (1.0, 2.0):
            sampled = sess.run(temperature_sample(graph_model, features, 1, temperature, seed=3))
            log_probs = [
                log_likelihood(numpy_model, features[0], np.array([word])) for word in range(2, 6)
            ]
            expected = np.exp(np.array(log_probs) / temperature)
            expected /= expected.sum()
            shares = np.bincount(sampled[:, 0], minlength=6)[2:] / draws
            np.testing.assert_allclose(shares, expected, atol=4 * np.sqrt(0.25 / draws))


def test_temperature_sampling_repeats_with_its_seed_and_is_greedy_when_cold():
    features = np.random.RandomState(7).randn(20, D)
    with graph_session() as sess:
        numpy_model, graph_model = models(9)
        seed = tf.placeholder(tf.int32, [])
        sampled = temperature_sample(graph_model, features, 8, 1.5, seed)
        first, again, other = (sess.run(sampled, {seed: s}) for s in (1, 1, 2))
        cold = sess.run(temperature_sample(graph_model, features, 8, 1e-6, seed=1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(cold, numpy_model.sample(features, 8))


@pytest.mark.parametrize(
    "sample, message",
    [
        (lambda model, x: temperature_sample(model, x, temperature=0), "temperature: got 0"),
        (lambda model, x: beam_search(model, x, beam_width=0), "beam_width: got 0"),
        (lambda model, x: beam_search(model, x, max_length=2.5), "max_length: got 2.5"),
        (lambda model, x: beam_search(model, x, length_penalty=-1), "length_penalty: got -1"),
    ],
)
def test_mistakes_are_named(sample, message):
    with graph_session(), pytest.raises(InputError, match=message):
        sample(models(5)[1], np.ones((1, D)))
