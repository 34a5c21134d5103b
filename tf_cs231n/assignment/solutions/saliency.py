"""Saliency maps, fooling images and class visualization: three uses of an image's gradient.

``model.image`` is the placeholder for images (N, H, W, 3), ``model.scores`` the Tensor of class
scores (N, K), and ``sess`` the session to run them in.
"""

import numpy as np

from tf_cs231n.compat import tf
from tf_cs231n.images import SQUEEZENET_MEAN, SQUEEZENET_STD, blur_image, preprocess_image


def compute_saliency_maps(X, y, model, sess):
    """How much each pixel matters to the score of an image's class.

    Args:
      X: images (N, H, W, 3).
      y: their classes, integers (N,).
      model, sess: see the module.

    Returns:
      saliency: (N, H, W): the size of the score's reaction to a small change of a pixel, of its
        three color channels the largest.
    """
    N = X.shape[0]
    right_scores = tf.gather_nd(model.scores, tf.stack((tf.range(N), tf.constant(y)), axis=1))
    gradient = tf.gradients(right_scores, model.image)[0]
    values = sess.run(gradient, {model.image: X})
    saliency = np.abs(values).max(axis=3)
    return saliency


def make_fooling_image(X, target_y, model, sess):
    """Change an image step by step until the model takes it for another class.

    At most 100 steps, each of length 1 (the L2 norm of the change of the whole image), along the
    direction in which the score of the target class grows fastest; no step once the target has the
    highest score.

    Args:
      X: an image (1, H, W, 3); it must stay as it is.
      target_y: the class to be taken for, an integer.
      model, sess: see the module.

    Returns:
      X_fooling: (1, H, W, 3).
    """
    X_fooling = X.copy()
    learning_rate = 1
    target = model.scores[0, target_y]
    gradient = tf.gradients(target, model.image)[0]
    for _ in range(100):
        scores, g = sess.run([model.scores, gradient], {model.image: X_fooling})
        if scores[0].argmax() == target_y:
            break
        X_fooling += learning_rate * g / np.linalg.norm(g)
    return X_fooling


def create_class_visualization(target_y, model, sess, **kwargs):
    """Draw what the model looks for in a class: ascend its score, with L2 regularization.

    Start from noise; at each step shift the image by a random jitter, take a step that raises
    the target's score less l2_reg times the sum of the image's squared pixels, shift back, clip to
    the range of pixels, and now and then blur. A step may have the length learning_rate or be
    learning_rate times the gradient. Use np.random.rand(224, 224, 3) for the noise and one
    np.random.randint(-max_jitter, max_jitter + 1, 2) a step, so that the check gets the same
    numbers.

    Args:
      target_y: the class, an integer.
      model, sess: see the module.
      **kwargs: l2_reg (1e-3), learning_rate (25), num_iterations (100), blur_every (10), max_jitter
        (16), as in the course.

    Returns:
      X: (1, 224, 224, 3).
    """
    l2_reg = kwargs.pop("l2_reg", 1e-3)
    learning_rate = kwargs.pop("learning_rate", 25)
    num_iterations = kwargs.pop("num_iterations", 100)
    blur_every = kwargs.pop("blur_every", 10)
    max_jitter = kwargs.pop("max_jitter", 16)
    X = preprocess_image(255 * np.random.rand(224, 224, 3))[None]
    target = model.scores[0, target_y]
    gradient = tf.gradients(target, model.image)[0]
    for t in range(num_iterations):
        ox, oy = np.random.randint(-max_jitter, max_jitter + 1, 2)
        X = np.roll(np.roll(X, ox, 1), oy, 2)
        g = sess.run(gradient, {model.image: X})
        g = g - 2 * l2_reg * X
        length = np.linalg.norm(g)
        X = X + learning_rate * g / length
        X = np.roll(np.roll(X, -ox, 1), -oy, 2)
        X = np.clip(X, -SQUEEZENET_MEAN / SQUEEZENET_STD, (1 - SQUEEZENET_MEAN) / SQUEEZENET_STD)
        if t % blur_every == 0:
            X = blur_image(X, sigma=0.5)
    return X
