"""Which pixels made the score: seven attribution methods for any live graph.

Each takes images X (N, H, W, C) as the model takes them, classes y (N,) or one int, and a ``model``
with ``image`` and ``scores`` (`graph_model`), and explains the unnormalized score s_y. Those that
attribute to every channel return (N, H, W, C), the others (N, H, W). `attribution_maps` calls any
of them by name and returns one map per image.

``stop`` is an `interruption.Stop` that ends the work between two runs of the network; where it is
None, Ctrl-C does.
"""

import collections
import warnings

import numpy as np

from tf_cs231n import checks
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.graph_model import BoundModel
from tf_cs231n.images import resize
from tf_cs231n.interruption import stoppable
from tf_cs231n.ops.subgraph import copy_between, ops_between, register_gradient
from tf_cs231n.saliency import compute_saliency_maps, max_magnitude

# attributions: (N, H, W, C). completeness_error: (N,), the attributions' sum less the difference of
# scores that they should sum to. score_difference: (N,), s_y(x) - s_y(baseline).
IntegratedGradients = collections.namedtuple(
    "IntegratedGradients", "attributions completeness_error score_difference"
)


def gradient_times_input(X, y, model, sess=None, baseline=0, stop=None):
    """First-order effect of each pixel: ``(x - baseline) * d s_y / d x``.

    Args:
      X, y, model, sess, stop: see the module.
      baseline: the pixel that stands for nothing, a number or an array that broadcasts to X; 0 is
        ImageNet's mean color in SqueezeNet's input.

    Returns:
      Array (N, H, W, C), signed.

    Source: Shrikumar et al. 2016, arXiv 1605.01713.
    """
    net = BoundModel(model, sess)
    X, y = net.inputs(X, y)
    X0 = checks.broadcast("baseline", baseline, X)
    with stoppable(stop) as stop:
        return (X - X0) * net.run(net.score_gradient(), X, y, stop)


def smooth_grad(X, y, model, sess=None, samples=25, noise=0.15, seed=0, stop=None):
    """The gradient averaged over noisy copies: ``mean_k d s_y / d x (x + e_k)``.

    Args:
      X, y, model, sess, stop: see the module.
      samples: noisy copies of each image.
      noise: standard deviation of e_k, as a share of the image's range ``max - min``.
      seed: of the noise.

    Returns:
      Array (N, H, W, C), signed.

    Source: Smilkov et al. 2017, arXiv 1706.03825.
    """
    checks.counts(samples=samples)
    checks.numbers(0, noise=noise)
    rng = np.random.RandomState(seed)
    net = BoundModel(model, sess)
    X, y = net.inputs(X, y)
    mean = np.zeros(X.shape, np.float64)
    with stoppable(stop) as stop:
        for n, x in enumerate(X):
            deviation = noise * (x.max() - x.min())
            for part in _split(range(samples), net.chunk(x.shape)):
                stop.check()
                e = deviation * rng.standard_normal((len(part),) + x.shape)
                gradients = net.run(net.score_gradient(), x + e.astype(X.dtype), y[[n] * len(part)])
                mean[n] += gradients.sum(axis=0) / samples
    return mean.astype(X.dtype)


def integrated_gradients(X, y, model, sess=None, baseline=0, steps=50, stop=None):
    """Gradients along the straight path from a baseline: they sum to the difference of scores.

    ``(x - x0) * integral over a in 0..1 of d s_y / d x (x0 + a (x - x0))``, by the midpoint rule.

    Args:
      X, y, model, sess, stop: see the module.
      baseline: x0, as for `gradient_times_input`.
      steps: points of the midpoint rule; more lessen the completeness error.

    Returns:
      An `IntegratedGradients`.

    Source: Sundararajan, Taly, Yan 2017, arXiv 1703.01365, equations 1 and 3.
    """
    checks.counts(steps=steps)
    net = BoundModel(model, sess)
    X, y = net.inputs(X, y)
    X0 = checks.broadcast("baseline", baseline, X)
    alphas = (np.arange(steps) + 0.5) / steps
    mean = np.zeros(X.shape, np.float64)
    with stoppable(stop) as stop:
        for n in range(len(X)):
            for part in _split(alphas, net.chunk(X.shape)):
                stop.check()
                path = X0[n] + part.astype(X.dtype)[:, None, None, None] * (X[n] - X0[n])
                gradients = net.run(net.score_gradient(), path, y[[n] * len(part)])
                mean[n] += gradients.sum(axis=0) / steps
    attributions = (X - X0) * mean
    difference = _scores_of(net, X, y) - _scores_of(net, X0, y)
    error = attributions.sum(axis=(1, 2, 3)) - difference
    return IntegratedGradients(attributions.astype(X.dtype), error, difference)


