"""What is kept while a picture is made: the count, the losses by part, the best picture so far."""

import numpy as np

from tf_cs231n.errors import InputError


class NotFinite(InputError):
    """The loss or its gradient is NaN or infinite."""


class Progress:
    """Where the work stands; handed to the callback after each evaluation of the loss.

    Attributes:
      evaluation: how many evaluations there were, over all sizes.
      num_evaluations: how many there will be at most.
      size: (H, W) of the picture now.
      losses: `Losses` of this evaluation: content, style, tv and total.
      history: the losses of all evaluations at this size, in order.
      picture: the best picture so far, uint8 (H, W, 3); made when it is asked for.
    """

    def __init__(self, num_evaluations, callback=None):
        self.num_evaluations = num_evaluations
        self.evaluation = 0
        self.callback = callback
        self.best = self.best_losses = self.losses = None

    def start(self, objective, size, finish):
        """Begin a size; ``finish`` makes a picture of pixels. Returns the optimiser's function."""
        self.size, self.finish = size, finish
        self.history = []
        self.best_losses = None  # losses of two sizes don't compare

        def evaluate(pixels):
            losses, gradient = objective(pixels)
            self.evaluation += 1
            # A sum of numbers is finite if they are, short of overflow in float64.
            if not np.isfinite(losses.total) or not np.isfinite(gradient.sum(dtype=np.float64)):
                raise NotFinite(
                    f"the loss is not finite ({losses.total}) at evaluation {self.evaluation}; "
                    "choose lower weights"
                )
            self.losses = losses
            self.history.append(losses)
            if self.best_losses is None or losses.total < self.best_losses.total:
                self.best, self.best_losses = pixels, losses
            if self.callback is not None:
                self.callback(self)
            return losses.total, gradient

        return evaluate

    @property
    def picture(self):
        return self.finish(self.best)
