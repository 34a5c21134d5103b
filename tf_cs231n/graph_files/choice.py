"""Which Tensor is the image, which are the scores, how large an image is, and what range it has."""

import collections

import numpy as np

from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, shown

LAYOUTS = "nhwc", "nchw"
_THROUGH = {"Identity", "Cast", "Transpose", "Reshape", "ExpandDims", "Pad", "PadV2"}
_THROUGH |= {"PlaceholderWithDefault", "ResizeBilinear"}
# Where a first number is this large, or a factor this small, pixels are still in 0..255.
_LARGE = 16

# tensors: the float Tensors to be replaced, mostly one. shape: [N, H, W, C], None where it is free.
# layout: "nhwc", "nchw", or "flat", (N, H W C).
ImageInput = collections.namedtuple("ImageInput", "tensors shape layout")


def find_image(graph, name, signature, feed, path):
    """The image's Tensor: the named one, the signature's only one, or the only placeholder."""
    if name is not None:
        return _named(graph, signature.get(name, name), path, "--input-tensor")
    if signature:
        candidates = [_named(graph, name, path, "signature") for name in signature.values()]
    else:
        ops = [op for op in graph.get_operations() if op.name not in feed]
        candidates = [op.outputs[0] for op in ops if op.type == "Placeholder"]
    numbers = [t for t in candidates if t.dtype.is_floating or t.dtype in (tf.uint8, tf.int32)]
    images = [t for t in numbers if t.shape.ndims == 4]
    images = images or [t for t in numbers if t.shape.ndims == 2 and t.dtype.is_floating]
    images = images or [t for t in numbers if t.shape.ndims is None]
    return _only(images or candidates, len(images), path, "--input-tensor", "placeholders")


def find_scores(graph, image, name, signature, path):
    """The scores' Tensor: the named one, the signature's, or the only last row of numbers."""
    if name is not None:
        return _named(graph, signature.get(name, name), path, "--scores-tensor")
    if signature:
        tensors = [_named(graph, name, path, "signature") for name in signature.values()]
        rows = [tensor for tensor in tensors if _is_row(tensor)]
        return _only(rows or tensors, len(rows), path, "--scores-tensor", "outputs")
    rows = _last_rows(graph, image)
    return _only(rows, len(rows), path, "--scores-tensor", "last Tensors (N, classes)")


def _last_rows(graph, image):
    """Rows of numbers made from the image of which no other is made, gradients aside."""
    depends, below, last = {image.op}, set(), []
    ops = graph.get_operations()  # inputs come before their users
    for op in ops:
        training = "gradients" in op.name.split("/") or "_grad/" in op.name
        if not training and any(tensor.op in depends for tensor in op.inputs):
            depends.add(op)
    for op in reversed(ops):
        if op not in depends or op is image.op:
            continue
        is_row = bool(op.outputs) and _is_row(op.outputs[0])
        if is_row and op not in below:
            last.append(op.outputs[0])
        if is_row or op in below:
            below.update(tensor.op for tensor in op.inputs)
    # What goes into a training's loss stands aside where there is a row that does not.
    tested = [t for t in last if not any("CrossEntropy" in op.type for op in t.consumers())]
    return (tested or last)[::-1]


def _is_row(tensor):
    shape = tensor.shape
    if not tensor.dtype.is_floating or shape.ndims not in (None, 2, 4):
        return False
    sizes = shape.as_list() if shape.ndims == 4 else None
    return sizes is None or [1, 1] in (sizes[1:3], sizes[2:])


def _only(candidates, good, path, option, what):
    if good == 1:
        return candidates[0]
    listed = ", ".join(_described(tensor) for tensor in candidates[:8]) or "none"
    more = f" and {len(candidates) - 8} more" if len(candidates) > 8 else ""
    raise InputError(f"{path}: give {option}; its {what}: {listed}{more}")


