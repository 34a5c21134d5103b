"""The network that is explained: the image and the scores of any live graph.

Every function of `saliency`, `attribution`, `faithfulness` and `adversarial` takes a ``model``, and
asks of it no more than ``image`` and ``scores``. Our SqueezeNet has them; for a graph of your own::

    model = GraphModel(image=my_placeholder, scores=my_logits, feed={keep_prob: 1.0})
    compute_saliency_maps(X, y, model, sess)

Nothing is exported and nothing of yours is changed. The first call of a function adds the
operations it needs to your graph, under the scope ``explain``; later calls find them there.
"""

import threading

import numpy as np

from sessions import find_session
from tf_cs231n.arrays import real_array
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, first_line, is_lack_of_memory, short, shown
from tf_cs231n.interruption import interruptible

# Images of one run: as many as have this many pixels in all. It bounds the memory, and on a CPU
# more images at once are no faster than eight of 224 x 224.
PIXELS_A_RUN = 8 * 224 * 224

_BUILDING = threading.RLock()  # two threads must not both build what neither found


class GraphModel:
    """A user's own network.

    Args:
      image: float Tensor (N, H, W, C) that can be fed; mostly a placeholder. N, H, W may be
        unknown. Where the placeholder is flat, (N, 784), give the Tensor reshaped from it.
      scores: float Tensor (N, K), unnormalised: before the softmax.
      sess: the session that holds the variables; None: the one passed to the function, or the
        default one.
      features: float Tensor (N, H', W', F), the layer that Grad-CAM looks at; or None.
      feed: dict of what else the graph must be fed, such as ``{keep_prob: 1.0}``; or None.

    Raises:
      InputError: Tensors of other shapes or dtypes, or no such dict.
    """

    def __init__(self, image, scores, sess=None, features=None, feed=None):
        self.image = image
        self.scores = scores
        self.sess = sess
        self.features = features
        self.feed = feed
        check_model(self)


_FLOATS = tf.float16, tf.float32, tf.float64  # which NumPy has, too


def check_model(model):
    """Raise an `InputError` unless a model's parts are such as `GraphModel` describes."""
    if not (hasattr(model, "image") and hasattr(model, "scores")):
        raise InputError(
            f"model: got {type(model).__name__}, expected one with Tensors .image and .scores, "
            "such as SqueezeNet or GraphModel(image, scores)"
        )
    image, scores = model.image, model.scores
    for name, part in (("image", image), ("scores", scores)):
        if not tf.is_tensor(part):  # one of Keras' symbols is none
            raise InputError(
                f"model.{name}: got {type(part).__name__}, expected a Tensor of the graph, such as "
                "a placeholder x and a Keras model's model(x)"
            )
    if image.shape.ndims not in (None, 4) or image.dtype.base_dtype not in _FLOATS:
        raise InputError(
            f"model.image: got {image.dtype.name} {image.shape}, expected float (N, H, W, C)"
        )
    if scores.shape.ndims not in (None, 2) or scores.dtype.base_dtype not in _FLOATS:
        raise InputError(
            f"model.scores: got {scores.dtype.name} {scores.shape}, expected float (N, classes)"
        )
    if scores.graph is not image.graph:
        raise InputError("model.scores: these are of another graph than model.image")
    feed = getattr(model, "feed", None)
    is_feed = isinstance(feed, dict) and all(
        (tf.is_tensor(key) or isinstance(key, str)) and value is not None  # NumPy: None is NaN
        for key, value in feed.items()
    )
    if feed is not None and not is_feed:
        raise InputError(f"model.feed: got {shown(feed)}, expected a dict of Tensor to value")


