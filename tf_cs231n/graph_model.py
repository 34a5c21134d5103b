"""The network that is explained: the image and the scores of any live graph.

Every function of `saliency`, `attribution`, `faithfulness` and `adversarial` takes a ``model``, and
asks of it no more than ``image`` and ``scores``. Our SqueezeNet has them; for a graph of your own::

    model = GraphModel(image=my_placeholder, scores=my_logits, feed={keep_prob: 1.0})
    compute_saliency_maps(X, y, model, sess)

Nothing is exported and nothing of yours is changed. The first call of a function adds the
operations it needs to your graph, under the scope ``explain``; later calls find them there.
"""

import collections
import threading
import warnings

import numpy as np

from sessions import find_session
from tf_cs231n import checks
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.ops.subgraph import depends_on

# Images of one run: as many as have this many pixels in all. It bounds the memory, and on a CPU
# more images at once are no faster than eight of 224 x 224.
PIXELS_A_RUN = 8 * 224 * 224

_BUILDING = threading.RLock()  # two threads must not both build what neither found


class GraphModel:
    """A user's own network.

    Args:
      image: float Tensor (N, H, W, C) that can be fed; mostly a placeholder. N, H, W may be
        unknown. Where the placeholder is flat, (N, 784), give the Tensor reshaped from it.
      scores: float Tensor (N, K), unnormalized: before the softmax.
      sess: the session that holds the variables; None: the one passed to the function, or the
        default one.
      features: float Tensor (N, H', W', F), the layer that Grad-CAM looks at; or None.
      feed: dict of what else the graph must be fed, such as ``{keep_prob: 1.0}``; or None.

    Raises:
      InputError: no Tensors, or Tensors of other shapes or dtypes.
    """

    def __init__(self, image, scores, sess=None, features=None, feed=None):
        self.image = image
        self.scores = scores
        self.sess = sess
        self.features = features
        self.feed = feed
        _check_model(self)


_NO_ROWS = (
    "model.scores: got shape {}, expected a row of scores per image, (N, classes), which are not "
    "averaged over the batch"
)


def _check_model(model):
    """Raise an `InputError` unless a model's parts are those that `GraphModel` describes."""
    for name in ("image", "scores"):
        part = getattr(model, name, None)
        if not tf.is_tensor(part):  # Keras symbols are not Tensors
            raise InputError(
                f"model.{name}: got {type(part).__name__}, expected a Tensor of the graph; a model "
                "has Tensors .image and .scores, as SqueezeNet or GraphModel(image, scores) have"
            )
    image, scores = model.image, model.scores
    if image.dtype.is_integer:
        raise InputError(
            "model.image: got integers, which have no gradient; give the Tensor that your graph "
            "casts from them, tf.cast(placeholder, tf.float32)"
        )
    checks.shapes(**{"model.image": (image, "N H W C")})
    if _sizes(image, 4)[1] in (1, 3) and (_sizes(image, 4)[3] or 0) > 4:
        raise InputError(
            f"model.image: got shape {image.shape}, channels first; make a placeholder (N, H, W, "
            "C), and build the network on tf.transpose(placeholder, [0, 3, 1, 2])"
        )
    if scores.shape.ndims in (0, 1):
        raise InputError(_NO_ROWS.format(scores.shape))
    checks.shapes(**{"model.scores": (scores, "N classes")})
    if scores.graph is not image.graph:
        raise InputError("model.scores: this Tensor belongs to another graph than model.image")


# num_classes: K. probabilities: whether the scores are probabilities.
Outputs = collections.namedtuple("Outputs", "num_classes probabilities")


def softmax(scores):
    """Probabilities of scores (N, K), in float64."""
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True).astype(np.float64))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


