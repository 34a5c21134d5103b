"""How good samples are: scores, distances, copies of training images, and signs of collapse.

All images are uint8 (N, H, W) or (N, H, W, 3). ``digits`` are `datasets.Digits`, ``classifier`` is
a `DigitClassifier`, or for images without labels `features.ImageFeatures`.
"""

import collections

import numpy as np

from tf_cs231n import checks
from tf_cs231n.gan import D_LOSS_AT_BALANCE
from tf_cs231n.interruption import stoppable

# score: the higher the better, at most 10. distance: the lower the better, 0 for equal statistics.
# histogram: (10,), the fraction of each digit. Without labels score and histogram are None.
Scores = collections.namedtuple("Scores", "score distance histogram")

# copies: the fraction of samples closer to a training image than all but the closest `usual` of
# the held-out digits. Distances are medians, root mean square of the pixels' differences.
# nearest, distances: the index of the nearest training image and its distance, for each sample.
Memorization = collections.namedtuple(
    "Memorization", "copies usual sample_distance real_distance nearest distances"
)

RARE = 0.01  # a digit with a smaller fraction of the samples is missing
DUPLICATE_DISTANCE = 0.1  # of the distance that real digits have to one another
MANY_DUPLICATES = 0.1
D_WON_BELOW = 0.02  # of the loss of a discriminator that cannot tell real from fake


def inception_score(probabilities):
    """``exp(E_x KL(p(y|x) || p(y)))``: high if images are clear, and not all of one class.

    1 if all images get the same answer, K if each is surely one of K equally frequent classes.

    Args:
      probabilities: (N, K), rows that sum to 1.

    Source: Salimans et al. 2016, arXiv 1606.03498, section 4; on digits called MNIST score.

    >>> inception_score(np.eye(3))
    3.0
    >>> inception_score(np.ones((4, 2)) / 2)
    1.0
    """
    p = checks.array("probabilities", probabilities, "N K")
    marginal = p.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p > 0, p * (np.log(p) - np.log(marginal)), 0)  # 0 log 0 = 0
    return round(float(np.exp(terms.sum(axis=1).mean())), 12)


def frechet_distance(x, y):
    """``||mu_x - mu_y||^2 + tr(C_x + C_y - 2 (C_x C_y)^(1/2))`` of two clouds of features.

    The squared 2-Wasserstein distance between the Gaussians of their means and covariances. It
    is biased upwards for few rows: compare only results from equally many.

    Args:
      x: (N, F).  y: (M, F); N and M at least 2.

    Source: Heusel et al. 2017, arXiv 1706.08500, eq. 6; on Inception's features called FID.

    >>> a = np.array([[0.0, 0], [2, 0], [0, 2], [2, 2]])
    >>> round(frechet_distance(a, a + [3, 4]), 9)
    25.0
    """
    checks.shapes(x=(x, "N F"), y=(y, "M F"))
    C_x, C_y = np.atleast_2d(np.cov(x, rowvar=False)), np.atleast_2d(np.cov(y, rowvar=False))
    # tr (C_x C_y)^(1/2) = tr (S C_y S)^(1/2) with S = C_x^(1/2), which is symmetric: its roots are
    # real, where a general matrix square root of nearly singular matrices is not.
    values, vectors = np.linalg.eigh(C_x)
    S = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    roots = np.sqrt(np.maximum(np.linalg.eigvalsh(S @ C_y @ S), 0))
    shift = np.sum(np.square(x.mean(axis=0) - y.mean(axis=0)))
    return float(max(shift + np.trace(C_x) + np.trace(C_y) - 2 * roots.sum(), 0.0))


def digit_histogram(probabilities):
    """The fraction of images whose most probable class is each one: (N, K) to (K,)."""
    K = probabilities.shape[1]
    return np.bincount(probabilities.argmax(axis=1), minlength=K) / len(probabilities)


def score_samples(classifier, images, real_features):
    """`Scores` of images, beside the features (M, F) of held-out real digits."""
    probabilities, features = classifier(images)
    distance = frechet_distance(features, real_features)
    if probabilities is None:
        return Scores(None, distance, None)
    return Scores(inception_score(probabilities), distance, digit_histogram(probabilities))


def compare_samples(classifier, samples, digits, seed=0):
    """`Scores` of samples, of real images and of noise, as many of each if there are so many.

    All are compared with the features of the held-out images. The real ones are training images,
    so their distance is what a perfect generator would reach.

    Returns:
      dict of 'samples', 'real digits' (or 'real images'), 'pure noise' to `Scores`.
    """
    rng = np.random.RandomState(seed)
    _, held_out = classifier(digits.test_images)
    number = len(samples)
    chosen = rng.permutation(len(digits.train_images))[:number]
    noise = rng.randint(0, 256, samples.shape).astype(np.uint8)
    real = "real images" if digits.train_labels is None else "real digits"
    sets = {"samples": samples, real: digits.train_images[chosen], "pure noise": noise}
    return {name: score_samples(classifier, images, held_out) for name, images in sets.items()}