class Network:
    """A model together with its session: checks inputs, builds an operation once, runs it.

    Args:
      model: anything with ``image`` and ``scores``, as `GraphModel`.
      sess: as for `GraphModel`.

    Raises:
      InputError: no session, a session of another graph, or Tensors of other shapes.
    """

    def __init__(self, model, sess=None):
        check_model(model)
        self.image, self.scores, self.graph = model.image, model.scores, model.image.graph
        self.features = getattr(model, "features", None)
        self.sess = find_session(sess, model, self.graph)
        self.fed = getattr(model, "feed", None) or {}
        self.batch = self.image.shape.as_list()[0] if self.image.shape.ndims else None

    # ---- what is built, once a graph ----

    def once(self, name, build):
        """What ``build()`` made for this image and these scores; it is called the first time."""
        key = (self.image.name, self.scores.name, name)
        with _BUILDING:
            # An attribute, since values of a graph collection would be exported with the graph.
            built = getattr(self.graph, "_explain_built", None)
            if built is None:
                built = self.graph._explain_built = {}
            if key not in built:
                self._check_open()
                scope = self.graph.name_scope("explain/")
                with self.graph.as_default(), tf.control_dependencies(None), scope:
                    built[key] = build()
            return built[key]

    def _check_open(self):
        if self.graph.finalized:
            raise InputError(
                "the graph is finalized, so nothing can be added to explain it; call the function "
                "once before it is (before MonitoredSession or Training starts)"
            )

    def class_ids(self):
        """The placeholder (N,) of the classes that are explained."""
        return self.once("class_ids", lambda: tf.placeholder(tf.int32, [None], name="class_ids"))

    def selection(self):
        """One-hot rows (N, K): as ``grad_ys`` they select each image's own score for free."""
        return self.once(
            "selection",
            lambda: tf.one_hot(self.class_ids(), tf.shape(self.scores)[1], dtype=self.scores.dtype),
        )

    def score_gradient(self):
        """d scores[n, y_n] / d image[n], a Tensor like ``image``."""

        def build():
            gradient = tf.gradients(self.scores, self.image, self.selection())[0]
            if gradient is None:
                raise InputError(
                    f"model.scores ({self.scores.name}) has no gradient with respect to "
                    f"model.image ({self.image.name}); expected the image the scores are made from"
                )
            return tf.convert_to_tensor(gradient)

        return self.once("score_gradient", build)

    def loss_gradient(self):
        """The gradient of each image's ``-log softmax(scores)[y]``, a Tensor like ``image``."""

        def build():
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=self.class_ids(), logits=self.scores
            )
            return tf.convert_to_tensor(tf.gradients(loss, self.image)[0])

        self.score_gradient()  # which says so if there is none
        return self.once("loss_gradient", build)

    # ---- what is run ----

    def check_sizes(self, name, sizes):
        """Raise an `InputError` unless the model takes images of each of these (H, W)."""
        for size in sizes:
            if not self._takes((None, *size, None)):
                sides = " x ".join(self._sides()[:2])
                raise InputError(f"{name}: got {size[0]} x {size[1]}, the model takes {sides}")

    def _takes(self, shape):
        """Whether images of this shape (N, H, W, C) fit, but for their number N."""
        return self.image.shape.is_compatible_with([None, *shape[1:]])

    def _sides(self):
        """H, W and C of the images, as a message shows them."""
        known = self.image.shape.as_list()[1:] if self.image.shape.ndims else [None] * 3
        return ["any" if n is None else str(n) for n in known]

    def inputs(self, X, y, name="y"):
        """Check images and classes.

        Args:
          X: float array (N, H, W, C), as the model takes them.
          y: classes, ints (N,), or one int for all.
          name: of the argument y, for the messages.

        Returns:
          X in the model's dtype (no copy if it is already), y as int32 (N,).
        """
        X = real_array("X", X)
        if X.dtype.kind != "f":
            raise InputError(
                f"X: got {X.dtype}, expected the floats that the model takes; for SqueezeNet "
                "tf_cs231n.images.preprocess_image(X)"
            )
        if X.ndim != 4 or not self._takes(X.shape):
            raise InputError(f"X: got shape {X.shape}, expected (N, {', '.join(self._sides())})")
        if 0 in X.shape:
            raise InputError(f"X: got shape {X.shape}, expected at least one image")
        with np.errstate(over="ignore"):  # of the model's dtype, which may hold less than X's
            X = np.asarray(X, self.image.dtype.as_numpy_dtype)
        if not np.isfinite(X.sum(dtype=np.float64)):
            raise InputError(
                f"X: got NaN or infinite pixels, expected numbers that {X.dtype} can hold"
            )
        y = real_array(name, y)
        if y.dtype.kind not in "iu" or y.shape not in ((), (len(X),)):
            raise InputError(
                f"{name}: got {y.dtype} of shape {y.shape}, expected ints ({len(X)},), one an image"
            )
        K = self._num_classes(X)
        if not (y.min() >= 0 and y.max() < K):
            raise InputError(f"{name}: got classes {y.min()} to {y.max()}, expected 0 to {K - 1}")
        y = np.ascontiguousarray(np.broadcast_to(y.astype(np.int32), (len(X),)))
        return X, y

    def _num_classes(self, X):
        """K, by running the graph once on images of X if its shape does not tell."""
        K = self.scores.shape.as_list()[1] if self.scores.shape.ndims else None
        return K or self.once("num_classes", lambda: self._count_classes(X))

    def _count_classes(self, X):
        images = X[np.zeros(self.batch or 1, int)]
        shape = self.fetch(tf.shape(self.scores), {self.image: images}).tolist()
        if len(shape) != 2 or shape[0] != len(images):
            raise InputError(
                f"model.scores: got shape {shape} for {len(images)} images, expected a row for each"
            )
        return shape[1]

    def chunk(self, shape):
        """How many images (H, W, C) of this shape to run at once."""
        return self.batch or max(1, PIXELS_A_RUN // (shape[-3] * shape[-2]))

    def run(self, fetches, X, y=None, feed=None):
        """Run Tensors whose first axis is the image's on any number of images, chunk by chunk.

        Args:
          fetches: a Tensor, or a list of them.
          X: images (N, H, W, C), y: classes (N,) or None; as `inputs` returned them.
          feed: dict of further Tensors to feed, or None.

        Returns:
          An array with leading axis N, or a list of them.
        """
        size = self.chunk(X.shape)
        if len(X) <= size and self.batch is None:
            return self._run(fetches, X, y, feed)
        parts = []
        for start in range(0, len(X), size):
            rows = np.arange(start, start + size)
            # A graph of fixed batch size is filled up with the last image.
            rows = np.minimum(rows, len(X) - 1) if self.batch else rows[rows < len(X)]
            part = self._run(fetches, X[rows], None if y is None else y[rows], feed)
            parts.append(part if isinstance(part, list) else [part])
        whole = [np.concatenate(pieces)[: len(X)] for pieces in zip(*parts)]
        return whole if isinstance(fetches, list) else whole[0]

    def _run(self, fetches, X, y, feed):
        values = {self.image: X}
        if y is not None:
            values[self.class_ids()] = y
        return self.fetch(fetches, {**(feed or {}), **values})

    @interruptible()
    def fetch(self, fetches, feed):
        """The session's ``run``, with what the model is always fed, its errors in one line."""
        images = f" on images of shape {np.shape(feed[self.image])}" if self.image in feed else ""
        try:
            return self.sess.run(fetches, {**self.fed, **feed})
        except tf.errors.FailedPreconditionError as error:
            raise InputError(
                "the model's variables have no values in this session; run their initializers or "
                f"restore a checkpoint first ({first_line(error)})"
            ) from error
        except tf.errors.InvalidArgumentError as error:
            advice = ""
            if "must feed a value" in str(error):
                advice = "; pass it: GraphModel(image, scores, feed={placeholder: value})"
            raise InputError(
                f"the network cannot run{images}: {first_line(error)}{advice}"
            ) from error
        except (TypeError, ValueError) as error:  # mostly of a value that does not fit its Tensor
            raise InputError(f"the network cannot be run or fed: {short(error)}") from error
        except tf.errors.OpError as error:
            if is_lack_of_memory(error):
                raise MemoryError(f"the network{images}: {first_line(error)}") from error
            raise InputError(f"the network cannot run{images}: {first_line(error)}") from error
