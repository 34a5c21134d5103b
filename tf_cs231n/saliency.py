"""Saliency maps, fooling images and class visualisations: the image gradient put to three uses.

All three ascend or show the unnormalised score s_y of a class y as a function of the image. They
explain SqueezeNet and, through `graph_model.GraphModel`, any live graph.

Source: Simonyan, Vedaldi, Zisserman 2014, arXiv 1312.6034; Szegedy et al. 2014, arXiv 1312.6199;
Yosinski et al. 2015, arXiv 1506.06579.
"""

import collections
import math
import warnings

import numpy as np

from tf_cs231n.arrays import broadcast, real_array
from tf_cs231n.errors import InputError, check_count, check_function, check_number, check_seed
from tf_cs231n.graph_model import Network
from tf_cs231n.images import SQUEEZENET_MEAN, SQUEEZENET_STD, blur_image
from tf_cs231n.limits import MAX_PIXELS, MAX_SIDE
from tf_cs231n.pixels.decorrelation import decorrelate as decorrelated

# Black and white in SqueezeNet's input, an array (3,) each.
PIXEL_BOUNDS = (-SQUEEZENET_MEAN / SQUEEZENET_STD, (1 - SQUEEZENET_MEAN) / SQUEEZENET_STD)
# One of 255 levels of brightness in SqueezeNet's input, an array (3,).
PIXEL_LEVEL = 1 / (255 * SQUEEZENET_STD)

# X_fooling: (N, H, W, C). fooled: bool (N,). iterations: int (N,), the steps each image took.
# l2, linf: (N,), the size of the change in the model's units. scores: (N, K) of X_fooling.
Fooling = collections.namedtuple("Fooling", "X_fooling fooled iterations l2 linf scores")


def compute_saliency_maps(X, y, model, sess=None):
    """How much each pixel matters to the class score: ``max_c |d s_y / d x_c|``.

    Args:
      X: images (N, H, W, C), float, as the model takes them.
      y: classes, ints (N,), or one int for all.
      model: anything with ``image`` and ``scores``, as SqueezeNet or `graph_model.GraphModel`.
      sess: the session; None: the model's, else the default one.

    Returns:
      Array (N, H, W), at least 0.

    Raises:
      InputError: X or y does not fit the model, or there is no session.

    Source: Simonyan et al. 2014, section 3.
    """
    net = Network(model, sess)
    X, y = net.inputs(X, y)
    return max_magnitude(net.run(net.score_gradient(), X, y))


def max_magnitude(gradient):
    """The greatest magnitude over channels: (N, H, W, C) to (N, H, W)."""
    magnitude = np.abs(gradient)
    result = magnitude[..., 0]
    for channel in range(1, magnitude.shape[-1]):  # much faster than max(axis=-1) on a short axis
        result = np.maximum(result, magnitude[..., channel])
    return result


def make_fooling_image(
    X,
    target_y,
    model,
    sess=None,
    learning_rate=1,
    max_iterations=100,
    callback=None,
    details=False,
):
    """Change images a little until the model takes them for the target class.

    Steps of equal length along the gradient of the target's score,
    ``dX = learning_rate * g / ||g||_2``, each image on its own, until the target has the highest
    score.

    Args:
      X: images (N, H, W, C), float, as the model takes them; they are not changed.
      target_y: the class to be taken for, an int, or ints (N,).
      model, sess: as for `compute_saliency_maps`.
      learning_rate: the L2 length of a step in the model's units.
      max_iterations: the most steps of an image.
      callback: ``callback(step, X_fooling, scores)`` before each step and at the end, or None.
      details: return a `Fooling` with what happened, not the images alone.

    Returns:
      X_fooling (N, H, W, C); with ``details`` a `Fooling`. An image that is not fooled is returned
      as it is after the last step; ``fooled`` says so, and without ``details`` a warning does.

    Raises:
      InputError: X or target_y does not fit the model, a setting is out of range, or there is no
        session.
    """
    check_number("learning_rate", learning_rate)
    check_function("callback", callback, optional=True)
    max_iterations = check_count("max_iterations", max_iterations, 0)
    net = Network(model, sess)
    X, y = net.inputs(X, target_y, "target_y")
    X_fooling = X.copy()
    iterations = np.zeros(len(X), np.int64)
    scores, gradient = net.run([net.scores, net.score_gradient()], X_fooling, y)
    for step in range(max_iterations + 1):
        if callback is not None:
            callback(step, X_fooling, scores)
        going = np.flatnonzero(scores.argmax(axis=1) != y)
        if step == max_iterations or not going.size:
            break
        X_fooling[going] += learning_rate * unit_length(gradient[going])
        iterations[going] += 1
        scores[going], gradient[going] = net.run(
            [net.scores, net.score_gradient()], X_fooling[going], y[going]
        )
    fooled = scores.argmax(axis=1) == y
    if details:
        return Fooling(X_fooling, fooled, iterations, *change_size(X, X_fooling), scores)
    if not fooled.all():
        warnings.warn(
            f"{(~fooled).sum()} of {len(X)} images not fooled after {max_iterations} iterations; "
            "raise max_iterations or learning_rate",
            RuntimeWarning,
            stacklevel=2,
        )
    return X_fooling