def nearest_images(images, candidates, skip_self=False, stop=None):
    """For each image the most similar one among ``candidates``, by Euclidean distance.

    Args:
      images: uint8 (N, H, W) or (N, H, W, 3).  candidates: uint8 (M, ...), of the same shape.
      skip_self: ``candidates`` are ``images``: look for another one.
      stop: an `interruption.Stop`.

    Returns:
      indices int (N,), distances float64 (N,): root mean square of the pixels' differences, 0..1.
    """
    x = _rows(images)
    indices, squares = np.zeros(len(x), int), np.full(len(x), np.inf)
    at_once = max(1, 4_000_000 // x.shape[1])  # all of MNIST would take gigabytes
    with stoppable(stop) as stop:
        for start in range(0, len(candidates), at_once):
            part = _rows(candidates[start : start + at_once])
            distances = (x**2).sum(1)[:, None] - 2 * x @ part.T + (part**2).sum(1)
            if skip_self:
                own = np.arange(start, start + len(part))
                distances[own, own - start] = np.inf
            best = distances.argmin(axis=1)
            closer = distances[np.arange(len(x)), best] < squares
            squares[closer] = distances[closer, best[closer]]
            indices[closer] = start + best[closer]
            stop.check()
    # The expansion above rounds; what is reported is computed from the difference.
    return indices, np.sqrt(np.square(x - _rows(candidates[indices])).mean(axis=1))


def _rows(images):
    return np.asarray(images, np.float64).reshape(len(images), -1) / 255


def memorization(samples, digits, usual=0.01, stop=None):
    """Whether a generator copies: its samples' distances to the nearest training images.

    Held-out digits show how close an honest image comes: if far more than the fraction ``usual`` of
    the samples are closer than the closest ``usual`` of those, the generator has memorized.

    Returns:
      `Memorization`.
    """
    nearest, distances = nearest_images(samples, digits.train_images, stop=stop)
    _, real = nearest_images(digits.test_images[:1000], digits.train_images, stop=stop)
    copies = float(np.mean(distances < np.quantile(real, usual)))
    return Memorization(copies, usual, np.median(distances), np.median(real), nearest, distances)


def duplicate_share(samples, real):
    """The fraction of samples that have a duplicate among them.

    A duplicate is closer than a tenth of the median distance from a real digit to its nearest
    other, among as many real digits. There must be at least 2 of both.
    """
    real = real[: len(samples)]
    usual = np.median(nearest_images(real, real, skip_self=True)[1])
    _, distances = nearest_images(samples, samples, skip_self=True)
    return float(np.mean(distances < DUPLICATE_DISTANCE * usual))


def signs_of_collapse(samples, real, D_losses, loss="lsgan", histogram=None):
    """What looks like collapse, as short sentences; none: ``[]``.

    Args:
      real: training digits, at least as many as samples.
      D_losses: the discriminator's losses of the last steps.
      loss: which loss, a key of `gan.LOSSES`.
      histogram: (10,), the fraction of each digit among many samples; None: not known.
    """
    signs = []
    if histogram is not None:
        missing = [str(digit) for digit in range(10) if histogram[digit] < RARE]
        if missing:
            signs.append(f"no {', '.join(missing)} among the samples")
    duplicates = duplicate_share(samples, real)
    if duplicates > MANY_DUPLICATES:
        signs.append(f"{duplicates:.0%} of the samples are duplicates")
    if loss in D_LOSS_AT_BALANCE and len(D_losses):
        mean = float(np.mean(D_losses))
        if mean < D_WON_BELOW * D_LOSS_AT_BALANCE[loss]:
            signs.append(f"the discriminator has won (its loss is {mean:.2g})")
    return signs


class CollapseWatch:
    """Looks at a training's samples from time to time, and names each sign of collapse as it comes.

    Args:
      real: training images.
      loss: which loss, a key of `gan.LOSSES`.
      steps: how many there will be; the first quarter, 100 to 1,000 steps, is too early to tell.
      classifier: a `DigitClassifier`, by which digits are missed; or None.
    """

    def __init__(self, real, loss, steps, classifier=None):
        self._real, self._loss, self._classifier = real, loss, classifier
        self._first = max(100, min(1000, steps / 4))
        self._recent, self._told = collections.deque(maxlen=100), []

    def look(self, step, D_loss, samples):
        """The signs that were not there at the last look; samples: None after most steps."""
        self._recent.append(D_loss)
        if samples is None or step < self._first or min(len(samples), len(self._real)) < 2:
            return []
        histogram = None
        if self._classifier is not None:
            histogram = digit_histogram(self._classifier(samples)[0])
        signs = signs_of_collapse(samples, self._real, self._recent, self._loss, histogram)
        new, self._told = [sign for sign in signs if sign not in self._told], signs
        return new
