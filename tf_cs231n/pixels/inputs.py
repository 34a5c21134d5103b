"""What the optimization of an image begins with: the box, the weights, the first pixels."""

import numpy as np

from sessions import find_session
from tf_cs231n.datasets import open_image
from tf_cs231n.images import SQUEEZENET_MEAN, SQUEEZENET_STD, preprocess_image, resize
from tf_cs231n.squeezenet.formats import read_weights
from tf_cs231n.squeezenet.weights import default_checkpoint

# Preprocessed pixels of black and white, for each channel.
LOW = (0 - SQUEEZENET_MEAN) / SQUEEZENET_STD
HIGH = (1 - SQUEEZENET_MEAN) / SQUEEZENET_STD


def find_weights(weights="default", model=None, sess=None):
    """SqueezeNet's weights, dict of checkpoint name to array.

    Args:
      weights: as for `load_squeezenet`; not used with a ``model``.
      model: a `SqueezeNet` whose weights to take.
      sess: its session; None: as `sessions.find_session`.
    """
    if model is None:
        return read_weights(default_checkpoint() if weights == "default" else weights)
    return find_session(sess, model, model.image.graph).run(model.variables)


def initial_pixels(init, content, seed):
    """The pixels to start from, float32 of the content's shape (H, W, 3).

    Args:
      init: 'content'; 'noise', uniform in [0, 1] as in the course; or an image, resized.
      content: uint8 (H, W, 3).
      seed: of the noise.
    """
    word = init if isinstance(init, str) else ""
    if word == "content":
        return preprocess_image(content)
    if word == "noise":
        return np.random.RandomState(seed).uniform(0, 1, content.shape).astype(np.float32)
    start = open_image(init, min(content.shape[:2]))
    return resize(preprocess_image(start), content.shape[:2], "bicubic")
