"""Which pixels made the score: seven attribution methods for any live graph.

Each takes images X (N, H, W, C) as the model takes them, classes y (N,) or one int, and a ``model``
with ``image`` and ``scores`` (`graph_model`), and explains the unnormalised score s_y. Those that
attribute to every channel return (N, H, W, C), the others (N, H, W). `attribution_maps` calls any
of them by name and returns one map an image.
"""

import collections

import numpy as np

from tf_cs231n.arrays import broadcast
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, check_count, check_number, check_seed, one_of
from tf_cs231n.graph_model import Network
from tf_cs231n.ops.subgraph import copy_between, ops_between
from tf_cs231n.saliency import compute_saliency_maps, max_magnitude

# attributions: (N, H, W, C). completeness_error: (N,), the attributions' sum less the difference of
# scores that they should sum to. score_difference: (N,), s_y(x) - s_y(baseline).
IntegratedGradients = collections.namedtuple(
    "IntegratedGradients", "attributions completeness_error score_difference"
)


def gradient_times_input(X, y, model, sess=None, baseline=0):
    """First-order effect of each pixel: ``(x - baseline) * d s_y / d x``.

    Args:
      X, y, model, sess: see the module.
      baseline: the pixel that stands for nothing, a number or an array that broadcasts to X; 0 is
        ImageNet's mean colour in SqueezeNet's input.

    Returns:
      Array (N, H, W, C), signed.

    Source: Shrikumar et al. 2016, arXiv 1605.01713.
    """
    net = Network(model, sess)
    X, y = net.inputs(X, y)
    return (X - broadcast("baseline", baseline, X)) * net.run(net.score_gradient(), X, y)


def smooth_grad(X, y, model, sess=None, samples=25, noise=0.15, seed=0):
    """The gradient averaged over noisy copies: ``mean_k d s_y / d x (x + e_k)``.

    Args:
      X, y, model, sess: see the module.
      samples: noisy copies of each image.
      noise: standard deviation of e_k, as a share of the image's range ``max - min``.
      seed: of the noise.

    Returns:
      Array (N, H, W, C), signed.

    Source: Smilkov et al. 2017, arXiv 1706.03825.
    """
    check_count("samples", samples)
    check_number("noise", noise, 0)
    rng = np.random.RandomState(check_seed("seed", seed))
    net = Network(model, sess)
    X, y = net.inputs(X, y)
    mean = np.zeros(X.shape, np.float64)
    for n, x in enumerate(X):
        deviation = noise * (x.max() - x.min())
        for count in _chunks(samples, net.chunk(x.shape)):
            copies = x + (deviation * rng.standard_normal((count,) + x.shape)).astype(X.dtype)
            gradients = net.run(net.score_gradient(), copies, y[[n] * count])
            mean[n] += gradients.sum(axis=0) / samples
    return mean.astype(X.dtype)


def integrated_gradients(X, y, model, sess=None, baseline=0, steps=50):
    """Gradients along the straight way from a baseline: they sum to the difference of scores.

    ``(x - x0) * integral over a in 0..1 of d s_y / d x (x0 + a (x - x0))``, by the midpoint rule.

    Args:
      X, y, model, sess: see the module.
      baseline: x0, as for `gradient_times_input`.
      steps: points of the midpoint rule; more lessen the completeness error.

    Returns:
      An `IntegratedGradients`.

    Source: Sundararajan, Taly, Yan 2017, arXiv 1703.01365, equations 1 and 3.
    """
    check_count("steps", steps)
    net = Network(model, sess)
    X, y = net.inputs(X, y)
    X0 = broadcast("baseline", baseline, X)
    alphas = (np.arange(steps) + 0.5) / steps
    mean = np.zeros(X.shape, np.float64)
    for n in range(len(X)):
        for part in _split(alphas, net.chunk(X.shape)):
            way = X0[n] + part.astype(X.dtype)[:, None, None, None] * (X[n] - X0[n])
            gradients = net.run(net.score_gradient(), way, y[[n] * len(part)])
            mean[n] += gradients.sum(axis=0) / steps
    attributions = (X - X0) * mean
    difference = _scores_of(net, X, y) - _scores_of(net, X0, y)
    error = attributions.sum(axis=(1, 2, 3)) - difference
    return IntegratedGradients(attributions.astype(X.dtype), error, difference)


@tf.RegisterGradient("ExplainGuidedRelu")
def _guided_relu(op, gradient):
    """Pass a gradient where both the ReLU's input and the gradient itself are positive."""
    zeros = tf.zeros_like(gradient)
    # Strictly inside the linear part, so that ReLU6's ceiling stops gradients as it should.
    inside = tf.greater(op.outputs[0], 0)
    if op.type == "Relu6":
        inside = tf.logical_and(inside, tf.less(op.outputs[0], 6))
    return tf.where(tf.logical_and(inside, tf.greater(gradient, 0)), gradient, zeros)


_GUIDED = {"Relu": "ExplainGuidedRelu", "Relu6": "ExplainGuidedRelu"}


