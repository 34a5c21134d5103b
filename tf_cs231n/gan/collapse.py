"""The signs that a generator has collapsed, to be told while it trains."""

import numpy as np

from tf_cs231n.gan.model import D_LOSS_AT_BALANCE
from tf_cs231n.gan.scores import nearest_pictures

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
    real = real[: len(samples)]
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
    signs = []
    if histogram is not None:
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
