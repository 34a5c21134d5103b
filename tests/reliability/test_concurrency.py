"""Several sessions and threads in one process give the answers that each gives alone."""

import threading

import numpy as np
from soak import cases

from sessions import get_session, graph_session
from tf_cs231n.captioning.graph import GraphCaptioner
from tf_cs231n.captioning.sampling import beam_search
from tf_cs231n.compat import tf
from tf_cs231n.gan import GeneratorSampler
from tf_cs231n.saliency import compute_saliency_maps
from tf_cs231n.squeezenet import load_squeezenet

WORDS = {word: index for index, word in enumerate(["<NULL>", "<START>", "<END>", "a", "b", "c"])}


def in_threads(number, work):
    """``[work(0), work(1), ...]``, all at the same time."""
    results, together = [None] * number, threading.Barrier(number)

    def run(n):
        together.wait()
        results[n] = work(n)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_ten_sessions_in_one_process_answer_as_one_does():
    x = np.random.RandomState(0).randn(1, 64, 64, 3)
    answers = []
    sessions = []
    for _ in range(10):
        graph = tf.Graph()
        sessions.append(get_session(graph))
        with graph.as_default():
            model = load_squeezenet(sessions[-1])
        answers.append(compute_saliency_maps(x, [281], model))
    for sess in sessions:
        sess.close()
    with graph_session() as sess:
        alone = compute_saliency_maps(x, [281], load_squeezenet(sess))
    for answer in answers:
        np.testing.assert_allclose(answer, alone, rtol=1e-4, atol=1e-6 * alone.max())


def captioner(sess):
    model = GraphCaptioner(WORDS, 5, 4, 6, "lstm", tf.float64)
    rng = np.random.RandomState(0)
    model.assign({name: rng.randn(*v.shape.as_list()) for name, v in model.variables.items()}, sess)
    return model


def test_threads_that_caption_with_one_model_get_the_captions_that_each_gets_alone():
    features = np.random.RandomState(1).randn(8, 40, 5)
    with graph_session() as sess:
        model = captioner(sess)
        x = tf.placeholder(tf.float64, [None, 5])
        beams = beam_search(model, x, 10, beam_width=3)

        def caption(n):
            return [sess.run(beams.captions, {x: features[n]}) for _ in range(cases(5, 200))]

        alone = [caption(n) for n in range(8)]
        together = in_threads(8, caption)
    np.testing.assert_array_equal(together, alone)


def test_threads_that_draw_from_one_gan_get_the_digits_that_each_gets_alone():
    codes = np.random.RandomState(1).uniform(-1, 1, [8, 30, 16])
    with graph_session() as sess:
        sampler = GeneratorSampler("dcgan", 16, sess)
        rng = np.random.RandomState(2)  # large weights make black and white
        shapes = [variable.shape.as_list() for variable in sampler.variables]
        weights = [rng.randn(*shape) if len(shape) > 1 else np.ones(shape) for shape in shapes]
        sess.run([tf.assign(v, w) for v, w in zip(sampler.variables, weights)])

        def draw(n):
            return [sampler.sample(codes[n]) for _ in range(cases(3, 100))]

        alone = [draw(n) for n in range(8)]
        together = in_threads(8, draw)
    # A convolution's sums may be split otherwise: one level of 255.
    assert np.abs(np.int16(together) - np.int16(alone)).max() <= 1
    assert np.std(alone[0][0]) > 10 and not np.array_equal(alone[0], alone[1])


def test_threads_that_build_on_one_model_at_once_build_once():
    """The first call of a library function adds its operations; threads may all be the first."""
    x = np.random.RandomState(0).randn(4, 64, 64, 3)
    with graph_session() as sess:
        model = load_squeezenet(sess)

        def explain(n):
            return compute_saliency_maps(x[n : n + 1], [n], model)

        together = in_threads(4, explain)
        alone = [explain(n) for n in range(4)]
    for one, other in zip(together, alone):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6 * other.max())