@register_gradient("ExplainGuidedRelu")
def _guided_relu(op, gradient):
    """Pass a gradient where both the ReLU's input and the gradient itself are positive."""
    zeros = tf.zeros_like(gradient)
    # Strictly inside the linear part, so that ReLU6's ceiling stops gradients as it should.
    inside = tf.greater(op.outputs[0], 0)
    if op.type == "Relu6":
        inside = tf.logical_and(inside, tf.less(op.outputs[0], 6))
    return tf.where(tf.logical_and(inside, tf.greater(gradient, 0)), gradient, zeros)


_GUIDED = {"Relu": "ExplainGuidedRelu", "Relu6": "ExplainGuidedRelu"}


def guided_backpropagation(X, y, model, sess=None, stop=None):
    """The gradient, where each ReLU also stops what is negative: ``1[z > 0] 1[g > 0] g``.

    The ReLUs of a copy of the layers get this gradient; the model's own graph is unchanged.

    Args:
      X, y, model, sess, stop: see the module.

    Returns:
      Array (N, H, W, C), signed.

    Raises:
      InputError: there is no ReLU between image and scores.

    Source: Springenberg et al. 2015, arXiv 1412.6806, section 3.4.
    """
    net = BoundModel(model, sess)
    X, y = net.inputs(X, y)

    def build():
        if not any(op.type in _GUIDED for op in ops_between(net.image, net.scores)):
            raise InputError("guided backpropagation: there is no ReLU between image and scores")
        return net.gradient(copy_between(net.image, net.scores, _GUIDED), net.image)

    with stoppable(stop) as stop:
        return net.run(net.once("guided_backpropagation", build), X, y, stop)


def grad_cam(X, y, model, sess=None, features=None, stop=None):
    """Where the features that raise the score are: ``relu(sum_k w_k A_k)``, enlarged to the image.

    ``w_k`` is the mean over positions of ``d s_y / d A_k``.

    Args:
      X, y, model, sess, stop: see the module.
      features: A, a Tensor (N, H', W', F) between image and scores; None: ``model.features``, or
        else the last such Tensor of more than one position.

    Returns:
      Array (N, H, W), at least 0. A map that is zero everywhere comes with a warning that says why.

    Source: Selvaraju et al. 2017, arXiv 1610.02391, equations 1 and 2.
    """
    net = BoundModel(model, sess)
    X, y = net.inputs(X, y)
    features = net.features if features is None else features
    features = (
        net.once("last_features", lambda: _last_features(net)) if features is None else features
    )
    if not tf.is_tensor(features) or features.graph is not net.graph:
        raise InputError(
            "features: Grad-CAM needs the Tensor (N, H', W', F) of a convolutional layer of the "
            "model's graph, as features= or as the model's .features"
        )
    checks.shapes(features=(features, "N H' W' F"))

    def build():
        gradient = net.gradient(net.scores, features)
        # In float16 the mean of small gradients would be nothing.
        wide = tf.float64 if features.dtype == tf.float64 else tf.float32
        weights = tf.reduce_mean(tf.cast(gradient, wide), axis=[1, 2], keepdims=True)
        return tf.reduce_sum(weights * tf.cast(features, wide), axis=3)

    with stoppable(stop) as stop:
        sums = net.run(net.once(f"grad_cam {features.name}", build), X, y, stop)
    _warn_of_empty_maps(sums, features)
    cams = np.maximum(sums, 0)
    return np.stack([resize(cam.astype(np.float32), X.shape[1:3]) for cam in cams]).astype(X.dtype)


def _last_features(net):
    """The last Tensor (N, H', W', F) between image and scores that has several positions."""
    for op in reversed(ops_between(net.image, net.scores)):
        shape = op.outputs[0].shape
        if shape.ndims == 4 and shape.as_list()[1:3] != [1, 1]:
            return op.outputs[0]
    return None


def _warn_of_empty_maps(sums, features):
    for kind, empty in (
        ("negative", (sums <= 0).all(axis=(1, 2)) & sums.any(axis=(1, 2))),
        ("zero", ~sums.any(axis=(1, 2))),
    ):
        if empty.any():
            warnings.warn(
                f"Grad-CAM is zero for image {', '.join(map(str, np.flatnonzero(empty)))}: the "
                f"weighted sum of {features.name} is {kind} everywhere, so that no place speaks "
                "for the class; try the features of another layer, or another class",
                RuntimeWarning,
                stacklevel=3,
            )