class BoundModel:
    """A model bound to its session: checks inputs, builds each operation once, runs them in chunks.

    Args:
      model: anything with ``image`` and ``scores``, such as a `GraphModel`. A ``score_of``, as
        `SqueezeNet` has, is a cheaper way to one class's score.
      sess: as for `GraphModel`.

    Raises:
      InputError: no session, a session of another graph, or Tensors of other shapes.
    """

    def __init__(self, model, sess=None):
        _check_model(model)
        self.image, self.scores, self.graph = model.image, model.scores, model.image.graph
        self.features = getattr(model, "features", None)
        self._score_of = getattr(model, "score_of", None)
        self.sess = find_session(sess, model, self.graph)
        self.fed = getattr(model, "feed", None) or {}
        self.batch, *self.sides = _sizes(self.image, 4)

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
                if self.graph.finalized:
                    raise InputError(
                        "the graph is finalized, so nothing can be added to explain it; call the "
                        "function once before that (before MonitoredSession or Training starts)"
                    )
                scope = self.graph.name_scope("explain/")
                with self.graph.as_default(), tf.control_dependencies(None), scope:
                    built[key] = build()
            return built[key]

    def class_ids(self):
        """The classes that are explained, (N,): those that are fed, else the predicted ones."""

        def build():
            predicted = tf.argmax(self.scores, axis=1, output_type=tf.int32)
            return tf.placeholder_with_default(predicted, [None], name="class_ids")

        return self.once("class_ids", build)

    def selection(self):
        """One-hot rows (N, K): as ``grad_ys`` they select each image's own score for free."""
        return self.once(
            "selection",
            lambda: tf.one_hot(self.class_ids(), tf.shape(self.scores)[1], dtype=self.scores.dtype),
        )

    def gradient(self, scores, x):
        """d scores[n, y_n] / d x[n], a Tensor like ``x``; scores (N, K), or (N,) of y alone."""
        selection = None if scores.shape.ndims == 1 else self.selection()
        gradient = tf.gradients(scores, x, selection)[0]
        if gradient is None:
            raise InputError(
                f"{scores.name} has no gradient with respect to {x.name}: a tf.stop_gradient, an "
                "argmax or another operation without gradient lies between; give scores before it"
            )
        return tf.convert_to_tensor(gradient)

    def score_gradient(self):
        """d scores[n, y_n] / d image[n], a Tensor like ``image``."""

        def build():
            own = self._score_of
            scores = self.scores if own is None else own(self.class_ids())
            return self.gradient(scores, self.image)

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

    def inputs(self, X, y, name="y"):
        """Check images and classes.

        Args:
          X: float array (N, H, W, C), as the model takes them.
          y: classes, ints (N,), or one int for all.
          name: of the argument y, for the messages.

        Returns:
          X in the model's dtype (no copy if it has it already), y as int32 (N,).
        """
        H, W, C = ("HWC"[n] if side is None else side for n, side in enumerate(self.sides))
        X = checks.array("X", X, f"N {H} {W} {C}")
        checks.shapes(X=(X, "N H W C"))  # of floats: 0..255 is not what networks take
        checks.counts(**{"number of images in X": len(X)})
        X = np.asarray(X, self.image.dtype.as_numpy_dtype)
        K = self.outputs(X).num_classes
        y = np.asarray(y)
        y = np.repeat(y, len(X)) if y.ndim == 0 else y
        checks.indices(K, {"N": len(X)}, **{name: (y, "N")})
        return X, y.astype(np.int32)

    def outputs(self, X):
        """What the scores are, an `Outputs`, from a run on an image of X the first time."""
        return self.once("outputs", lambda: self._look_at_outputs(X))

    def _look_at_outputs(self, X):
        if not depends_on(self.scores, self.image):
            raise InputError(
                f"model.scores ({self.scores.name}) are not made from model.image "
                f"({self.image.name}); give the Tensor that the network was built on: its "
                "placeholder, or one that was made from that before the network"
            )
        images = X[np.zeros(self.batch or 2, int)]
        scores = self._run(self.scores, images)
        if scores.ndim != 2 or len(scores) != len(images):
            raise InputError(_NO_ROWS.format(f"{scores.shape} for {len(images)} images"))
        before = _before_probabilities(self.scores)
        sums_to_one = scores.shape[1] > 1 and np.allclose(scores.sum(axis=1), 1, atol=1e-3)
        probabilities = before is not None or bool(sums_to_one and (scores >= 0).all())
        if probabilities:
            name = "those before the softmax" if before is None else before.name
            warnings.warn(
                f"model.scores ({self.scores.name}) are probabilities, whose gradients vanish "
                f"where the network is sure; better give the unnormalized scores, {name}",
                RuntimeWarning,
                stacklevel=2,
            )
        return Outputs(scores.shape[1], probabilities)

    def probabilities(self, scores, X):
        """Probabilities (N, K) of ``scores``, which may be some already."""
        return scores if self.outputs(X).probabilities else softmax(scores)

    def chunk(self, shape):
        """How many images (H, W, C) of this shape to run at once."""
        return self.batch or max(1, PIXELS_A_RUN // (shape[-3] * shape[-2]))

    def run(self, fetches, X, y=None, stop=None):
        """Run Tensors whose first axis is the image's on any number of images, chunk by chunk.

        Args:
          fetches: a Tensor, or a list of them.
          X: images (N, H, W, C), y: classes (N,) or None; as `inputs` returned them.
          stop: an `interruption.Stop` that is checked before each chunk, or None.

        Returns:
          An array with leading axis N, or a list of them.
        """
        size = self.chunk(X.shape)
        if len(X) <= size and self.batch is None:
            return self._run(fetches, X, y)
        parts = []
        for start in range(0, len(X), size):
            if stop is not None:
                stop.check()
            rows = np.arange(start, start + size)
            # A graph of fixed batch size is filled up with the last image.
            rows = np.minimum(rows, len(X) - 1) if self.batch else rows[rows < len(X)]
            part = self._run(fetches, X[rows], None if y is None else y[rows])
            parts.append(part if isinstance(part, list) else [part])
        whole = [np.concatenate(pieces)[: len(X)] for pieces in zip(*parts)]
        return whole if isinstance(fetches, list) else whole[0]

    def _run(self, fetches, X, y=None):
        feed = {self.image: X}
        if y is not None:
            feed[self.class_ids()] = y
        return self.fetch(fetches, feed)

    def fetch(self, fetches, feed):
        """The session's ``run``, with what the model is always fed, its errors in one line."""
        images = f" on images of shape {feed[self.image].shape}" if self.image in feed else ""
        try:
            return self.sess.run(fetches, {**self.fed, **feed})
        except tf.errors.FailedPreconditionError as error:
            raise InputError(
                "the model's variables have no values in this session; run their initializers or "
                "restore a checkpoint first"
            ) from error
        except tf.errors.ResourceExhaustedError as error:
            raise MemoryError(f"the network{images} needs more memory") from error
        except tf.errors.OpError as error:
            op = error.op
            where = f"; {op.type} {op.name} failed" if op is not None else ""
            if op is not None and op.type == "Placeholder":
                where = f"; feed {op.name}: GraphModel(image, scores, feed={{placeholder: value}})"
            raise InputError(
                f"the network cannot run{images} ({type(error).__name__}){where}"
            ) from error


def _sizes(tensor, rank):
    """The sizes of a Tensor's axes, None where they are not known."""
    return tensor.shape.as_list() if tensor.shape.ndims is not None else [None] * rank


def _before_probabilities(scores):
    """The Tensor that a softmax or sigmoid makes the scores from, or None."""
    op = scores.op
    while op.type in ("Identity", "Reshape", "Squeeze", "Cast"):
        op = op.inputs[0].op
    return op.inputs[0] if op.type in ("Softmax", "Sigmoid") else None
