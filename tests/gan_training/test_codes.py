"""The square between four codes."""

import numpy as np
import pytest

from tf_cs231n.gan import slerp
from tf_cs231n.gan_training.codes import square


def test_the_squares_corners_and_edges_are_those_of_slerp(rng):
    corners = rng.uniform(-1, 1, (4, 7))
    found = square(corners, np.linspace(0, 1, 5), np.linspace(0, 1, 3))
    assert found.shape == (3, 5, 7)
    np.testing.assert_allclose(found[[0, 0, -1, -1], [0, -1, 0, -1]], corners, rtol=1e-12)
    np.testing.assert_allclose(found[0], slerp(corners[0], corners[1], 5), rtol=1e-12)
    np.testing.assert_allclose(found[:, 0], slerp(corners[0], corners[2], 3), rtol=1e-12)
    np.testing.assert_allclose(found[:, -1], slerp(corners[1], corners[3], 3), rtol=1e-12)


def test_the_square_of_unit_axes_stays_on_the_sphere():
    """Its middle is the middle of the upper and the lower arc's middles, (1, 1, 1, 1) / 2."""
    found = square(np.eye(4), [0.5, 0.2], [0.5, 0.9])
    np.testing.assert_allclose(found[0, 0], np.full(4, 0.5), rtol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(found, axis=2), 1, rtol=1e-12)


def test_slerp_takes_places_as_well_as_a_number(rng):
    a, b = rng.randn(2, 6)
    np.testing.assert_array_equal(slerp(a, b, [0.25, 1]), slerp(a, b, 5)[[1, 4]])


@pytest.mark.parametrize("corners", [np.ones((3, 5)), np.full((4, 5), np.nan)])
def test_what_is_not_four_codes_is_refused(raises_one_line, corners):
    with raises_one_line("corners"):
        square(corners, [0.5], [0.5])