def guided_backpropagation(X, y, model, sess=None):
    """The gradient, where each ReLU also stops what is negative: ``1[z > 0] 1[g > 0] g``.

    The ReLUs of a copy of the layers get this gradient; the model's own graph is unchanged.

    Args:
      X, y, model, sess: see the module.

    Returns:
      Array (N, H, W, C), signed.

    Raises:
      InputError: there is no ReLU between image and scores.

    Source: Springenberg et al. 2015, arXiv 1412.6806, section 3.4.
    """
    net = Network(model, sess)
    X, y = net.inputs(X, y)

    def build():
        if not any(op.type in _GUIDED for op in ops_between(net.image, net.scores)):
            raise InputError("guided backpropagation: there is no ReLU between image and scores")
        scores = copy_between(net.image, net.scores, _GUIDED)
        return tf.gradients(scores, net.image, net.selection())[0]

    return net.run(net.once("guided_backpropagation", build), X, y)


def grad_cam(X, y, model, sess=None, features=None):
    """Where the features that raise the score are: ``relu(sum_k w_k A_k)``, enlarged to the image.

    ``w_k`` is the mean over positions of ``d s_y / d A_k``.

    Args:
      X, y, model, sess: see the module.
      features: A, a Tensor (N, H', W', F) between image and scores; None: ``model.features``.

    Returns:
      Array (N, H, W), at least 0.

    Source: Selvaraju et al. 2017, arXiv 1610.02391, equations 1 and 2.
    """
    net = Network(model, sess)
    X, y = net.inputs(X, y)
    features = net.features if features is None else features
    if not tf.is_tensor(features) or features.shape.ndims not in (None, 4):
        raise InputError(
            "features: Grad-CAM needs the Tensor (N, H', W', F) of a convolutional layer, as "
            "features= or as the model's .features"
        )
    if features.graph is not net.graph:
        raise InputError("features: these are of another graph than the model")

    def build():
        gradient = tf.gradients(net.scores, features, net.selection())[0]
        if gradient is None:
            raise InputError(f"features: the scores do not depend on {features.name}")
        # In float16 the mean of small gradients would be nothing.
        wide = tf.float64 if features.dtype == tf.float64 else tf.float32
        weights = tf.reduce_mean(tf.cast(gradient, wide), axis=[1, 2], keepdims=True)
        return tf.nn.relu(tf.reduce_sum(weights * tf.cast(features, wide), axis=3))

    cams = net.run(net.once(f"grad_cam {features.name}", build), X, y)
    return np.stack([_enlarge(cam, X.shape[1:3]) for cam in cams]).astype(X.dtype)


def occlusion(X, y, model, sess=None, patch=32, stride=None, baseline=0):
    """How much the score falls where a patch hides the image, averaged over a pixel's patches.

    Args:
      X, y, model, sess: see the module.
      patch: side of the square patch in pixels, at most the image's.
      stride: pixels from one patch to the next, at most ``patch``; the last lies at the edge.
        None: half a patch.
      baseline: what the patch shows, as for `gradient_times_input`.

    Returns:
      Array (N, H, W), signed: positive where hiding lowers the score.

    Source: Zeiler and Fergus 2014, arXiv 1311.2901, section 4.2.
    """
    net = Network(model, sess)
    X, y = net.inputs(X, y)
    H, W = X.shape[1:3]
    patch = check_count("patch", patch, 1, min(H, W))
    stride = max(1, patch // 2) if stride is None else check_count("stride", stride, 1, patch)
    X0 = broadcast("baseline", baseline, X)
    corners = [(t, l) for t in _positions(H, patch, stride) for l in _positions(W, patch, stride)]
    full = _scores_of(net, X, y)
    maps = np.zeros(X.shape[:3], np.float64)
    covered = np.zeros((H, W))
    for top, left in corners:
        covered[top : top + patch, left : left + patch] += 1
    for n in range(len(X)):
        for part in _split(corners, net.chunk(X.shape)):
            hidden = np.repeat(X[n : n + 1], len(part), axis=0)
            for image, (top, left) in zip(hidden, part):
                square = np.s_[top : top + patch, left : left + patch]
                image[square] = X0[n][square]
            drops = full[n] - _scores_of(net, hidden, y[[n] * len(part)])
            for drop, (top, left) in zip(drops, part):
                maps[n, top : top + patch, left : left + patch] += drop
    return (maps / covered).astype(X.dtype)


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
    """One map (N, H, W) an image, by the name of the method.

    Args:
      method: one of `METHODS`.
      X, y, model, sess: see the module.
      **settings: further arguments of the method.
    """
    function, to_maps = METHODS[one_of("method", method, METHODS)]
    return to_maps(function(X, y, model, sess, **settings))


def _scores_of(net, X, y):
    """s_y of each image, (N,), in float64."""
    return net.run(net.scores, X)[np.arange(len(X)), y].astype(np.float64)


def _split(sequence, size):
    return [sequence[start : start + size] for start in range(0, len(sequence), size)]


def _chunks(total, size):
    return [len(part) for part in _split(range(total), size)]


def _positions(length, patch, stride):
    """Where patches begin along one axis, the last at the edge."""
    return sorted({*range(0, length - patch + 1, stride), length - patch})


def _enlarge(array, shape):
    from PIL import Image

    return np.asarray(Image.fromarray(array.astype(np.float32)).resize(shape[::-1], Image.BILINEAR))
