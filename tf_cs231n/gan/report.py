"""Samples beside real digits and pure noise, and the search for memorised training pictures."""

import collections

import numpy as np

from tf_cs231n.arrays import check_array
from tf_cs231n.errors import InputError, check_number, check_seed, shown
from tf_cs231n.gan.classifier import check_digits
from tf_cs231n.gan.scores import DIGITS, judge, nearest_pictures

# copies: the share of samples nearer to a training picture than all but the nearest `usual` of
# the held-out digits. Distances are medians, root mean square of the pixels' differences.
Memory = collections.namedtuple(
    "Memory", "copies usual sample_distance real_distance nearest distances"
)


def compare(classifier, samples, digits, seed=0):
    """`Scores` of samples, of real digits and of noise, each set of the same size if there is room.

    The held-out digits give the features that all are compared with; "real digits" are training
    pictures, so their distance is what a perfect generator would reach.

    Returns:
      dict of 'samples', 'real digits', 'pure noise' to `Scores`.
    """
    rng = np.random.RandomState(check_seed("seed", seed))
    check_digits(digits)
    samples = check_array("samples", samples, DIGITS, np.uint8)
    if not callable(classifier):
        raise InputError(f"classifier: got {shown(classifier)}, expected a DigitClassifier")
    _, held_out = classifier(digits.test_images)
    number = len(samples)
    chosen = rng.permutation(len(digits.train_images))[:number]
    noise = rng.randint(0, 256, [number, 28, 28]).astype(np.uint8)
    sets = {"samples": samples, "real digits": digits.train_images[chosen], "pure noise": noise}
    return {name: judge(classifier, images, held_out) for name, images in sets.items()}


def memorised(samples, digits, usual=0.01):
    """Whether a generator copies: its samples' distances to the nearest training pictures.

    Held-out digits tell how near an honest picture comes: if far more than ``usual`` of the
    samples are nearer than the nearest ``usual`` of those, the generator has memorised.

    Returns:
      `Memory`; ``nearest`` and ``distances`` have an entry for each sample.
    """
    check_digits(digits)
    check_number("usual", usual, 0, most=1)
    samples = check_array("samples", samples, DIGITS, np.uint8)
    nearest, distances = nearest_pictures(samples, digits.train_images)
    _, real = nearest_pictures(digits.test_images[:1000], digits.train_images)
    copies = float(np.mean(distances < np.quantile(real, usual)))
    return Memory(copies, usual, np.median(distances), np.median(real), nearest, distances)
