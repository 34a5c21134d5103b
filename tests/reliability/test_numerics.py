"""float32 agrees with float64, and no input at the edge of its range gives a NaN."""

import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n import gan, information, layers, norms
from tf_cs231n.captioning.graph import GraphCaptioner
from tf_cs231n.captioning.rnn import CaptioningRNN
from tf_cs231n.captioning.sampling import beam_search
from tf_cs231n.compat import tf
from tf_cs231n.graph_model import GraphModel
from tf_cs231n.images import preprocess_image
from tf_cs231n.likelihood import covariance
from tf_cs231n.saliency import (
    compute_saliency_maps,
    create_class_visualization,
    make_fooling_image,
)
from tf_cs231n.squeezenet import load_squeezenet
from tf_cs231n.style_transfer import content_loss, gram_matrix, style_transfer, tv_loss

FIVE_WORDS = {word: n for n, word in enumerate(["<NULL>", "<START>", "<END>", "<UNK>", "a"])}
CAPTIONS = np.array([[1, 4, 3, 2, 0], [1, 4, 4, 4, 2]])
BLACK, WHITE = np.zeros((48, 48, 3), np.uint8), np.full((48, 48, 3), 255, np.uint8)


def captioners(cell_type, scale=1.0):
    """The NumPy model in float32 and in float64, with the same weights."""
    models = [CaptioningRNN(FIVE_WORDS, 6, 5, 7, cell_type, t) for t in (np.float32, np.float64)]
    for name, value in models[0].params.items():
        models[0].params[name] = scale * value
        models[1].params[name] = models[0].params[name].astype(np.float64)
    return models


@pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
def test_captioner_agrees_in_float32_and_float64(cell_type, rng):
    features = rng.randn(2, 6)
    (loss32, grads32), (loss64, grads64) = (
        model.loss(features, CAPTIONS) for model in captioners(cell_type)
    )
    assert loss32 == pytest.approx(loss64, rel=1e-5)
    for name, gradient in grads64.items():
        scale = np.abs(gradient).max()
        np.testing.assert_allclose(grads32[name], gradient, rtol=1e-4, atol=1e-5 * scale)


@pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
@pytest.mark.parametrize("features", [np.zeros((2, 6)), np.ones((2, 6)), np.full((2, 6), 1e6)])
def test_captioner_of_five_words_has_no_nan_for_constant_features(cell_type, features):
    for model in captioners(cell_type, scale=100):  # every gate and every softmax saturates
        loss, grads = model.loss(features, CAPTIONS)
        assert np.isfinite(loss) and all(np.isfinite(g).all() for g in grads.values())
        assert model.sample(features, 6).max() < 5
    with graph_session() as sess:
        graph = GraphCaptioner(FIVE_WORDS, 6, 5, 7, cell_type)
        graph.assign(model.params)
        loss = graph.loss(features, CAPTIONS)
        grads = tf.gradients(loss, list(graph.variables.values()))
        beams = beam_search(graph, features, 6, beam_width=3)
        for value in sess.run([loss, *map(tf.convert_to_tensor, grads), beams.log_probs[:, 0]]):
            assert np.isfinite(value).all()


LOSSES = {
    "vanilla": gan.gan_loss,
    "lsgan": gan.lsgan_loss,
    "hinge": gan.hinge_loss,
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("size", [1.0, 100.0, 1e4])
def test_gan_losses_and_gradients_are_finite_and_agree_for_saturated_logits(name, size, rng):
    real, fake = size * rng.randn(2, 8, 1)
    results = []
    for dtype in (tf.float32, tf.float64):
        with graph_session() as sess:
            logits = [tf.constant(real, dtype), tf.constant(fake, dtype)]
            D_loss, G_loss = LOSSES[name](*logits)
            gradients = tf.gradients(D_loss, logits) + tf.gradients(G_loss, logits[1])
            results.append(sess.run([D_loss, G_loss, *gradients]))
    for single, double in zip(*results):
        assert np.isfinite(single).all() and np.isfinite(double).all()
        np.testing.assert_allclose(single, double, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["entropy", "cross_entropy", "kl_divergence", "js_divergence"])
def test_information_agrees_and_is_finite_where_probabilities_are_zero(name):
    p = np.array([[1.0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25], [1e-30, 0.5, 0.5, 0]])
    q = np.array([[0.7, 0.1, 0.1, 0.1]] * 3)
    results = []
    for dtype in (np.float32, np.float64):
        with graph_session() as sess:
            a, b = tf.constant(p.astype(dtype)), tf.constant(q.astype(dtype))
            arguments = [a] if name == "entropy" else [a, b]
            results.append(sess.run(getattr(information, name)(*arguments)))
    assert np.isfinite(results).all()
    np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-6)


