"""The signs that a generator has collapsed, to be told while it trains."""

import numpy as np

from tf_cs231n.arrays import check_array, real_array
from tf_cs231n.errors import InputError, one_of
from tf_cs231n.gan.model import D_LOSS_AT_BALANCE, LOSSES
from tf_cs231n.gan.scores import DIGITS, nearest_pictures

RARE = 0.01  # a digit with a smaller share of the samples is missing
TWINS = 0.1  # samples closer than a tenth of what real digits are to one another
MANY_TWINS = 0.1
WON = 0.02  # of the loss of a discriminator that cannot tell real from fake


def duplicate_share(samples, real):
    """The share of samples that have a twin among them.

    A twin is closer than a tenth of the median distance from a real digit to its nearest other,
    among as many real digits.

    Args:
      samples, real: uint8 (N, 28, 28), N at least 2.
    """
    samples = check_array("samples", samples, DIGITS, np.uint8)
    real = check_array("real", real, DIGITS, np.uint8)[: len(samples)]
    if min(len(samples), len(real)) < 2:
        raise InputError(f"samples, real: got {len(samples)}, {len(real)}, expected at least 2")
    usual = np.median(nearest_pictures(real, real, skip_self=True)[1])
    return float(np.mean(nearest_pictures(samples, samples, skip_self=True)[1] < TWINS * usual))


def signs_of_collapse(samples, real, D_losses, loss="lsgan", histogram=None):
    """What looks like collapse, as short sentences; none: ``[]``.

    Args:
      samples: uint8 (N, 28, 28).  real: training digits, at least as many.
      D_losses: the discriminator's losses of the last steps.
      loss: which loss, a key of `LOSSES`.
      histogram: (10,), the share of each digit among many samples; None: not known.
    """
    one_of("loss", loss, LOSSES)
    if real_array("D_losses", D_losses).size:
        check_array("D_losses", D_losses, (None,))
    signs = []
    if histogram is not None:
        histogram = check_array("histogram", histogram, (10,))
        missing = [str(digit) for digit in range(10) if histogram[digit] < RARE]
        if missing:
            signs.append(f"no {', '.join(missing)} among the samples")
    twins = duplicate_share(samples, real)
    if twins > MANY_TWINS:
        signs.append(f"{twins:.0%} of the samples are duplicates")
    if loss in D_LOSS_AT_BALANCE and len(D_losses):
        mean = float(np.mean(D_losses))
        if mean < WON * D_LOSS_AT_BALANCE[loss]:
            signs.append(f"the discriminator has won (its loss is {mean:.2g})")
    return signs