def unit_length(gradient):
    """Each image's gradient (N, H, W, C) over its L2 norm; a zero gradient stays zero."""
    largest = np.abs(gradient).max(axis=(1, 2, 3), keepdims=True)
    # First by the largest: the squares of small numbers would be 0, of large ones infinite.
    gradient = gradient / np.where(largest > 0, largest, 1)
    norms = np.sqrt(np.einsum("nhwc,nhwc->n", gradient, gradient))
    return gradient / np.maximum(norms, np.finfo(gradient.dtype).tiny)[:, None, None, None]


def change_size(X, X_changed, unit=1):
    """L2 and Linf norms (N,) of each image's change, in units of ``unit`` of the model's input.

    ``unit=PIXEL_LEVEL`` gives them in levels of 0..255 for SqueezeNet.
    """
    change = (np.asarray(X_changed, np.float64) - X) / unit
    change = change.reshape(len(change), -1)
    return np.linalg.norm(change, axis=1), np.abs(change).max(axis=1)


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
    size=224,
    bounds=PIXEL_BOUNDS,
    seed=None,
    callback=None,
):
    """Draw what the model looks for in a class: ``argmax_x s_y(x) - l2_reg ||x||_2^2``.

    Gradient ascent from noise. Each step shifts the image by a random jitter, ascends, shifts back
    and clips to the range of pixels; every ``blur_every`` steps it blurs a little.

    Args:
      target_y: a class, or a list of N of them, drawn together from the same noise.
      model, sess: as for `compute_saliency_maps`.
      l2_reg: weight of the regulariser.
      learning_rate: the L2 length of a step (``normalize``), else the gradient's factor.
      num_iterations: steps, in each octave.
      blur_every: steps from blur to blur; 0: never blur.
      max_jitter: the most pixels of the shift, in both directions.
      blur_sigma: the blur's standard deviation in pixels.
      normalize: scale the gradient to length 1. The course leaves it open; without, three of four
        pictures end as noise that the model takes for a neighbouring class.
      octaves: 1: at full size, as the course; more: begin smaller and enlarge ``octaves - 1`` times
        by ``octave_scale``, so that large forms come before small ones.
      decorrelate: ascend in decorrelated frequencies and colours (`decorrelation`), which draws
        what a person can recognise.
      contrast: of the noise at the start, 1: all of the pixels' range.
      size: height and width in pixels, or a pair.
      bounds: least and greatest value of a pixel, numbers or arrays (C,).
      seed: of noise and jitter; the same seed gives the same picture. None: another one each time.
      callback: ``callback(step, X, scores)`` after each step, or None: X before it, (N, H, W, C),
        and the scores (N, K) of the jittered X.

    Returns:
      Array (1, H, W, C), or (N, H, W, C) for a list, in the model's units.

    Raises:
      InputError: a setting out of range, or a class the model does not have.
    """
    for name, value, least in (
        ("num_iterations", num_iterations, 0),
        ("blur_every", blur_every, 0),
        ("max_jitter", max_jitter, 0),
        ("octaves", octaves, 1),
    ):
        check_count(name, value, least)
    for name, value, least in (
        ("l2_reg", l2_reg, None),
        ("learning_rate", learning_rate, None),
        ("blur_sigma", blur_sigma, 0),
        ("contrast", contrast, None),
    ):
        check_number(name, value, least)
    check_number("octave_scale", octave_scale, above=1)
    check_function("callback", callback, optional=True)
    net = Network(model, sess)
    rng = np.random.RandomState(check_seed("seed", seed))
    shapes = _octave_shapes(size, octaves, octave_scale)
    net.check_sizes("size", shapes)
    bounds = pixel_bounds(bounds, np.empty(_channels(net), np.float32))
    y = _classes(target_y, shapes[-1])
    X = _noise(rng, shapes[0] + (_channels(net),), contrast, bounds)
    X, y = net.inputs(np.repeat(X[None], len(y), axis=0), y, "target_y")
    X = X.copy()
    wanted = [net.score_gradient()] if callback is None else [net.score_gradient(), net.scores]
    step = 0
    for shape in shapes:
        X = _enlarge(X, shape)
        # A step moves every pixel as far in a small octave as in a large one.
        rate = learning_rate * np.sqrt(np.prod(shape) / np.prod(shapes[-1]))
        for t in range(num_iterations):
            oy, ox = rng.randint(-max_jitter, max_jitter + 1, size=2)
            jittered = np.roll(X, (oy, ox), axis=(1, 2))
            gradient, *scores = net.run(wanted, jittered, y)
            if callback is not None:
                callback(step, X, scores[0])
            step += 1
            gradient -= 2 * l2_reg * jittered
            if decorrelate:
                gradient = decorrelated(gradient)
            if normalize:
                gradient = unit_length(gradient)
            X += rate * np.roll(gradient, (-oy, -ox), axis=(1, 2))
            np.clip(X, bounds[0], bounds[1], out=X)
            if blur_every and t % blur_every == 0:
                X = blur_image(X, blur_sigma)
    return X


