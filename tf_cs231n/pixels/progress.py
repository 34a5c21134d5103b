"""What is kept while an image is optimized: the count, the losses by part, the best image."""

import time
import warnings

import numpy as np

from tf_cs231n.errors import InputError

PATIENCE = 20  # evaluations after which style should have fallen
FALLEN = 0.9  # to this part of what it was, or less


class ImageProgress:
    """Where the work stands; handed to the callback after each evaluation of the losses.

    Attributes:
      levels: a list of ((H, W), evaluations at most) for each size, from coarse to fine.
      evaluation: the number of evaluations so far, over all sizes.
      max_evaluations: how many there will be at most.
      size: (H, W) of the image now.
      losses: the losses of this evaluation by part, a namedtuple of floats with a ``total``.
      history: the losses of all evaluations at this size, in order.
      image: the best image so far, uint8 (H, W, 3); made when it is asked for.
    """

    def __init__(self, levels, stop, callback=None, patience=PATIENCE):
        self.levels, self.max_evaluations = levels, sum(count for _, count in levels)
        self.stop, self.callback = stop, callback
        self.evaluation, self.patience = 0, patience
        self._seconds = []  # that each evaluation at the first size took
        self.best = self.best_losses = self.losses = None

    def start(self, objective, size, finish):
        """Begin a size; ``finish`` makes an image of pixels. Returns the optimizer's function.

        That function raises `Stopped` once the work shall end, so no optimizer needs to ask.
        """
        self.size, self._finish = size, finish
        self.history = []
        self.best_losses = None  # losses of two sizes cannot be compared
        before = time.perf_counter()

        def evaluate(pixels):
            nonlocal before
            losses, gradient = objective(pixels)
            self.evaluation += 1
            if size == self.levels[0][0]:  # from one to the next, so the optimizer's time counts
                self._seconds.append(time.perf_counter() - before)
                before += self._seconds[-1]
            # A sum of numbers is finite if they are, short of overflow in float64.
            if not np.isfinite(losses.total) or not np.isfinite(gradient.sum(dtype=np.float64)):
                raise InputError(
                    f"the loss is not finite ({losses.total}) at evaluation {self.evaluation}; "
                    "choose lower weights"
                )
            self.losses = losses
            self.history.append(losses)
            if self.best_losses is None or losses.total < self.best_losses.total:
                self.best, self.best_losses = pixels, losses
            if self.evaluation == len(self.history) == self.patience:
                self.look_at_style()
            if self.callback is not None:
                self.callback(self)
            self.stop.check()
            return losses.total, gradient

        return evaluate

    @property
    def image(self):
        return self._finish(self.best)

    def expected_seconds(self):
        """How long all evaluations take, judged by those so far; the first is never typical."""
        (H, W), _ = self.levels[0]
        pixels = sum(h * w * count for (h, w), count in self.levels)
        return float(np.median(self._seconds[1:] or self._seconds)) * pixels / (H * W)

    def look_at_style(self):
        """Warn if the best image at the first size has no more of the style than the start."""
        first, now = self.history[0].style, self.best_losses.style
        if first > 0 and now > FALLEN * first:
            warnings.warn(
                f"after {self.evaluation} evaluations the style loss is {now / first:.0%} of what "
                "it was: the image stays as it is; lower content_weight or raise style_weights",
                RuntimeWarning,
                stacklevel=2,
            )