def _described(tensor):
    sizes = tensor.shape.as_list() if tensor.shape.ndims is not None else "?"
    shape = ", ".join("?" if size is None else str(size) for size in sizes)
    return f"{tensor.name} ({shape}) {tensor.dtype.base_dtype.name}"


def _named(graph, name, path, option):
    try:
        return graph.get_tensor_by_name(name if ":" in name else name + ":0")
    except (KeyError, ValueError) as error:
        last = name.split("/")[-1].split(":")[0].lower()
        alike = [
            op.name + ":0" for op in graph.get_operations() if last and last in op.name.lower()
        ]
        placeholders = [op.name + ":0" for op in graph.get_operations() if op.type == "Placeholder"]
        listed = ", ".join((alike or placeholders)[:8]) or "none"
        what = "names like it" if alike else "its placeholders"
        raise InputError(
            f"{path}: {option} {shown(name)} is no Tensor of this graph; {what}: {listed}"
        ) from error


def image_input(tensor, graph, needed, layout, path):
    """Where to cut the graph for images of floats, as an `ImageInput`.

    Args:
      needed: the names of the operations that the scores are made from.
    """
    cuts = [tensor]
    while not cuts[0].dtype.is_floating:  # integers have no gradient: from where they are cast
        users = [op for cut in cuts for op in cut.consumers() if op.name in needed]
        kinds = {op.outputs[0].dtype for op in users if op.type in ("Cast", "Identity")}
        if len(kinds) != 1 or any(op.type not in ("Cast", "Identity") for op in users):
            raise InputError(
                f"{path}: {tensor.name} holds {tensor.dtype.base_dtype.name}, which have no"
                " gradient; give --input-tensor the floats that are made from it"
            )
        cuts = [op.outputs[0] for op in users]
    sizes = tensor.shape.as_list() if tensor.shape.ndims is not None else [None] * 4
    if len(sizes) == 2:
        return ImageInput(cuts, [sizes[0], *_unflattened(sizes[1], tensor, path)], "flat")
    if len(sizes) != 4:
        raise InputError(f"{path}: {_described(tensor)}, expected images (N, H, W, channels)")
    layout = layout or _layout(sizes, graph)
    N, H, W, C = sizes if layout == "nhwc" else [sizes[axis] for axis in (0, 2, 3, 1)]
    if (C or 3) not in (1, 3):
        raise InputError(f"{path}: {_described(tensor)} has {C} channels, expected 1 or 3")
    return ImageInput(cuts, [N, H, W, C or 3], layout)


def _layout(sizes, graph):
    first, last = (sizes[axis] in (1, 3) for axis in (1, 3))
    if first != last:
        return "nchw" if first else "nhwc"
    formats = {
        op.get_attr("data_format") for op in graph.get_operations() if op.type.endswith("Conv2D")
    }
    return "nchw" if formats == {b"NCHW"} else "nhwc"


def _unflattened(number, tensor, path):
    for channels in (1, 3):
        side = int(round(np.sqrt((number or 0) / channels)))
        if number and side * side * channels == number:
            return side, side, channels
    raise InputError(f"{path}: {_described(tensor)} is no square image of 1 or 3 channels")


def takes_255(tensor):
    """Whether the first arithmetic says that pixels are in 0..255; None: it does not tell."""
    if not tensor.dtype.is_floating:
        return True
    while len(tensor.consumers()) == 1:
        op = tensor.consumers()[0]
        if op.type in _THROUGH:
            tensor = op.outputs[0]
            continue
        others = [tf.get_static_value(other) for other in op.inputs if other is not tensor]
        if len(others) != 1 or others[0] is None:
            return None
        most = float(np.abs(others[0]).max())
        shifts = op.type in ("Sub", "Add", "AddV2", "BiasAdd", "RealDiv", "Div")
        if shifts and most > _LARGE or op.type == "Mul" and most < 1 / _LARGE:
            return True
        return False if op.type in ("Sub", "Mul") else None
    return None
