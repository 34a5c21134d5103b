"""Minimize a function of many pixels within a box: L-BFGS, SciPy's L-BFGS-B, the course's Adam.

Each calls ``evaluate(x) -> loss, gradient`` with float32 arrays, at most ``max_evaluations`` times,
and returns the last x. Counting, keeping the best, progress and the check for NaN are the business
of ``evaluate``, which may end the work by raising.
"""

import collections
import contextlib
import math

import numpy as np
from scipy.linalg.blas import saxpy
from threadpoolctl import threadpool_limits


class LBFGSMemory:
    """The last steps s and changes y of the gradient: an approximation H of the inverse Hessian.

    Nocedal and Wright 2006, "Numerical Optimization", algorithm 7.4.

    >>> memory = LBFGSMemory()
    >>> for s in np.eye(2, dtype=np.float32):
    ...     memory.update(s, np.float32([2, 4]) * s)  # of the function x^2 + 2 y^2
    >>> memory.direction(np.float32([2, 4])).tolist()  # Newton's step from (1, 1) to the minimum
    [-1.0, -1.0]
    """

    def __init__(self, size=10, scale=None):
        self.pairs = collections.deque(maxlen=size)  # (s, y, 1 / s.y), flat float32 arrays
        self.scale = scale  # what y is multiplied by, as `lbfgs` sets it

    def update(self, s, y):
        """Take a pair in; one without positive curvature would spoil H and is left out."""
        curvature = float(s @ y)
        if curvature > 1e-8 * np.sqrt(float(s @ s) * float(y @ y)):
            self.pairs.append((s, y, 1 / curvature))

    def direction(self, gradient, smooth=None):
        """``-H gradient``, in two passes over the pairs; at least one must be there.

        With ``smooth``, a linear map S of flat arrays, the directions that no pair has been in get
        a multiple of S, not of 1.
        """
        q = gradient.copy()
        alphas = []
        for s, y, rho in reversed(self.pairs):
            alphas.append(rho * float(s @ q))
            q = saxpy(y, q, a=-alphas[-1])  # q -= alpha y, in place
        s, y, rho = self.pairs[-1]
        if smooth is not None:  # as long as it was
            rough, q = q, smooth(q)
            q *= float(rough @ rough) / max(float(rough @ q), 1e-30)
            del rough
        q *= 1 / (rho * float(y @ y))
        for (s, y, rho), alpha in zip(self.pairs, reversed(alphas)):
            q = saxpy(s, q, a=alpha - rho * float(y @ q))
        return np.negative(q, out=q)


# BLAS's threads and TensorFlow's, which go on looking for work for a while, wait for each other.
@threadpool_limits.wrap(limits=1, user_api="blas")
def lbfgs(evaluate, x, low, high, max_evaluations, memory=None, smooth=None):
    """Limited-memory BFGS, projected on the box.

    Pixels at a bound that the gradient pushes against stay there; the others take the quasi-Newton
    step, clipped to the box (the two-metric projection, Bertsekas 1982). A step must lower the loss
    by a small part of what the slope promises (Armijo); else a parabola says how far to go.
    Loss and gradient are divided by the first gradient's size, so that a factor changes nothing.

    Why not SciPy's L-BFGS-B (`lbfgs_b`): its float64 bookkeeping takes longer than the network's
    loss and gradient, needs 3 GB at 2048 pixels, and can't start with a memory it is handed.

    Args:
      evaluate: function of x; returns loss and gradient.
      x: float32 array, the start.
      low, high: the box, broadcast against x.
      max_evaluations: the most calls of ``evaluate``.
      memory: an `LBFGSMemory` to start with, updated in place; None: an empty one.
      smooth: a symmetric positive linear map of arrays of x's shape, which steps go through: they
        stay within what it maps to, such as images without noise. None: any step.

    Returns:
      The last x; its loss is the least.
    """
    memory = LBFGSMemory() if memory is None else memory
    low, high = (_rows(bound, x) for bound in (low, high))

    def flat_smooth(flat):
        return smooth(flat.reshape(x.shape)).ravel()

    x = np.clip(x, low, high)
    loss, gradient = evaluate(x)
    if memory.scale is None:
        memory.scale = _unit_scale(gradient)
    scale = np.float32(memory.scale)
    loss, gradient, evaluations = loss * memory.scale, scale * gradient, 1
    while evaluations < max_evaluations:
        blocked = ((x <= low) & (gradient > 0)) | ((x >= high) & (gradient < 0))
        direction = np.where(blocked, np.float32(0), gradient).ravel()
        newton = bool(memory.pairs)
        if newton:
            direction = memory.direction(direction, smooth and flat_smooth)
        elif smooth:
            direction = flat_smooth(direction)
        direction = direction.reshape(x.shape)
        direction[blocked] = 0
        if not newton:  # nothing tells how far to go: the mean pixel moves by a twentieth
            direction *= np.float32(-0.05 / max(float(np.abs(direction).mean()), 1e-30))
        length, accepted = 1.0, False
        while not accepted and evaluations < max_evaluations and length > 1e-9:
            candidate = np.clip(x + np.float32(length) * direction, low, high)
            step = candidate - x
            slope = float(gradient.ravel() @ step.ravel())
            if slope >= 0:
                break
            new_loss, new_gradient = evaluate(candidate)
            new_loss, new_gradient = new_loss * memory.scale, scale * new_gradient
            evaluations += 1
            accepted = new_loss <= loss + 1e-4 * slope
            if not accepted:
                # The minimum of the parabola with both losses and the slope at x.
                length *= min(max(-slope / (2 * (new_loss - loss - slope)), 0.1), 0.5)
        if accepted:
            memory.update(step.ravel(), (new_gradient - gradient).ravel())
            x, loss, gradient = candidate, new_loss, new_gradient
        elif newton:
            memory.pairs.clear()  # it misleads: go down the gradient once, and learn anew
        else:
            break  # not even the gradient leads down: the minimum, to rounding
    return x


