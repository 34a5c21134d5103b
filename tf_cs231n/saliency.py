"""Saliency maps, fooling images and class visualizations: the image gradient put to three uses.

s_y(x) is the unnormalized score of class y, the number before the softmax, for an image x; g is its
gradient d s_y / d x, while the weights stay fixed.

  a saliency map shows      max_c |g_c|
  a fooling image takes     x <- x + eta g / ||g||_2, from a photograph, until class y wins
  a class visualization is  argmax_x s_y(x) - lambda ||x||_2^2, ascended from noise

Scores are ascended, so gradients are added. The functions explain SqueezeNet and, through
`graph_model.GraphModel`, any live graph.

Source: Simonyan, Vedaldi, Zisserman 2014, arXiv 1312.6034; Szegedy et al. 2014, arXiv 1312.6199;
Yosinski et al. 2015, arXiv 1506.06579.
"""

import collections
import warnings

import numpy as np

from tf_cs231n import checks
from tf_cs231n.errors import InputError, shown
from tf_cs231n.graph_model import BoundModel
from tf_cs231n.images import SQUEEZENET_MEAN, SQUEEZENET_STD, blur_image, resize
from tf_cs231n.interruption import stoppable
from tf_cs231n.pixels.decorrelation import decorrelate as decorrelated

# Steps after which a class visualization gives up if the gradient was zero in all of them.
ZERO_STEPS = 10

# Black and white in SqueezeNet's input, an array (3,) each.
PIXEL_BOUNDS = (-SQUEEZENET_MEAN / SQUEEZENET_STD, (1 - SQUEEZENET_MEAN) / SQUEEZENET_STD)
# One of 255 levels of brightness in SqueezeNet's input, an array (3,).
PIXEL_LEVEL = 1 / (255 * SQUEEZENET_STD)


# ---- Saliency maps ----


def compute_saliency_maps(X, y, model, sess=None, stop=None):
    """How much each pixel matters to the class score: ``max_c |d s_y / d x_c|``.

    Args:
      X: images (N, H, W, C), float, as the model takes them.
      y: classes, ints (N,), or one int for all.
      model: anything with ``image`` and ``scores``, such as SqueezeNet or a
        `graph_model.GraphModel`.
      sess: the session; None: the model's, else the default one.
      stop: an `interruption.Stop` that ends the work between batches; None: Ctrl-C does.

    Returns:
      Array (N, H, W), at least 0.

    Raises:
      InputError: X or y does not fit the model, or there is no session.

    Source: Simonyan et al. 2014, section 3.
    """
    net = BoundModel(model, sess)
    X, y = net.inputs(X, y)
    with stoppable(stop) as stop:
        return max_magnitude(net.run(net.score_gradient(), X, y, stop))


def explain_predictions(X, model, sess=None, stop=None):
    """The scores and the saliency maps of the predicted classes, from one run of the network.

    Args:
      X, model, sess, stop: as for `compute_saliency_maps`.

    Returns:
      Scores (N, K) and maps (N, H, W), those of ``scores.argmax(axis=1)``.
    """
    net = BoundModel(model, sess)
    X, _ = net.inputs(X, 0)
    with stoppable(stop) as stop:
        scores, gradient = net.run([net.scores, net.score_gradient()], X, stop=stop)
    return scores, max_magnitude(gradient)


def max_magnitude(gradient):
    """The greatest magnitude over channels: (N, H, W, C) to (N, H, W)."""
    magnitude = np.abs(gradient)
    result = magnitude[..., 0]
    for channel in range(1, magnitude.shape[-1]):  # much faster than max(axis=-1) on a short axis
        result = np.maximum(result, magnitude[..., channel])
    return result


# ---- Fooling images ----

# X_fooling: (N, H, W, C). fooled: bool (N,). iterations: int (N,), the steps of each image.
# l2, linf: (N,), norms of the perturbation, in the model's units or those given. scores: (N, K) of
# X_fooling. stopped: whether a signal or `stop` ended the steps early.
Fooling = collections.namedtuple("Fooling", "X_fooling fooled iterations l2 linf scores stopped")


