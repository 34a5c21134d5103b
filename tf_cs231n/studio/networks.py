"""What the session's thread keeps from job to job: the explained network, and captioners."""

import contextlib


class Networks:
    """Networks, each in a graph and session of its own; a context manager of the thread.

    Attributes:
      squeezenet: the `SqueezeNet`, once `load` has run.

    Args:
      weights: of SqueezeNet, as for `load_squeezenet`.
      told: called with no arguments when the network is loaded, or with an error's text.
    """

    def __init__(self, weights="default", told=lambda error=None: None):
        self.weights, self._told = weights, told
        self._stack, self._others = contextlib.ExitStack(), {}
        self.squeezenet = None

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
        """Load SqueezeNet, and build what the first click would otherwise wait for."""
        import numpy as np

        from sessions import graph_session
        from tf_cs231n.plots import saliency as figures
        from tf_cs231n.saliency import compute_saliency_maps
        from tf_cs231n.squeezenet import load_squeezenet

        sess = self._stack.enter_context(graph_session())
        model = load_squeezenet(sess, self.weights)
        X = np.zeros((1, 224, 224, 3), np.float32)
        figures.heat_image(compute_saliency_maps(X, 0, model)[0])
        self.squeezenet = model

    def model(self):
        """The SqueezeNet, or an `InputError`."""
        from tf_cs231n.errors import InputError

        if self.squeezenet is None:
            raise InputError("the network could not be loaded; the terminal says why")
        return self.squeezenet

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