def lbfgs_b(evaluate, x, low, high, max_evaluations):
    """SciPy's L-BFGS-B; arguments and result as `lbfgs`, the best x of all."""
    from scipy.optimize import minimize

    shape, losses = x.shape, []
    best, scale = x, None

    def float64_evaluate(flat):
        nonlocal best, scale
        if len(losses) == max_evaluations:  # SciPy looks at its own limit between line searches
            raise _Enough
        candidate = flat.astype(np.float32).reshape(shape)
        loss, gradient = evaluate(candidate)
        if not losses or loss < min(losses):
            best = candidate
        scale = scale or _unit_scale(gradient)
        losses.append(loss)
        return scale * float(loss), scale * gradient.ravel().astype(np.float64)

    bounds = np.stack([_flat(bound, x) for bound in (low, high)], axis=1)
    options = {"maxfun": max_evaluations, "maxiter": max_evaluations, "ftol": 0, "gtol": 0}
    start = np.clip(x.ravel(), *bounds.T).astype(np.float64)
    with contextlib.suppress(_Enough):
        minimize(
            float64_evaluate, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options
        )
    return best


class _Enough(Exception):
    """No more evaluations."""


def adam(
    evaluate,
    x,
    low,
    high,
    max_evaluations,
    learning_rate=3.0,
    decayed_learning_rate=0.1,
    decay_at=0.9,
    clamp=1.5,
):
    """The course's recipe: Adam, pixels clamped until the learning rate decays.

    Kingma and Ba 2015, arXiv 1412.6980, beta1 0.9, beta2 0.999. The course's 200 iterations decay
    at iteration 180. The box is not used: the recipe has bounds of its own.

    Args:
      evaluate, x, max_evaluations: as `lbfgs`; one evaluation an iteration.
      learning_rate, decayed_learning_rate: before and after the decay.
      decay_at: the iteration of the decay, as a fraction of all.
      clamp: until then pixels stay in [-clamp, clamp].

    Returns:
      The last x.
    """
    x = x.copy()
    m, v = np.zeros_like(x), np.zeros_like(x)
    decay_iteration = int(round(decay_at * max_evaluations))
    rate = learning_rate
    for t in range(max_evaluations):
        _, gradient = evaluate(x)
        m += 0.1 * (gradient - m)
        v += 0.001 * (np.square(gradient) - v)
        correction = np.sqrt(1 - 0.999 ** (t + 1)) / (1 - 0.9 ** (t + 1))
        x = x - np.float32(rate * correction) * m / (np.sqrt(v) + 1e-8)
        if t < decay_iteration:
            np.clip(x, -clamp, clamp, out=x)
        if t == decay_iteration:
            rate = decayed_learning_rate
    return x


def _unit_scale(gradient):
    """The power of two, which rounds nothing, that brings a gradient's mean size to about 1."""
    return 2.0 ** -math.frexp(float(np.abs(gradient).mean(dtype=np.float64)))[1]


def _rows(bound, x):
    """A bound as float32 numbers for a row of x, against which it broadcasts fast."""
    return np.array(np.broadcast_to(np.asarray(bound, np.float32), x.shape[-2:]))


def _flat(bound, x):
    """A bound that broadcasts against x, as a float32 number for each of x."""
    return np.broadcast_to(np.asarray(bound, np.float32), x.shape).ravel()


OPTIMIZERS = {"lbfgs": lbfgs, "lbfgs-b": lbfgs_b, "adam": adam}
