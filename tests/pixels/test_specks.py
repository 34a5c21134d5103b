"""No pixel sticks out of a smooth part: steps are smooth, and what is left is taken out."""

import numpy as np
import pytest
from scipy.ndimage import median_filter

from tf_cs231n.pixels.colors import without_specks
from tf_cs231n.pixels.decorrelation import FRAME, smooth_steps
from tf_cs231n.pixels.optimizers import lbfgs
from tf_cs231n.style_transfer import PRESETS, style_transfer


def as_matrix(size, frame):
    """`smooth_steps` as a matrix, one column for each pixel and channel."""
    units = np.eye(size[0] * size[1] * 3, dtype=np.float32).reshape(-1, *size, 3)
    return np.stack([smooth_steps(unit, frame).ravel() for unit in units], axis=1)


@pytest.mark.parametrize("frame", [0, 1, 4])
def test_smoothing_is_symmetric_and_positive_so_that_steps_go_down(frame):
    matrix = as_matrix((4, 5), frame)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-6)
    assert np.linalg.eigvalsh(matrix.astype(float)).min() > -1e-6


def test_smoothing_keeps_flat_gray_halves_flat_colors_and_drops_alternating_pixels():
    gray = np.full((9, 7, 3), 2, np.float32)
    np.testing.assert_allclose(smooth_steps(gray), gray, rtol=1e-6)
    color = gray * np.float32([1, 0, -1])
    np.testing.assert_allclose(smooth_steps(color), color / 2, rtol=1e-6)
    np.testing.assert_allclose(smooth_steps(color, FRAME), color / 2, rtol=1e-6)
    alternating = gray * ((-1.0) ** np.arange(7, dtype=np.float32))[:, None]
    assert np.abs(smooth_steps(alternating)[:, 1:-1]).max() < 1e-6


def test_the_outermost_pixels_move_as_their_mirror_images(rng):
    gradient = rng.randn(30, 40, 3).astype(np.float32)
    step = smooth_steps(gradient, FRAME)
    inside = step[FRAME:-FRAME, FRAME:-FRAME]
    np.testing.assert_array_equal(step, np.pad(inside, [(FRAME,) * 2] * 2 + [(0, 0)], "symmetric"))
    middle = (slice(12, -12),) * 2  # where nothing of the frame is
    frame = gradient.copy()
    frame[:FRAME], frame[:, -FRAME:] = 100, -100
    np.testing.assert_array_equal(smooth_steps(frame, FRAME)[middle], step[middle])


def test_the_edges_are_styled_like_the_rest():
    # Of a flat content, zeros beside the image are all that tells the edges from the middle.
    content = np.full((64, 96, 3), 140, np.uint8)
    options = {"image_size": 64, "style_size": 64, "max_evaluations": 30, "seed": 0}
    image = style_transfer(content, "sample:cafe", **options).image.astype(float)
    rows = np.abs(image - content).mean(axis=(1, 2))
    assert max(rows[:3].max(), rows[-3:].max()) < 1.5 * rows.mean()


def test_steps_through_a_map_stay_within_what_it_maps_to(rng):
    center = rng.randn(6, 8, 3).astype(np.float32)
    curvature = rng.uniform(1, 20, center.shape).astype(np.float32)

    def bowl(x):
        return float((curvature * (x - center) ** 2).sum()), 2 * curvature * (x - center)

    def projection(x):  # the mean of each row
        return np.broadcast_to(x.mean(axis=1, keepdims=True), x.shape).copy()

    x = lbfgs(bowl, np.zeros_like(center), -9, 9, 60, smooth=projection)
    least = (curvature * center).sum(axis=1) / curvature.sum(axis=1)  # of each row
    np.testing.assert_allclose(x, np.broadcast_to(least[:, None], x.shape), atol=1e-3)


@pytest.mark.parametrize("place", [(0, 0), (0, 6), (7, 11), (11, 19)])
def test_a_speck_becomes_its_neighbors_where_the_content_is_smooth(place):
    content = np.full((12, 20, 3), 30, np.uint8)
    image = content + np.arange(20, dtype=np.uint8)[:, None]
    speck = image.copy()
    speck[place] = 30, 200, 40
    cleaned = without_specks(speck, content)
    assert np.abs(cleaned.astype(int) - image).max() <= 2
    untouched = np.ones(image.shape[:2], bool)
    untouched[place] = False
    np.testing.assert_array_equal(cleaned[untouched], image[untouched])
    rough = content.copy()
    rough[::2, ::2] = 90
    np.testing.assert_array_equal(without_specks(speck, rough), speck)
    faint = image.copy()
    faint[place] += 35
    np.testing.assert_array_equal(without_specks(faint, content), faint)


@pytest.mark.parametrize("level", [10, 120])
def test_style_transfer_leaves_no_specks_in_a_dark_or_a_smooth_image(level):
    content = np.full((40, 60, 3), level, np.uint8)
    content[25:, 30:] += 100
    settings = {**PRESETS["starry"], "image_size": 40, "style_size": 64, "max_evaluations": 40}
    image = style_transfer(content, "sample:tissue", **settings).image
    median = np.stack([median_filter(image[..., c], 5) for c in range(3)], axis=2)
    specks = (np.abs(image.astype(int) - median) > 40).any(axis=2)
    assert not specks[:22].any() and not specks[:, :27].any() and not specks[28:, 33:].any()
    assert np.abs(image.astype(int) - content).mean() > 5
