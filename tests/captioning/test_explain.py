"""Maps of words: they show the part of the image that the word depends on."""

import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.captioning import shapes
from tf_cs231n.captioning.explain import ImageCaptioner, occlusion_windows
from tf_cs231n.captioning.features import Projection
from tf_cs231n.captioning.saved import SavedCaptioner
from tf_cs231n.captioning.shape_captions import Shape
from tf_cs231n.errors import InputError
from tf_cs231n.images import preprocess_image
from tf_cs231n.interruption import Stop, Stopped

S, P, D, W, H, V = 64, 2048, 6, 4, 5, 9
WORDS = ["<NULL>", "<START>", "<END>"] + [f"word{n}" for n in range(V - 3)]
CAPTION = np.array([3, 5, 4, 8, 7, 6])
SCENE = [Shape("large", "red", "circle", 0.25, 0.25), Shape("large", "blue", "square", 0.75, 0.75)]


def saved(projected=True):
    """A captioner with random weights that sees the upper left quarter of layer 4 alone."""
    rng = np.random.RandomState(0)
    matrix = np.zeros((P, D), np.float32)
    matrix[0:512:4] = rng.randn(128, D) / 100  # 128 channels in 2 x 2 cells
    sizes = {"W_proj": (D, H), "b_proj": (H,), "W_embed": (V, W), "Wx": (W, 4 * H),
             "Wh": (H, 4 * H), "b": (4 * H,), "W_vocab": (H, V), "b_vocab": (V,)}  # fmt: skip
    params = {name: rng.randn(*shape).astype(np.float32) for name, shape in sizes.items()}
    projection = Projection(np.zeros(P, np.float32), matrix, S) if projected else None
    return SavedCaptioner(params, WORDS, "lstm", projection)


def test_windows_cover_every_pixel_equally():
    masks = occlusion_windows(S)
    assert masks.shape == (25, S, S)
    assert set(masks.sum(axis=0).ravel()) == {4}
    assert masks.any(axis=(1, 2)).all() and masks.reshape(25, -1).sum(axis=1).max() == S**2 / 4


def test_maps_show_what_the_captioner_sees():
    image = shapes.render(SCENE)
    with graph_session() as sess:
        captioner = ImageCaptioner(saved(), sess)
        maps = captioner.attributions(image, CAPTION)
        again = captioner.attributions(image, CAPTION[::-1].copy())
        size = len(sess.graph.get_operations())
        captioner.attributions(image, CAPTION)
        assert len(sess.graph.get_operations()) == size
    assert maps.shape == (len(CAPTION), S, S) and maps.min() == 0
    spoken_for = [heat for heat in [*maps, *again] if heat.max() > 0.05]
    assert len(spoken_for) >= 6
    for heat in spoken_for:
        y, x = np.unravel_index(np.argmax(heat), heat.shape)
        assert shapes.mask(SCENE[0])[y, x]


def test_values_of_words_are_scores_above_the_mean():
    images = np.stack([shapes.render(SCENE), shapes.render(SCENE[:1])])
    with graph_session() as sess:
        captioner = ImageCaptioner(saved(), sess)
        pixels = preprocess_image(images)
        values = captioner.word_values(pixels, CAPTION)
        captions = np.repeat([[1, *CAPTION[:-1]]], 2, axis=0)
        scores = captioner.model.scores(captioner.features, captions)
        scores = sess.run(scores, {captioner.image: pixels})  # (T, N, V)
    for t, word in enumerate(CAPTION):
        expected = scores[t, :, word] - scores[t].mean(axis=-1)
        np.testing.assert_allclose(values[:, t], expected, rtol=1e-4, atol=1e-5)


def test_explaining_can_be_stopped():
    stop = Stop()
    stop.request()
    with graph_session() as sess, pytest.raises(Stopped):
        ImageCaptioner(saved(), sess).attributions(shapes.render(SCENE), CAPTION, stop=stop)


def test_a_captioner_of_other_features_is_refused():
    with graph_session() as sess, pytest.raises(InputError, match="cannot be computed from pixels"):
        ImageCaptioner(saved(projected=False), sess)