def occlusion(X, y, model, sess=None, patch=None, stride=None, baseline=0, stop=None):
    """How much the score falls when a patch hides the image, averaged over the patches of a pixel.

    Args:
      X, y, model, sess, stop: see the module.
      patch: side of the square patch in pixels, at most the image's. None: a seventh of the
        image's shorter side, 32 of 224 pixels.
      stride: pixels from one patch to the next, at most ``patch``; the last lies at the edge.
        None: half a patch.
      baseline: what the patch shows, as for `gradient_times_input`.

    Returns:
      Array (N, H, W), signed: positive where hiding lowers the score.

    Source: Zeiler and Fergus 2014, arXiv 1311.2901, section 4.2.
    """
    net = BoundModel(model, sess)
    X, y = net.inputs(X, y)
    H, W = X.shape[1:3]
    patch = max(1, min(H, W) // 7) if patch is None else patch
    checks.counts(patch=patch, stride=1 if stride is None else stride)
    stride = max(1, patch // 2) if stride is None else stride
    if patch > min(H, W) or stride > patch:
        raise InputError(
            f"patch {patch}, stride {stride}: expected a patch of at most {min(H, W)} pixels, the "
            "image's shorter side, and a stride of at most a patch"
        )
    X0 = checks.broadcast("baseline", baseline, X)
    corners = [(t, l) for t in _positions(H, patch, stride) for l in _positions(W, patch, stride)]
    full = _scores_of(net, X, y)
    maps = np.zeros(X.shape[:3], np.float64)
    covered = np.zeros((H, W))
    for top, left in corners:
        covered[top : top + patch, left : left + patch] += 1
    with stoppable(stop) as stop:
        for n in range(len(X)):
            for part in _split(corners, net.chunk(X.shape)):
                stop.check()
                hidden = np.repeat(X[n : n + 1], len(part), axis=0)
                squares = [np.s_[t : t + patch, l : l + patch] for t, l in part]
                for image, square in zip(hidden, squares):
                    image[square] = X0[n][square]
                drops = full[n] - _scores_of(net, hidden, y[[n] * len(part)])
                for drop, square in zip(drops, squares):
                    maps[n][square] += drop
    return (maps / covered).astype(X.dtype)


def hide_squares(X, squares, baseline=0):
    """A copy of images in which squares are hidden: what `occlusion` does, at places of one's own.

    Args:
      X: images (N, H, W, C), as the model takes them.
      squares: list of (left, top, side), in pixels from the upper left corner.
      baseline: what a square shows, as for `gradient_times_input`.

    Returns:
      Array (N, H, W, C).

    >>> hide_squares(np.ones((1, 2, 3, 1)), [(1, 0, 2)])[0, ..., 0].tolist()
    [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    """
    hidden, X0 = X.copy(), checks.broadcast("baseline", baseline, X)
    for left, top, side in squares:
        checks.counts(0, left=left, top=top, side=side)
        square = np.s_[:, top : top + side, left : left + side]
        hidden[square] = X0[square]
    return hidden


def _sum_channels(attributions):
    return attributions.sum(axis=-1)


# name: (function, what turns its result into maps (N, H, W)). Gradients are shown by magnitude, as
# the course shows saliency; attributions that add up to scores are summed over channels.
METHODS = {
    "gradient": (compute_saliency_maps, lambda maps: maps),
    "gradient-input": (gradient_times_input, _sum_channels),
    "smoothgrad": (smooth_grad, max_magnitude),
    "integrated": (integrated_gradients, lambda result: _sum_channels(result.attributions)),
    "guided": (guided_backpropagation, max_magnitude),
    "gradcam": (grad_cam, lambda maps: maps),
    "occlusion": (occlusion, lambda maps: maps),
}


def attribution_maps(method, X, y, model, sess=None, **settings):
    """One map (H, W) per image, (N, H, W) in all, by the name of the method.

    Args:
      method: one of `METHODS`.
      X, y, model, sess: see the module.
      **settings: further arguments of the method, ``stop`` among them.
    """
    checks.one_of(METHODS, method=method)
    function, to_maps = METHODS[method]
    return to_maps(function(X, y, model, sess, **settings))


def _scores_of(net, X, y):
    """s_y of each image, (N,), in float64."""
    return net.run(net.scores, X)[np.arange(len(X)), y].astype(np.float64)


def _split(sequence, size):
    return [sequence[start : start + size] for start in range(0, len(sequence), size)]


def _positions(length, patch, stride):
    """Where patches begin along one axis, the last at the edge."""
    return sorted({*range(0, length - patch + 1, stride), length - patch})
