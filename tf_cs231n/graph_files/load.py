"""From a graph's file to a model that can be explained: `load_graph`."""

import contextlib
import re
import warnings

import numpy as np

from sessions import find_session
from tf_cs231n import checks
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.files import read_text, text_lines
from tf_cs231n.graph_files.branches import decided
from tf_cs231n.graph_files.choice import (
    LAYOUTS,
    find_image,
    find_scores,
    image_input,
    takes_255,
)
from tf_cs231n.graph_files.constants import ancestors, fed_values, misfit, with_values
from tf_cs231n.graph_files.formats import read_graph
from tf_cs231n.graph_files.functions import operation_of
from tf_cs231n.graph_files.importing import import_nodes, refuse_unknown, scratch_graph
from tf_cs231n.graph_files.layout import (
    TO_FIRST,
    TO_LAST,
    channels_last,
    has_channels_first,
    redirected,
    transposition,
)
from tf_cs231n.graph_model import BoundModel, GraphModel
from tf_cs231n.ops.subgraph import ops_between
from tf_cs231n.pixels.scaling import Scaling
from tf_cs231n.squeezenet.labels import class_names as IMAGENET


class FileModel(GraphModel):
    """A network from a file, as `load_graph` returns it.

    Attributes:
      image: placeholder (N, H, W, C), floats, channels last.
      scores: Tensor (N, K).  sess: the session.  features: the layer for Grad-CAM, or None.
      size: (H, W), or None where the network takes any.
      scaling: `pixels.scaling.Scaling`, from pixels of 0..255 to ``image``.
      class_names: tuple of K names, those of ``labels`` or numbers.
      probabilities: whether ``scores`` are probabilities.
      summary: one line that says what was found.
    """

    def preprocess(self, images):
        """uint8 RGB images (N, H, W, 3), or one, to what ``image`` takes: (N, H, W, C)."""
        images = checks.array("images", images, "... H W 3")
        return self.scaling.preprocess(images if images.ndim == 4 else images[None])


def load_graph(
    path,
    sess=None,
    input_tensor=None,
    scores_tensor=None,
    signature=None,
    feed=None,
    labels=None,
    scale=None,
    mean=None,
    layout=None,
    bgr=False,
):
    """Load a network into the session's graph, its variables as constants.

    Args:
      path: a frozen graph (.pb), a SavedModel's folder, or a checkpoint with its .meta, as
        `formats.read_graph` takes them.
      sess: the session; None: the default one.
      input_tensor: the name of the images' Tensor; None: the signature's, or the only placeholder.
      scores_tensor: of the scores', (N, K); None: the signature's, or the only last row.
      signature: of a SavedModel; None: its only one, or "serving_default".
      feed: dict of further placeholders' names to values, such as ``{"is_training": False}``.
      labels: a file of class names, one a line; "imagenet"; or None: numbers.
      scale, mean: the network takes ``scale (pixel - mean)`` of pixels in 0..255; numbers, or one a
        channel. None: 1 or 1 / 255, as the graph's first arithmetic tells, and 0.
      layout: 'nhwc' or 'nchw'; None: as the input's shape tells. The model takes NHWC anyway.
      bgr: whether the network's first channel is blue.

    Returns:
      A `FileModel`.

    Raises:
      InputError: no graph, an operation unknown here, a Tensor that is not there, or several
        candidates for one, which the message lists.

    Warns:
      RuntimeWarning: an image's scores change from run to run, or with the images beside it.
    """
    sess = find_session(sess)
    checks.one_of((None, *LAYOUTS), layout=layout)
    source = read_graph(path)
    feed = fed_values(source, feed or {})
    source = source._replace(nodes=decided(source.nodes, feed))
    tensor, scores, image = _chosen(source, input_tensor, scores_tensor, signature, feed, layout)
    nodes = ancestors(source.nodes, [scores.name], [cut.name for cut in image.tensors])
    _refuse_unfed(nodes, feed, source.path)
    nodes, features = _channels_last(with_values(nodes, source, feed), image, scores)

    model = _imported(nodes, source, image, scores, features, sess)
    model.size = tuple(image.shape[1:3]) if None not in image.shape[1:3] else None
    pixels = _set_scaling(model, tensor, image.shape[3], scale, mean, bgr)
    num_classes, model.probabilities = _tried(model)
    model.class_names = _class_names(labels, num_classes)
    size = "x".join(map(str, model.size)) if model.size else "any size"
    model.summary = (
        f"{source.path}: {tensor.name} ({size}, {'gray' if image.shape[3] == 1 else 'color'},"
        f" {image.layout}, {pixels}) to {scores.name} ({num_classes} classes)"
    )
    return model


def _set_scaling(model, tensor, channels, scale, mean, bgr):
    """Set the model's scaling; returns a text that says its range, and whether it was assumed."""
    told = takes_255(tensor)
    note = ", assumed: see scale and mean" if told is None and scale is None else ""
    if scale is None:
        scale = 1 if told else 1 / 255
    like = np.zeros(channels, np.float32)
    scale = checks.broadcast("scale", scale, like)
    mean = checks.broadcast("mean", 0 if mean is None else mean, like)
    model.scaling = Scaling(scale, mean, channels, bgr)
    low, high = (bound.mean() for bound in model.scaling.bounds)
    return f"{low:.4g} to {high:.4g}{note}"


