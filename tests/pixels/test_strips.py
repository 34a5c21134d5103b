"""Strip by strip, losses and gradient are those of the whole image."""

import functools

import numpy as np
import pytest

from tf_cs231n.datasets import sample_image
from tf_cs231n.images import preprocess_image
from tf_cs231n.pixels.inputs import find_weights
from tf_cs231n.pixels.objective import Objective, PixelNetwork, shared_targets
from tf_cs231n.pixels.strips import StripObjective, StyleTargets, strip_rows
from tf_cs231n.squeezenet.architecture import layer_size
from tf_cs231n.style_transfer import (
    LOSSES,
    Losses,
    image_losses,
    make_content_terms,
    make_style_terms,
)


@pytest.mark.parametrize("height", [97, 160, 203, 260])
@pytest.mark.parametrize("last", [1, 3, 7, 12])
def test_every_row_of_every_layer_belongs_to_one_strip(height, last):
    strips = strip_rows((height, 50), last, 50 * 160)
    assert strips[0][0] == strips[0][2] == 0 and strips[-1][1] == strips[-1][3] == height
    for (_, stop, _, bottom), (start, _, top, _) in zip(strips, strips[1:]):
        assert bottom == top and start <= top < stop and start % 16 == top % 16 == 0


@pytest.mark.parametrize("size, last", [((202, 61), 7), ((233, 48), 12), ((190, 40), 4)])
def test_losses_and_gradient_are_those_of_the_whole_image(rng, size, last):
    content = sample_image("palace")[100 : 100 + size[0], 200 : 200 + size[1]]
    styles = [sample_image(name, 64) for name in ("tissue", "flower")]
    content_layers, style_layers = [(1, 0.01), (3, 0.06)], [(1, 3e5), (4, 1e3), (last, 9.0)]
    pixels = preprocess_image(content) + rng.randn(*size, 3).astype(np.float32) / 10
    with PixelNetwork(find_weights(), last) as network:
        terms = make_style_terms(network, styles, [2, 1], [None, None], style_layers)
        originals = make_content_terms(network, content, content_layers)
        whole = (network, originals, terms, style_layers, 0.02, LOSSES)
        expected = Objective(network, size, functools.partial(image_losses, *whole))(pixels)
        targets = StyleTargets(*shared_targets(style_layers, terms))
        strips = (content_layers, targets, 0.02, LOSSES, Losses, size[1] * 130)
        losses, gradient = StripObjective(network, content, *strips)(pixels)
    assert len(strip_rows(size, last, size[1] * 130)) > 1
    np.testing.assert_allclose(losses, expected[0], rtol=1e-4)
    scale = np.abs(expected[1]).max()
    np.testing.assert_allclose(gradient, expected[1], atol=2e-5 * scale)


def test_a_step_of_rows_is_the_step_of_every_layer_before_it():
    for layer in range(13):
        height = layer_size(layer, (1600, 1600))[0]
        assert 16 % round(1600 / height) == 0