def make_fooling_image(
    X,
    target_y,
    model,
    sess=None,
    learning_rate=1,
    max_iterations=100,
    callback=None,
    details=False,
    stop=None,
):
    """Change images a little until the model takes them for the target class.

    Steps of equal length along the gradient of the target's score,
    ``dX = learning_rate * g / ||g||_2``, each image on its own, until the target has the highest
    score.

    Args:
      X: images (N, H, W, C), float, as the model takes them; they are not changed.
      target_y: the target class, an int, or ints (N,).
      model, sess: as for `compute_saliency_maps`.
      learning_rate: the L2 length of a step in the model's units.
      max_iterations: the most steps of an image.
      callback: ``callback(step, X_fooling, scores)`` before each step and at the end, or None.
      details: return a `Fooling` that says what happened, not the images alone.
      stop: an `interruption.Stop` that ends the steps; None: Ctrl-C does.

    Returns:
      X_fooling (N, H, W, C); with ``details`` a `Fooling`. An image that is not fooled is returned
      as it is after its last step; ``fooled`` says so, and without ``details`` a warning does.

    Raises:
      InputError: X or target_y does not fit the model, a setting is out of range, or there is no
        session.
    """
    checks.numbers(learning_rate=learning_rate)
    checks.counts(0, max_iterations=max_iterations)
    net = BoundModel(model, sess)
    X, y = net.inputs(X, target_y, "target_y")

    def step(rows, images, gradient):
        return images + learning_rate * unit_length(gradient)

    def is_fooled(scores):
        return scores.argmax(axis=1) == y

    result = step_until_fooled(
        net, X, y, X.copy(), net.score_gradient(), step, is_fooled, max_iterations, callback, stop
    )
    if details:
        return result
    if not result.fooled.all():
        warnings.warn(
            f"{(~result.fooled).sum()} of {len(X)} images not fooled after "
            f"{result.iterations.max()} iterations; raise max_iterations or learning_rate",
            RuntimeWarning,
            stacklevel=2,
        )
    return result.X_fooling


def step_until_fooled(
    net,
    X,
    y,
    X_fooling,
    gradient,
    step,
    is_fooled,
    max_iterations,
    callback=None,
    stop=None,
    unit=1,
    early_stop=True,
):
    """The loop of every attack: images that are not fooled take a step, each on its own.

    An image whose gradient is zero stays as it is, and a warning says so.

    Args:
      net: the `BoundModel`. X, y: as its `inputs` returned them.
      X_fooling: where to start, (N, H, W, C); changed in place.
      gradient: a Tensor (N, H, W, C) that depends on image and classes.
      step: ``step(rows, X_fooling[rows], gradients)`` gives the images after their step.
      is_fooled: ``is_fooled(scores)``, bool (N,).
      max_iterations, callback, stop: as for `make_fooling_image`.
      unit: of the norms, as for `perturbation_norm`.
      early_stop: whether an image that is fooled takes no further step.

    Returns:
      A `Fooling`.
    """
    iterations = np.zeros(len(X), np.int64)
    fetches = [net.scores, gradient]
    scores, gradients = net.run(fetches, X_fooling, y)
    with stoppable(stop) as stop:
        for t in range(max_iterations + 1):
            if callback is not None:
                callback(t, X_fooling, scores)
            movable = gradients.any(axis=(1, 2, 3))
            going = movable & ~is_fooled(scores) if early_stop else movable
            rows = np.flatnonzero(going)
            if t == max_iterations or not rows.size or stop:
                break
            X_fooling[rows] = step(rows, X_fooling[rows], gradients[rows])
            iterations[rows] += 1
            scores[rows], gradients[rows] = net.run(fetches, X_fooling[rows], y[rows])
        stopped = bool(stop)
    fooled = is_fooled(scores)
    if (~fooled & ~movable).any():
        warnings.warn(
            f"{(~fooled & ~movable).sum()} of {len(X)} images cannot be changed further: the "
            "gradient is zero there, as of a dead ReLU or a saturated softmax in model.scores",
            RuntimeWarning,
            stacklevel=3,
        )
    norms = perturbation_norm(X, X_fooling, unit)
    return Fooling(X_fooling, fooled, iterations, *norms, scores, stopped)


