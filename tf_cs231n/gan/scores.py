"""How good samples are: MNIST score, Frechet distance, histogram of digits, nearest pictures."""

import collections

import numpy as np

from tf_cs231n.arrays import check_array
from tf_cs231n.errors import InputError, shown

# score: the higher the better, at most 10. distance: the lower the better, 0 for equal statistics.
# histogram: (10,), the share of each digit.
Scores = collections.namedtuple("Scores", "score distance histogram")

DIGITS = (None, 28, 28)  # the shape of pictures


def judge(classifier, images, real_features):
    """`Scores` of pictures.

    Args:
      classifier: a `DigitClassifier`.
      images: uint8 (N, 28, 28).
      real_features: (M, F), the classifier's features of held-out real digits.
    """
    if not callable(classifier):
        raise InputError(f"classifier: got {shown(classifier)}, expected a DigitClassifier")
    real_features = _rows("real_features", real_features, 2)
    probabilities, features = classifier(check_array("images", images, DIGITS, np.uint8))
    return Scores(
        inception_score(probabilities),
        frechet_distance(features, real_features),
        digit_histogram(probabilities),
    )


def inception_score(probabilities):
    """``exp(E_x KL(p(y|x) || p(y)))``: pictures that are clear, and not all of one class.

    1 if all pictures get the same answer, K if each is surely one of K equally frequent classes.

    Args:
      probabilities: (N, K), rows that sum to 1.

    Source: Salimans et al. 2016, arXiv 1606.03498, section 4; on digits called MNIST score.

    >>> inception_score(np.eye(3))
    3.0
    >>> inception_score(np.ones((4, 2)) / 2)
    1.0
    """
    p = _probabilities(probabilities)
    marginal = p.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p > 0, p * (np.log(p) - np.log(marginal)), 0)  # 0 log 0 = 0
    return round(float(np.exp(terms.sum(axis=1).mean())), 12)


def frechet_distance(x, y):
    """``||mu_x - mu_y||^2 + tr(C_x + C_y - 2 (C_x C_y)^(1/2))`` of two clouds of features.

    The squared 2-Wasserstein distance between the Gaussians of their means and covariances. It
    is biased upwards for few rows: compare only figures from equally many.

    Args:
      x: (N, F).  y: (M, F); N and M at least 2.

    Source: Heusel et al. 2017, arXiv 1706.08500, eq. 6; on Inception's features called FID.

    >>> a = np.array([[0.0, 0], [2, 0], [0, 2], [2, 2]])
    >>> round(frechet_distance(a, a + [3, 4]), 9)
    25.0
    """
    x, y = _rows("x", x, 2), _rows("y", y, 2)
    if x.shape[1] != y.shape[1]:
        raise InputError(f"y: got {y.shape[1]} features, x has {x.shape[1]}")
    C_x, C_y = np.atleast_2d(np.cov(x, rowvar=False)), np.atleast_2d(np.cov(y, rowvar=False))
    # tr (C_x C_y)^(1/2) = tr (S C_y S)^(1/2) with S = C_x^(1/2), which is symmetric: its roots are
    # real, where a general matrix square root of nearly singular matrices is not.
    values, vectors = np.linalg.eigh(C_x)
    S = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    roots = np.sqrt(np.maximum(np.linalg.eigvalsh(S @ C_y @ S), 0))
    shift = np.sum(np.square(x.mean(axis=0) - y.mean(axis=0)))
    return float(max(shift + np.trace(C_x) + np.trace(C_y) - 2 * roots.sum(), 0.0))


def digit_histogram(probabilities):
    """The share of pictures whose likeliest class is each one, (K,)."""
    p = _probabilities(probabilities)
    return np.bincount(p.argmax(axis=1), minlength=p.shape[1]) / len(p)


def nearest_pictures(images, candidates, skip_self=False):
    """For each picture the most similar one among ``candidates``, by Euclidean distance.

    Args:
      images: uint8 (N, 28, 28).  candidates: uint8 (M, 28, 28).
      skip_self: ``candidates`` are ``images``: look for another one.

    Returns:
      indices int (N,), distances float64 (N,): root mean square of the pixels' differences, 0..1.
    """
    images = check_array("images", images, (None, None, None), np.uint8)
    candidates = check_array("candidates", candidates, (None, *images.shape[1:]), np.uint8)
    if skip_self and len(images) != len(candidates):
        raise InputError(f"skip_self: got {len(candidates)} candidates, expected the images")
    x = np.asarray(images, np.float64).reshape(len(images), -1) / 255
    y = np.asarray(candidates, np.float64).reshape(len(candidates), -1) / 255
    if len(y) < (2 if skip_self else 1):
        raise InputError(f"candidates: got {len(y)} pictures, too few to compare with")
    indices, squares = np.zeros(len(x), int), np.full(len(x), np.inf)
    for start in range(0, len(y), 5000):  # all of MNIST at once would take gigabytes
        part = y[start : start + 5000]
        distances = (x**2).sum(1)[:, None] - 2 * x @ part.T + (part**2).sum(1)
        if skip_self:
            own = np.arange(start, start + len(part))
            distances[own, own - start] = np.inf
        best = distances.argmin(axis=1)
        closer = distances[np.arange(len(x)), best] < squares
        squares[closer] = distances[closer, best[closer]]
        indices[closer] = start + best[closer]
    # The expansion above rounds; what is reported is computed from the difference.
    return indices, np.sqrt(np.square(x - y[indices]).mean(axis=1))


def _rows(name, values, least):
    values = np.asarray(check_array(name, values, (None, None)), np.float64)
    if len(values) < least:
        raise InputError(f"{name}: got shape {values.shape}, expected at least {least} rows")
    return values


def _probabilities(probabilities):
    p = _rows("probabilities", probabilities, 1)
    if p.min() < 0 or np.abs(p.sum(axis=1) - 1).max() > 1e-3:
        raise InputError("probabilities: expected rows of numbers from 0 on that sum to 1")
    return p