def _octave_shapes(size, octaves, scale):
    """Heights and widths from the first octave to the last, which has the full size."""
    pair = tuple(size) if isinstance(size, (tuple, list)) else (size, size)
    H, W = (check_count("size", side, 1, MAX_SIDE) for side in (pair if len(pair) == 2 else [size]))
    if (octaves - 1) * math.log(scale) > math.log(min(H, W)):
        raise InputError(
            f"octaves: got {octaves} for {H}x{W} pixels, of which the first would have none"
        )
    return [
        (int(round(H / scale**level)), int(round(W / scale**level)))
        for level in reversed(range(octaves))
    ]


def pixel_bounds(bounds, like, finite=True):
    """The least and the greatest value of a pixel as arrays like ``like`` (C,), the first below."""
    try:
        low, high = bounds
    except (TypeError, ValueError) as error:
        raise InputError("bounds: expected a pair, the least and greatest pixel") from error
    low, high = (broadcast("bounds", bound, like, finite) for bound in (low, high))
    if not (low < high).all():
        raise InputError(f"bounds: got {low} to {high}, expected the first below the second")
    return low, high


def _classes(target_y, size):
    """One class or several as an array (N,); so many pictures of this size must fit in memory."""
    y = np.atleast_1d(real_array("target_y", target_y))
    if not len(y):
        raise InputError("target_y: got none, expected at least one class")
    if len(y) * size[0] * size[1] > MAX_PIXELS:
        raise InputError(
            f"target_y, size: {len(y)} pictures of {size[0]}x{size[1]} pixels are too many; "
            f"the most is {MAX_PIXELS // 10**6} million pixels in all"
        )
    return y


def _channels(net):
    return (net.image.shape.as_list() if net.image.shape.ndims else [None])[-1] or 3


def _noise(rng, shape, contrast, bounds):
    """Uniform noise about the middle of the range of pixels."""
    low, high = bounds
    return (low + (high - low) * (0.5 + contrast * (rng.rand(*shape) - 0.5))).astype(np.float32)


def _enlarge(X, shape):
    """Resize (N, H, W, C) to another height and width, linear between pixels."""
    if X.shape[1:3] == shape:
        return X
    from scipy.ndimage import zoom

    factors = (1, shape[0] / X.shape[1], shape[1] / X.shape[2], 1)
    return zoom(X, factors, order=1)


if __name__ == "__main__":
    from tf_cs231n.cli import main

    main("saliency")
