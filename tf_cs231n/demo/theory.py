"""The theory behind the losses: unit balls of norms, and the landscape that a fit descends."""

import os
import time

from tf_cs231n.demo import Entry
from tf_cs231n.plots import save_figure
from tf_cs231n.plots import theory_examples as examples

TITLE = "The theory behind the losses"
TEXT = (
    "The style loss is a squared Frobenius norm; the classifier's, the captioner's and the "
    "discriminator's losses are cross-entropies. A norm is known by its unit ball, a likelihood "
    "by the landscape in which a fit descends."
)

COMMAND = "tf-cs231n demo --only theory"


def entries(folder):
    """Draw each figure into ``folder`` and yield its `Entry`."""
    for name, draw, caption, settings in (
        (
            "unit_balls.png",
            examples.draw_unit_balls,
            "Unit balls of the vector norms. The smaller p, the more the corners reach along the "
            "axes: that is why a penalty with p = 1 gives sparse solutions. Below p = 1 the ball "
            "is not convex, and the triangle inequality fails.",
            "p = 1/2, 1, 3/2, 2, 4, infinity",
        ),
        (
            "schatten_balls.png",
            examples.draw_schatten_balls,
            "Unit balls of the Schatten norms of symmetric 2x2 matrices. The nuclear ball is a "
            "cylinder whose sharp rims are the matrices of rank one, the Frobenius ball a sphere, "
            "the spectral ball a double cone with plus and minus the identity at its tips.",
            "p = 1/2, 1, 2, infinity",
        ),
        (
            "one_minimizer.png",
            examples.draw_one_minimum,
            "Twenty tosses of a coin, seven heads. Negative log-likelihood and cross-entropy are "
            "the same number; the KL divergence lies lower by the data's entropy everywhere. All "
            "three have their minimum at the share of heads.",
            "Bernoulli model, 20 samples",
        ),
        (
            "kl_landscape.png",
            examples.draw_kl_landscape,
            "A Gaussian q fitted to data p with two modes. Maximum likelihood descends KL(p || q): "
            "q must cover all of p, and matches its mean and std. The other direction, KL(q || p), "
            "punishes q where p is small: it settles on the mode nearest to the start.",
            "gradient descent, 400 steps of 0.05 from mean -1.2, std 0.8",
        ),
    ):
        start = time.time()
        save_figure(draw(), os.path.join(folder, name))
        yield Entry(name, caption, settings, time.time() - start, COMMAND)
