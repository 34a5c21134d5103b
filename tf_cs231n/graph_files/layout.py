"""Channels first to channels last: TensorFlow on a CPU computes only the latter.

Each operation that names its layout computes channels last between two transpositions, so that all
Tensors between are what they were.
"""

import numpy as np

from tf_cs231n.compat import tf

TO_LAST, TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)
_LISTS = "strides", "ksize", "dilations"


def has_channels_first(nodes):
    return any(_is_first(node) for node in nodes)


def _is_first(node):
    # Asking a protobuf's map for what it has not makes an entry.
    return "data_format" in node.attr and node.attr["data_format"].s == b"NCHW"


def channels_last(nodes):
    """The operations, each of NCHW in NHWC between transpositions."""
    result, moved = [], {}
    for node in nodes:
        if not _is_first(node):
            result.append(node)
            continue
        changed = tf.NodeDef()
        changed.CopyFrom(node)
        changed.attr["data_format"].s = b"NHWC"
        for name in _LISTS:
            numbers = list(node.attr[name].list.i) if name in node.attr else []
            if numbers:
                changed.attr[name].list.i[:] = [numbers[axis] for axis in TO_LAST]
        if "explicit_paddings" in node.attr and node.attr["explicit_paddings"].list.i:
            padding = list(node.attr["explicit_paddings"].list.i)  # a pair an axis
            pairs = [padding[2 * axis : 2 * axis + 2] for axis in TO_LAST]
            changed.attr["explicit_paddings"].list.i[:] = sum(pairs, [])
        kind = node.attr["T"].type
        before = transposition(node.input[0], TO_LAST, kind, f"{node.name}/to_nhwc")
        after = transposition(node.name, TO_FIRST, kind, f"{node.name}/to_nchw")
        changed.input[0] = before[-1].name
        moved[node.name] = after[-1].name
        result += [*before, changed, *after]
    return redirected(result, moved)


def transposition(name, order, kind, new_name):
    """The operations that transpose a Tensor: the order, a constant, and the transposition."""
    axes = tf.NodeDef(name=new_name + "/axes", op="Const")
    axes.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(np.array(order, np.int32)))
    axes.attr["dtype"].type = tf.int32.as_datatype_enum
    node = tf.NodeDef(name=new_name, op="Transpose", input=[name, axes.name])
    node.attr["T"].type = kind
    node.attr["Tperm"].type = tf.int32.as_datatype_enum
    return [axes, node]


def redirected(nodes, moved):
    """Let what reads an operation's first output read another operation's, ``{old: new}``."""
    for node in nodes:
        for place, name in enumerate(node.input):
            old = name[:-2] if name.endswith(":0") else name
            if old in moved and node.name != moved[old]:
                node.input[place] = moved[old]
    return nodes