@pytest.fixture(scope="module")
def squeezenet():
    with graph_session() as sess:
        yield load_squeezenet(sess)


@pytest.mark.parametrize("picture", [BLACK, WHITE], ids=["black", "white"])
def test_explanations_of_black_and_white_pictures_are_finite(squeezenet, picture):
    X = preprocess_image(picture)[None]
    assert np.isfinite(compute_saliency_maps(X, [281], squeezenet)).all()
    assert np.isfinite(make_fooling_image(X, 7, squeezenet, max_iterations=2)).all()


@pytest.mark.parametrize("rate", [25, 1e4])
def test_class_visualization_is_finite_when_pixels_saturate(squeezenet, rate):
    X = create_class_visualization(281, squeezenet, size=48, num_iterations=3, learning_rate=rate)
    assert np.isfinite(X).all()


@pytest.mark.parametrize("content", [BLACK, WHITE], ids=["black", "white"])
@pytest.mark.parametrize("style", [BLACK, WHITE, WHITE // (1, 2, 5)], ids=["black", "white", "one"])
@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_style_transfer_of_single_colours_is_finite(squeezenet, content, style, optimizer):
    result = style_transfer(
        content,
        np.uint8(style),
        image_size=48,
        style_size=48,
        max_evaluations=3,
        optimizer=optimizer,
        model=squeezenet,
    )
    assert all(np.isfinite(value) for value in result.losses if value is not None)


def test_gram_matrix_agrees_in_float32_and_float64(rng):
    features = rng.randn(1, 9, 7, 5)
    with graph_session() as sess:
        single, double = (
            sess.run(gram_matrix(tf.constant(features, dtype)))
            for dtype in (tf.float32, tf.float64)
        )
    np.testing.assert_allclose(single, double, rtol=1e-4, atol=1e-6)


A = np.random.RandomState(0).uniform(0.1, 1, [1, 4, 4, 3])


def saliency_of_squares(X):
    image = tf.placeholder(tf.float64, [None, 4, 4, 3])
    return tf.constant(
        compute_saliency_maps(X, 1, GraphModel(image, tf.reduce_sum(image**2, axis=[1, 2])))
    )


OF_AN_ARRAY = {
    "vector_norm": norms.vector_norm,
    "spectral_norm": lambda x: norms.spectral_norm(x[0, 0]),
    "entropy": lambda x: information.entropy(p_logits=x),
    "log_likelihood": lambda x: information.log_likelihood(np.int32([2]), q_logits=x[0, 0, :1]),
    "gan_loss": lambda x: gan.gan_loss(x[0, 0, :, :1], x[0, 1, :, :1]),
    "lsgan_loss": lambda x: gan.lsgan_loss(x[0, 0, :, :1], x[0, 1, :, :1]),
    "gram_matrix": gram_matrix,
    "content_loss": lambda x: content_loss(1.0, x, x[:, ::-1]),
    "tv_loss": lambda x: tv_loss(x, 1.0),
    "max_pool": layers.max_pool,
    "covariance": lambda x: covariance(x[0, 0]),
    "compute_saliency_maps": saliency_of_squares,
}


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("name", OF_AN_ARRAY)
def test_byte_order_does_not_matter(name, dtype):
    """As other machines, IDX, FITS and HDF5 files have it."""
    with graph_session() as sess:
        both = [OF_AN_ARRAY[name](A.astype(order + dtype)) for order in "<>"]
        little, big = sess.run(both)
    np.testing.assert_array_equal(little, big)
    assert np.abs(little).max() > 1e-3
