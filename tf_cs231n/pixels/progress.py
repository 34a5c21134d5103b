"""What is kept while an image is optimized: the count, the losses by part, the best image."""

import numpy as np

from tf_cs231n.errors import InputError


class ImageProgress:
    """Where the work stands; handed to the callback after each evaluation of the losses.

    Attributes:
      evaluation: the number of evaluations so far, over all sizes.
      max_evaluations: how many there will be at most.
      size: (H, W) of the image now.
      losses: the losses of this evaluation by part, a namedtuple of floats with a ``total``.
      history: the losses of all evaluations at this size, in order.
      image: the best image so far, uint8 (H, W, 3); made when it is asked for.
    """

    def __init__(self, max_evaluations, stop, callback=None):
        self.max_evaluations = max_evaluations
        self.stop, self.callback = stop, callback
        self.evaluation = 0
        self.best = self.best_losses = self.losses = None

    def start(self, objective, size, finish):
        """Begin a size; ``finish`` makes an image of pixels. Returns the optimizer's function.

        That function raises `Stopped` once the work shall end, so no optimizer needs to ask.
        """
        self.size, self._finish = size, finish
        self.history = []
        self.best_losses = None  # losses of two sizes cannot be compared

        def evaluate(pixels):
            losses, gradient = objective(pixels)
            self.evaluation += 1
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
            if self.callback is not None:
                self.callback(self)
            self.stop.check()
            return losses.total, gradient

        return evaluate

    @property
    def image(self):
        return self._finish(self.best)
