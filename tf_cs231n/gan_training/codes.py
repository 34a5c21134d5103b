"""Codes: the noise vectors that a generator makes images of, and the ways between them."""

import numpy as np

from tf_cs231n import checks
from tf_cs231n.gan import slerp


def square(corners, x, y):
    """The codes between four: spherical interpolations of spherical interpolations.

    From the first corner to the second, and from the third to the fourth, by x; then from the upper
    code to the lower by y. (The other order, y before x, gives slightly other codes inside.)

    Args:
      corners: (4, dim): upper left, upper right, lower left, lower right.
      x: places (W,), 0 at the left to 1 at the right.
      y: places (H,), 0 at the top to 1 at the bottom.

    Returns:
      float array (H, W, dim).

    Source: `gan.slerp`.

    >>> corners = np.array([[2.0, 0, 0], [0, 2.0, 0], [0, 0, 2.0], [0, 0, 2.0]])
    >>> square(corners, [0, 0.5, 1], [0, 1]).round(3).tolist()
    [[[2.0, 0.0, 0.0], [1.414, 1.414, 0.0], [0.0, 2.0, 0.0]], \
[[0.0, 0.0, 2.0], [0.0, 0.0, 2.0], [0.0, 0.0, 2.0]]]
    """
    corners = checks.array("corners", corners, "C dim", {"C": 4})
    x, y = checks.array("x", x, "W"), checks.array("y", y, "H")
    upper, lower = slerp(*corners[:2], x), slerp(*corners[2:], x)
    return np.stack([slerp(a, b, y) for a, b in zip(upper, lower)], axis=1)
