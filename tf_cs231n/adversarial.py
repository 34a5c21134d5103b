"""Adversarial images within a norm: the fast gradient sign method and projected gradient descent.

Where `saliency.make_fooling_image` goes until the class changes, these stay within a ball of radius
epsilon about the image and do their worst there. They descend the target's cross-entropy; without a
target they ascend the present class's.

Changes are measured in ``unit``s of the model's input: with ``PIXEL_LEVEL`` epsilon is in levels of
0..255 for SqueezeNet, whose channels are scaled differently.
"""

import numpy as np

from tf_cs231n import checks
from tf_cs231n.errors import InputError, shown
from tf_cs231n.graph_model import BoundModel
from tf_cs231n.saliency import (
    PIXEL_BOUNDS,
    PIXEL_LEVEL,
    pixel_bounds,
    step_until_fooled,
    unit_length,
)

NORMS = ("linf", "l2")


def fast_gradient_sign(
    X,
    target_y,
    model,
    sess=None,
    epsilon=2.0,
    true_y=None,
    unit=PIXEL_LEVEL,
    bounds=PIXEL_BOUNDS,
):
    """One step to the corner of the Linf ball: ``x - epsilon sign(d loss_target / d x)``.

    Every image takes it, also one that the model takes for the target already.

    Args:
      X: images (N, H, W, C), float, as the model takes them.
      target_y: the target class, an int or ints (N,); None: any class but ``true_y``.
      model, sess: as for `saliency.compute_saliency_maps`.
      epsilon: the change of every pixel, in units.
      true_y: without a target, the classes to leave; None: those the model gives X.
      unit: what one unit is in the model's input, a number or an array (C,).
      bounds: least and greatest value of a pixel, numbers or arrays (C,); infinity: none.

    Returns:
      A `saliency.Fooling`; ``l2`` and ``linf`` are in units.

    Raises:
      InputError: an argument out of range, or one that does not fit the model.

    Source: Goodfellow, Shlens, Szegedy 2015, arXiv 1412.6572, equation in section 4; with a target,
      Kurakin et al. 2017, arXiv 1611.01236.
    """
    return projected_gradient_descent(
        X,
        target_y,
        model,
        sess,
        epsilon=epsilon,
        norm="linf",
        step_size=epsilon,
        max_iterations=1,
        random_start=False,
        early_stop=False,
        true_y=true_y,
        unit=unit,
        bounds=bounds,
    )


def projected_gradient_descent(
    X,
    target_y,
    model,
    sess=None,
    epsilon=2.0,
    norm="linf",
    step_size=None,
    max_iterations=40,
    random_start=True,
    early_stop=True,
    true_y=None,
    unit=PIXEL_LEVEL,
    bounds=PIXEL_BOUNDS,
    seed=0,
    callback=None,
    stop=None,
):
    """Steepest steps, each followed by the projection onto the ball and the range of pixels.

    ``d <- project(d - step_size v)``, where d is the change in units and v the gradient's sign
    (linf) or the gradient over its L2 norm (l2).

    Args:
      X, target_y, model, sess, true_y, unit, bounds: as for `fast_gradient_sign`.
      epsilon: the ball's radius in units.
      norm: 'linf' or 'l2', of each image.
      step_size: in units; None: epsilon / 4.
      max_iterations: the most steps.
      random_start: begin at a random point of the ball, not at X.
      early_stop: an image that is fooled takes no further step; False: all take all steps.
      seed: of the start.
      callback: ``callback(step, X_fooling, scores)`` before each step and at the end, or None.
      stop: an `interruption.Stop` that ends the steps; None: Ctrl-C does.

    Returns:
      A `saliency.Fooling`; ``l2`` and ``linf`` are in units, within epsilon to rounding.

    Raises:
      InputError: an argument out of range, or one that does not fit the model.

    Source: Madry et al. 2018, arXiv 1706.06083.
    """
    step_size = epsilon / 4 if step_size is None else step_size
    checks.one_of(NORMS, norm=norm)
    checks.numbers(above=0, epsilon=epsilon, step_size=step_size)
    checks.counts(0, max_iterations=max_iterations)
    rng = np.random.RandomState(seed)
    net = BoundModel(model, sess)
    X, y, sign = _goal(net, X, target_y, true_y)
    unit = checks.broadcast("unit", unit, X[0, 0, 0])
    if not (unit > 0).all():
        raise InputError(f"unit: got {shown(unit)}, expected numbers above 0")
    black, white = pixel_bounds(bounds, X[0, 0, 0])
    # The range of pixels as a range of changes; X may leave it by rounding.
    low, high = np.minimum((black - X) / unit, 0), np.maximum((white - X) / unit, 0)
    change = np.zeros_like(X)
    if random_start:
        change = _random_in_ball(rng, X.shape, epsilon, norm)
        change = np.clip(change.astype(X.dtype), low, high)

    def step(rows, images, gradient):
        steepest = gradient * unit  # the chain rule: x = X + d unit
        steepest = np.sign(steepest) if norm == "linf" else unit_length(steepest)
        moved = project(change[rows] + sign * step_size * steepest, epsilon, norm)
        change[rows] = np.clip(moved, low[rows], high[rows])
        return X[rows] + change[rows] * unit

    def is_fooled(scores):
        return (scores.argmax(axis=1) == y) == (sign < 0)

    return step_until_fooled(
        net,
        X,
        y,
        X + change * unit,
        net.loss_gradient(),
        step,
        is_fooled,
        max_iterations,
        callback,
        stop,
        unit,
        early_stop,
    )


def project(change, epsilon, norm):
    """The nearest point of the ball of radius ``epsilon``, for each image's change (N, H, W, C)."""
    if norm == "linf":
        return np.clip(change, -epsilon, epsilon)
    lengths = np.sqrt(np.einsum("nhwc,nhwc->n", change, change))
    factors = np.minimum(1, epsilon / np.maximum(lengths, np.finfo(change.dtype).tiny))
    return change * factors[:, None, None, None].astype(change.dtype)


def _goal(net, X, target_y, true_y):
    """X, the class of the loss, and the sign of the step: down to a target, up from a class."""
    if target_y is not None:
        return net.inputs(X, target_y, "target_y") + (-1,)
    X, y = net.inputs(X, 0 if true_y is None else true_y, "true_y")
    if true_y is None:
        y = net.run(net.scores, X).argmax(axis=1).astype(np.int32)
    return X, y, 1


def _random_in_ball(rng, shape, epsilon, norm):
    if norm == "linf":
        return rng.uniform(-epsilon, epsilon, size=shape)
    direction = unit_length(rng.standard_normal(shape))
    # The radius that makes a point uniform in the volume of D dimensions.
    radii = epsilon * rng.uniform(size=shape[0]) ** (1 / np.prod(shape[1:]))
    return direction * radii[:, None, None, None]
