"""Is a map faithful? Deletion and insertion curves, and the weight randomization test.

A map may be pretty and say nothing about the network. Two questions test it. Does the probability
of the class fall quickly when the pixels that the map names are deleted, and rise quickly when they
are inserted? Does the map change when the network's weights are randomized?
"""

import collections

import numpy as np
from scipy.integrate import trapezoid
from scipy.stats import rankdata

from tf_cs231n import checks
from tf_cs231n.errors import InputError
from tf_cs231n.graph_model import BoundModel
from tf_cs231n.images import blur_image
from tf_cs231n.interruption import stoppable
from tf_cs231n.ops.subgraph import weight_tensors

# fractions: (steps + 1,) of pixels changed, 0..1. probabilities: (N, steps + 1) of the class.
# areas: (N,), under the curves, 0..1.
Curves = collections.namedtuple("Curves", "fractions probabilities areas")


def deletion_curves(X, y, maps, model, sess=None, baseline=0, steps=50, stop=None):
    """The class's probability while pixels are deleted, highest ranked first.

    Args:
      X: images (N, H, W, C), as the model takes them.
      y: classes, ints (N,), or one int for all.
      maps: (N, H, W), greater where a pixel matters more.
      model, sess: as for `saliency.compute_saliency_maps`.
      baseline: what a deleted pixel becomes, a number or an array that broadcasts to X.
      steps: in how many equal portions the pixels go.
      stop: an `interruption.Stop` that ends the work between batches; None: Ctrl-C does.

    Returns:
      `Curves`; a small area is good.

    Source: Petsiuk, Das, Saenko 2018, RISE, arXiv 1806.07421, section 4.
    """
    return _curves(lambda X: (X, baseline), X, y, maps, model, sess, steps, stop)


def insertion_curves(X, y, maps, model, sess=None, baseline=None, steps=50, stop=None):
    """The class's probability while pixels are inserted into a blurred image, highest ranked first.

    Args:
      X, y, maps, model, sess, steps, stop: as for `deletion_curves`.
      baseline: the image that pixels are inserted into; None: X blurred by a twentieth of its
        shorter side, so that no edge comes in with the first pixels.

    Returns:
      `Curves`; a large area is good.
    """

    def ends(X):
        return blur_image(X, min(X.shape[1:3]) / 20) if baseline is None else baseline, X

    return _curves(ends, X, y, maps, model, sess, steps, stop)


def _curves(ends, X, y, maps, model, sess, steps, stop):
    """Go from one of ``ends(X)`` to the other, X and a baseline, in the order of the maps."""
    net = BoundModel(model, sess)
    X, y = net.inputs(X, y)
    N, H, W, C = X.shape
    maps = checks.array("maps", maps, f"{N} {H} {W}")
    checks.counts(steps=steps)
    start, end = (checks.broadcast("baseline", image, X) for image in ends(X))
    changed = np.round(np.linspace(0, H * W, steps + 1)).astype(int)
    size = net.chunk(X.shape)
    probabilities = np.empty((N, steps + 1))
    with stoppable(stop) as stop:
        for n in range(N):
            # When a pixel's turn is: 0 for the one ranked highest; equals in reading order.
            turn = np.empty(H * W, int)
            turn[np.argsort(-maps[n], axis=None, kind="stable")] = np.arange(H * W)
            turn = turn.reshape(H, W, 1)
            for first in range(0, steps + 1, size):
                stop.check()
                counts = changed[first : first + size]
                images = np.where(turn < counts[:, None, None, None], end[n], start[n])
                scores = net.run(net.scores, images)
                probabilities[n, first : first + size] = net.probabilities(scores, X)[:, y[n]]
    fractions = changed / (H * W)
    return Curves(fractions, probabilities, trapezoid(probabilities, fractions, axis=1))


def weight_randomization_test(explain, X, y, model, sess=None, seed=0, stages=None, stop=None):
    """Rank correlation of maps with those of the network whose top layers are randomized.

    From the last layer to the first, each kernel's numbers are shuffled and stay so: at stage k the
    last k kernels are. A faithful method's correlation falls towards 0. The variables keep their
    values: other weights are fed for the runs of this test alone.

    Args:
      explain: ``explain(X, y, model, sess)`` giving maps (N, H, W).
      X, y, model, sess: as for `deletion_curves`.
      seed: of the shuffles.
      stages: how many kernels to shuffle at each stage, rising; None: one more each time, to all.
      stop: an `interruption.Stop` that ends the work between stages; None: Ctrl-C does.

    Returns:
      Dict of the name of the last kernel shuffled to Spearman's rank correlation of the maps'
      magnitudes with the undisturbed network's, the mean over images; 0 for a constant map.

    Raises:
      InputError: no kernel lies between image and scores, or ``explain`` gives something else.

    Source: Adebayo et al. 2018, arXiv 1810.03292, cascading randomization.
    """
    net = BoundModel(model, sess)
    X, y = net.inputs(X, y)
    kernels = weight_tensors(net.image, net.scores)[::-1]
    if not kernels:
        raise InputError("weight randomization: there is no kernel between image and scores")
    stages = range(1, len(kernels) + 1) if stages is None else stages
    checks.indices(len(kernels) + 1, stages=(np.asarray(stages), "stages"))
    rng = np.random.RandomState(seed)

    def magnitudes(model):
        maps = explain(X, y, model, net.sess)
        return np.abs(checks.array("explain's maps", maps, " ".join(map(str, X.shape[:3]))))

    values = net.fetch(kernels[: max(stages)], {})
    shuffled = [rng.permutation(value.ravel()).reshape(value.shape) for value in values]
    original = magnitudes(model)
    correlations = {}
    with stoppable(stop) as stop:
        for stage in stages:
            stop.check()
            feed = {**net.fed, **dict(zip(kernels[:stage], shuffled))}
            pairs = zip(original, magnitudes(_Fed(model, feed)))
            correlations[kernels[stage - 1].op.name] = float(
                np.mean([_spearman(a, b) for a, b in pairs])
            )
    return correlations


class _Fed:
    """A model that is fed other values; the rest is the model's."""

    def __init__(self, model, feed):
        self._model = model
        self.feed = feed

    def __getattr__(self, name):
        return getattr(self._model, name)


def _spearman(a, b):
    a, b = (rankdata(array, axis=None) for array in (a, b))
    a, b = a - a.mean(), b - b.mean()
    norm = np.sqrt((a @ a) * (b @ b))
    return a @ b / norm if norm else 0.0
