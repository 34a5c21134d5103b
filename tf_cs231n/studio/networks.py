"""What the session's thread keeps from job to job: the explained network, and captioners."""

import contextlib

SIZE = 224  # pixels of the shorter side, as the commands' own default


class Explained:
    """SqueezeNet, and how images become what it takes.

    Attributes:
      image, scores, features, sess, class_names: as of `SqueezeNet`; so `graph_model.BoundModel`
        takes it.
    """

    def __init__(self, model):
        self.image, self.scores, self.features = model.image, model.scores, model.features
        self.sess, self.class_names = model.sess, model.class_names

    def load(self, source):
        """An image as the network sees it, uint8 (H, W, 3)."""
        from tf_cs231n.images import load_image

        return load_image(source, SIZE)

    def batch(self, *images):
        """Images of one size as the network takes them, (N, H, W, C)."""
        import numpy as np

        from tf_cs231n.images import preprocess_image

        return preprocess_image(np.stack(images))

    def probabilities(self, scores):
        from tf_cs231n.graph_model import softmax

        return softmax(scores)

    def baseline(self, name):
        """The pixel that stands for nothing: ImageNet's mean color."""
        return 0

    def rounded(self, x):
        from tf_cs231n.images import deprocess_image

        return deprocess_image(x)

    def levels(self, x):
        """Pixels in 0..255, not rounded."""
        from tf_cs231n.pixels.scaling import SqueezeNetScaling

        return SqueezeNetScaling().levels(x)

    @property
    def unit(self):
        """One of 255 levels in the network's input, an array (C,)."""
        from tf_cs231n.saliency import PIXEL_LEVEL

        return PIXEL_LEVEL

    def settings(self, function, given):
        """The arguments of a library function, whose defaults suit this network."""
        return dict(given)


def seen(model, image):
    """An `uploads.Image` as the network sees it, uint8 (H, W, 3)."""
    return image.once("seen", lambda: model.load(image.at()))


def described(numbers, scores, model):
    """Name, probability and score of classes, of the scores (1, K) of an image."""
    probabilities = model.probabilities(scores)[0]
    return [
        {
            "number": int(number),
            "name": str(model.class_names[number]),
            "probability": float(probabilities[number]),
            "score": float(scores[0, number]),
        }
        for number in numbers
    ]


class Networks:
    """Networks, each in a graph and session of its own; a context manager of the thread.

    Args:
      weights: of SqueezeNet, as for `load_squeezenet`.
      told: called with no arguments when the network is loaded, or with an error's text.
      network: opens another network, a context manager of what has the names of `Explained`.
    """

    def __init__(self, weights="default", told=lambda error=None: None, network=None):
        self.weights, self._told, self._network = weights, told, network
        self._stack, self._others = contextlib.ExitStack(), {}
        self._explained = None

    def __enter__(self):
        from tf_cs231n.errors import InputError, short

        try:
            self.load()
            self._told()
        except InputError as error:
            self._told(str(error))
        except Exception as error:
            self._told(f"{type(error).__name__}: {short(error)}")
        return self

    def load(self):
        """Load the network, and build what the first click would otherwise wait for."""
        import numpy as np

        from sessions import graph_session
        from tf_cs231n.plots import saliency as figures
        from tf_cs231n.saliency import compute_saliency_maps
        from tf_cs231n.squeezenet import load_squeezenet

        if self._network is None:
            sess = self._stack.enter_context(graph_session())
            net = Explained(load_squeezenet(sess, self.weights))
        else:
            net = self._stack.enter_context(self._network())
        X = net.batch(net.load(np.zeros((SIZE, SIZE, 3), np.uint8)))
        figures.heat_image(compute_saliency_maps(X, 0, net)[0])
        self._explained = net

    def explained(self):
        """The explained network, as `Explained` or like it, or an `InputError`."""
        from tf_cs231n.errors import InputError

        if self._explained is None:
            raise InputError("the network could not be loaded; the page's top says why")
        return self._explained

    def once(self, key, build):
        """What ``build(sess)`` makes in a graph and session of its own, kept by a key.

        One that is asked for under a new key of the same kind, ``key[0]``, closes the older one.
        """
        from sessions import get_session
        from tf_cs231n.compat import tf

        for old in [k for k in self._others if k[0] == key[0] and k != key]:
            self._others.pop(old)[0].close()
        if key not in self._others:
            graph = tf.Graph()
            sess = get_session(graph)
            with graph.as_default(), sess.as_default():
                self._others[key] = (sess, build(sess))
        return self._others[key][1]

    def __exit__(self, *_):
        for sess, _ in self._others.values():
            sess.close()
        self._stack.close()