def unit_length(gradient):
    """Each image's gradient (N, H, W, C) over its L2 norm; a zero gradient stays zero."""
    largest = np.abs(gradient).max(axis=(1, 2, 3), keepdims=True)
    # First by the largest: the squares of small numbers would be 0, of large ones infinite.
    gradient = gradient / np.where(largest > 0, largest, 1)
    norms = np.sqrt(np.einsum("nhwc,nhwc->n", gradient, gradient))
    return gradient / np.maximum(norms, np.finfo(gradient.dtype).tiny)[:, None, None, None]


def perturbation_norm(X, X_changed, unit=1):
    """L2 and Linf norms (N,) of each image's change, in units of ``unit`` of the model's input.

    ``unit=PIXEL_LEVEL`` gives them in levels of 0..255 for SqueezeNet.
    """
    change = (np.asarray(X_changed, np.float64) - X) / unit
    change = change.reshape(len(change), -1)
    return np.linalg.norm(change, axis=1), np.abs(change).max(axis=1)


# ---- Class visualizations ----


def create_class_visualization(
    target_y,
    model,
    sess=None,
    l2_reg=1e-3,
    learning_rate=25,
    num_iterations=100,
    blur_every=10,
    max_jitter=16,
    blur_sigma=0.5,
    normalize=True,
    octaves=1,
    octave_scale=1.4,
    decorrelate=False,
    contrast=1.0,
    size=None,
    bounds=PIXEL_BOUNDS,
    seed=None,
    callback=None,
    stop=None,
):
    """Draw what the model looks for in a class: ``argmax_x s_y(x) - l2_reg ||x||_2^2``.

    Gradient ascent from noise. Each step shifts the image by a random jitter, ascends, shifts back
    and clips to the range of pixels; every ``blur_every`` steps it blurs a little.

    Args:
      target_y: a class, or a list of N of them, drawn together from the same noise.
      model, sess: as for `compute_saliency_maps`.
      l2_reg: weight of the regularizer.
      learning_rate: the L2 length of a step (``normalize``), else the gradient's factor.
      num_iterations: steps, in each octave.
      blur_every: steps from blur to blur; 0: never blur.
      max_jitter: the most pixels of the shift, in both directions.
      blur_sigma: the blur's standard deviation in pixels.
      normalize: scale the gradient to length 1. The course leaves it open; without it, three of
        four images end as noise that the model takes for a neighboring class.
      octaves: 1: at full size, as the course does; more: begin smaller and enlarge ``octaves - 1``
        times by ``octave_scale``, so that large forms come before small ones.
      decorrelate: ascend in decorrelated frequencies and colors (`decorrelation`), which draws
        what a person can recognize.
      contrast: of the noise at the start, 1: the whole range of pixels.
      size: height and width in pixels, or a pair; None: the model's size, or 224 if it takes any.
      bounds: least and greatest value of a pixel, numbers or arrays (C,).
      seed: of noise and jitter; the same seed gives the same image. None: another one each time.
      callback: ``callback(step, X, scores)`` after each step, or None: X before it, (N, H, W, C),
        and the scores (N, K) of the jittered X.
      stop: an `interruption.Stop` that ends the ascent, which returns what it has drawn; None:
        Ctrl-C does.

    Returns:
      Array (1, H, W, C), or (N, H, W, C) for a list, in the model's units.

    Raises:
      InputError: a setting out of range, a class the model does not have, or one whose score has a
        zero gradient in the first steps.
    """
    net = BoundModel(model, sess)
    size = tuple(side or 224 for side in net.sides[:2]) if size is None else size
    H, W = size if isinstance(size, (tuple, list)) else (size, size)
    checks.counts(0, num_iterations=num_iterations, blur_every=blur_every, max_jitter=max_jitter)
    checks.counts(octaves=octaves, height=H, width=W)
    checks.numbers(l2_reg=l2_reg, learning_rate=learning_rate, contrast=contrast)
    checks.numbers(0, blur_sigma=blur_sigma)
    checks.numbers(above=1, octave_scale=octave_scale)
    rng = np.random.RandomState(seed)
    C = net.sides[2] or 3
    low, high = pixel_bounds(bounds, np.empty(C, np.float32))
    shapes = _octave_shapes(H, W, octaves, octave_scale)
    y = np.atleast_1d(target_y)
    X = np.repeat(_noise(rng, shapes[0] + (C,), contrast, low, high)[None], len(y), axis=0)
    X, y = net.inputs(X, y, "target_y")
    wanted = [net.score_gradient()] if callback is None else [net.score_gradient(), net.scores]
    steps = [(shape, t) for shape in shapes for t in range(num_iterations)]
    ascending = np.zeros(len(y), bool)
    with stoppable(stop) as stop:
        for step, (shape, t) in enumerate(steps):
            if stop:
                break
            X = _enlarge(X, shape)
            # A step moves every pixel as far in a small octave as in a large one.
            rate = learning_rate * np.sqrt(np.prod(shape) / (H * W))
            oy, ox = rng.randint(-max_jitter, max_jitter + 1, size=2)
            jittered = np.roll(X, (oy, ox), axis=(1, 2))
            gradient, *scores = net.run(wanted, jittered, y)
            if callback is not None:
                callback(step, X, scores[0])
            ascending |= gradient.any(axis=(1, 2, 3))
            if step == min(ZERO_STEPS, len(steps)) - 1 and not ascending.all():
                raise InputError(
                    f"target_y: the gradient of the score of class {y[~ascending][0]} is zero, as "
                    "of a dead ReLU or a saturated softmax; try another seed or contrast, or the "
                    "scores from before that operation"
                )
            gradient -= 2 * l2_reg * jittered
            if decorrelate:
                gradient = decorrelated(gradient)
            if normalize:
                gradient = unit_length(gradient)
            X += rate * np.roll(gradient, (-oy, -ox), axis=(1, 2))
            np.clip(X, low, high, out=X)
            if blur_every and t % blur_every == 0:
                X = blur_image(X, blur_sigma)
    return _enlarge(X, (H, W))


def pixel_bounds(bounds, like):
    """The least and the greatest value of a pixel as arrays like ``like`` (C,), the first below."""
    try:
        low, high = (np.broadcast_to(np.asarray(b, like.dtype), like.shape) for b in bounds)
        good = (low < high).all()
    except (TypeError, ValueError):
        good = False
    if not good:
        raise InputError(
            f"bounds: got {shown(bounds)}, expected the least and the greatest value of a pixel, "
            f"numbers or arrays {like.shape}"
        )
    return low, high


def _octave_shapes(H, W, octaves, scale):
    """Heights and widths from the first octave to the last, which has the full size."""
    return [
        (max(1, round(H / scale**level)), max(1, round(W / scale**level)))
        for level in reversed(range(octaves))
    ]


def _noise(rng, shape, contrast, low, high):
    """Uniform noise about the middle of the range of pixels."""
    return (low + (high - low) * (0.5 + contrast * (rng.rand(*shape) - 0.5))).astype(np.float32)


def _enlarge(X, shape):
    """Resize (N, H, W, C) to another height and width."""
    return X if X.shape[1:3] == shape else np.stack([resize(x, shape) for x in X])


if __name__ == "__main__":
    from tf_cs231n.cli import main

    main("saliency")