def _chosen(source, input_tensor, scores_tensor, signature, feed, layout):
    """The image's Tensor and the scores' in a graph to ask, and the `choice.ImageInput`."""
    path = source.path
    inputs, outputs = _signature(source, signature, input_tensor and scores_tensor)
    misfits = {node.name: misfit(node, source.library) for node in source.nodes}
    misfits = {name: why for name, why in misfits.items() if why}
    wanted = [outputs.get(scores_tensor, scores_tensor)] if scores_tensor else outputs.values()
    scratch = scratch_graph(source, misfits, wanted)
    tensor = find_image(scratch, input_tensor, inputs, feed, path)
    scores = find_scores(scratch, tensor, scores_tensor, outputs, path)
    if not wanted:  # the last row that is known may not be the last
        known = {op.name for op in scratch.get_operations()}
        lost = [node for node in source.nodes if node.name not in known]
        users = [n.name for n in lost if scores.op.name in map(operation_of, n.input)]
        refuse_unknown(source, users, misfits)
    needed = {node.name for node in ancestors(source.nodes, [scores.name], [tensor.name])}
    return tensor, scores, image_input(tensor, scratch, needed, layout, path)


def _signature(source, name, unused):
    """The inputs and outputs of the signature to take, {} where there is none."""
    signatures = source.signatures
    if name is not None:
        checks.one_of(signatures, signature=name)
    elif len(signatures) == 1:
        name = next(iter(signatures))
    elif "serving_default" in signatures:
        name = "serving_default"
    elif signatures and not unused:
        raise InputError(f"{source.path}: give --signature, one of {', '.join(signatures)}")
    return signatures.get(name, ({}, {}))


def _refuse_unfed(nodes, feed, path):
    unfed = [n for n in nodes if n.op == "Placeholder" and n.name not in feed]
    if unfed:
        names = ", ".join(f"{n.name} ({tf.as_dtype(n.attr['dtype'].type).name})" for n in unfed)
        raise InputError(
            f"{path}: the scores also need {names}; give --feed {unfed[0].name}=VALUE, or another"
            " --input-tensor"
        )


def _channels_last(nodes, image, scores):
    """The operations in NHWC, and the name of Grad-CAM's layer where that cannot be found later."""
    if not has_channels_first(nodes):
        return nodes, None
    between = []
    with contextlib.suppress(InputError):  # a loop, which Grad-CAM takes none of
        between = ops_between(image.tensors[0], scores)
    maps = [op for op in between if op.outputs[0].shape.ndims == 4]
    maps = [op for op in maps if op.outputs[0].shape.as_list()[2:] != [1, 1]]
    nodes = channels_last(nodes)
    if not maps:
        return nodes, None
    # The last layer goes to channels last and back, so that there is a Tensor to look at.
    last = maps[-1].name
    kind = maps[-1].outputs[0].dtype.as_datatype_enum
    name = last + "/to_nchw" if any(n.name == last + "/to_nchw" for n in nodes) else last
    there = transposition(name, TO_LAST, kind, last + "/channels_last")
    back = transposition(there[-1].name, TO_FIRST, kind, last + "/channels_first")
    nodes = redirected(nodes, {name: back[-1].name})
    return nodes + there + back, there[-1].name + ":0"


def _imported(nodes, source, image, scores, features, sess):
    """The model in the session's graph, on a placeholder of its own."""
    N, H, W, C = image.shape
    dtype = image.tensors[0].dtype.base_dtype
    with sess.graph.as_default():
        name = re.sub(r"\W", "_", image.tensors[0].op.name) + "_pixels"
        placed = tf.placeholder(tf.float32 if dtype == tf.bfloat16 else dtype, image.shape, name)
        adapted = tf.cast(placed, dtype)
        if image.layout == "nchw":
            adapted = tf.transpose(adapted, TO_FIRST)
        elif image.layout == "flat":
            adapted = tf.reshape(adapted, [-1, H * W * C])
        wanted = [scores.name] + ([features] if features else [])
        taken = {op.name for op in sess.graph.get_operations()}
        found = import_nodes(
            nodes,
            source,
            "" if taken.isdisjoint(node.name for node in nodes) else "file",
            input_map={cut.name: adapted for cut in image.tensors},
            return_elements=wanted,
        )
        row = found[0]
        if row.shape.ndims == 4:
            row = tf.squeeze(row, [axis for axis in (1, 2, 3) if row.shape.as_list()[axis] == 1])
    return FileModel(placed, row, sess, found[1] if features else None)


def _tried(model):
    """The network's `graph_model.Outputs`, and a warning if an image's scores change."""
    N = model.image.shape.as_list()[0] or 2
    H, W = model.size or (224, 224)
    rng = np.random.RandomState(0)
    pixels = rng.randint(0, 256, (2, H, W, 3)).astype(np.uint8)
    X = model.scaling.preprocess(pixels)
    net = BoundModel(model)
    # Twice each, since dropout in a small network may by chance drop the same units again.
    batches = 2 * [N * [0], [0] + (N - 1) * [1]]
    runs = [net.fetch(model.scores, {model.image: X[batch]}) for batch in batches]
    of_first_image = np.concatenate(runs)[np.concatenate(batches) == 0]
    atol = 1e-5 * (1 + np.abs(runs[0]).max())
    if not np.allclose(of_first_image, of_first_image[0], rtol=1e-3, atol=atol):
        warnings.warn(
            "an image's scores change from run to run, or with the images beside it: dropout or"
            " batch normalization is training; see --feed, or save the graph that is used to test",
            RuntimeWarning,
            stacklevel=3,
        )
    return net.outputs(X[:1])


def _class_names(labels, num_classes):
    if labels is None:
        return tuple(map(str, range(num_classes)))
    if labels == "imagenet":
        names = ("background",) * (num_classes == len(IMAGENET) + 1) + IMAGENET
    else:
        names = tuple(line.strip() for line in text_lines(read_text(labels).rstrip()))
    if len(names) != num_classes:
        raise InputError(f"{labels}: has {len(names)} names, expected {num_classes}, one a line")
    return names
