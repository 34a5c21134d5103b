"""A network that stands still: its variables and switches as constants, all else as it was.

So a session needs nothing initialized or restored, and one way leads from every kind of file.
"""

import numpy as np

from tf_cs231n.compat import op_definition, tf
from tf_cs231n.errors import InputError, shown
from tf_cs231n.graph_files.functions import operation_of

_REFERENCES = "Variable", "VariableV2"
_HANDLES = "VarHandleOp", "VariableHandleOp"


def ancestors(nodes, names, given=()):
    """The operations that these Tensors are made from, without what makes the ``given`` ones."""
    by_name = {node.name: node for node in nodes}
    wanted, stack = set(), list(names)
    while stack:
        name = stack.pop()
        operation = operation_of(name)
        if name in given or name + ":0" in given or operation in wanted:
            continue
        if operation in by_name:
            wanted.add(operation)
            stack.extend(by_name[operation].input)
    return [node for node in nodes if node.name in wanted]


def with_values(nodes, source, feed):
    """The operations with constants for the variables and for what is fed.

    Args:
      nodes: list of NodeDefs, only what is needed.
      source: the `formats.GraphSource` that they come from.
      feed: dict of operation to array, as from `fed_values`.

    Raises:
      InputError: a variable without a value, or one that is read in an unusual way.
    """
    handles = {node.name for node in nodes if node.op in _HANDLES}
    keys = _checkpoint_keys(source.nodes)
    reader = tf.train.load_checkpoint(source.checkpoint) if source.checkpoint else None
    result = []
    for node in nodes:
        inputs = [operation_of(name) for name in node.input]
        if node.name in feed:
            node = _constant(node, feed[node.name])
        elif node.op in _REFERENCES or node.op in _HANDLES:
            node = _constant(node, _value(node, keys, reader, source.path))
        elif node.op == "ReadVariableOp":
            kind = node.attr["dtype"].type
            node = tf.NodeDef(name=node.name, op="Identity", input=node.input)
            node.attr["T"].type = kind
        elif handles.intersection(inputs) and node.op != "Identity":
            raise InputError(
                f"{source.path}: {node.op} ({node.name}) reads the variable {inputs[0]}, of which"
                " only ReadVariableOp is understood; freeze the graph"
            )
        result.append(node)
    return result


def _checkpoint_keys(nodes):
    """Variable: its name in the checkpoint, from the operations that would restore it."""
    by_name = {node.name: node for node in nodes}
    keys, copies = {}, {}
    for node in nodes:
        if node.op not in ("Assign", "AssignVariableOp"):
            continue
        variable, name = operation_of(node.input[0]), node.input[1]
        while operation_of(name) in by_name and by_name[operation_of(name)].op == "Identity":
            name = by_name[operation_of(name)].input[0]
        value = by_name.get(operation_of(name))
        if value is not None and value.op == "RestoreV2":
            names = by_name[operation_of(value.input[1])].attr["value"].tensor
            number = int((name.split(":") + ["0"])[1])
            keys[variable] = tf.make_ndarray(names).ravel()[number].decode()
        elif value is not None and value.op == "ReadVariableOp":
            copies[operation_of(value.input[0])] = variable  # Keras 3 saves a copy of each
    return {**{old: keys[new] for old, new in copies.items() if new in keys}, **keys}


def _value(node, keys, reader, path):
    if reader is None:
        raise InputError(
            f"{path}: the variable {node.name} has no value in this file; give the SavedModel's"
            " folder or the checkpoint's .meta, or freeze the graph"
        )
    key = keys.get(node.name, node.name)
    if not reader.has_tensor(key):
        raise InputError(f"{path}: the checkpoint has no value of the variable {key}")
    return reader.get_tensor(key)


def _constant(node, value):
    """A Const of the same name; ``node`` is a variable or a placeholder."""
    constant = tf.NodeDef(name=node.name, op="Const")
    constant.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
    constant.attr["dtype"].type = constant.attr["value"].tensor.dtype
    return constant


def fed_values(source, feed):
    """Dict of operation to array, from names of placeholders and values, or texts of values.

    Raises:
      InputError: no such placeholder, or not a value of its type.
    """
    placeholders = {n.name: n for n in source.nodes if n.op.startswith("Placeholder")}
    values = {}
    for name, value in feed.items():
        node = placeholders.get(operation_of(name))
        if node is None:
            raise InputError(f"{source.path}: --feed {name}: no placeholder of this name")
        values[node.name] = _parsed(name, value, tf.as_dtype(node.attr["dtype"].type))
    return values


def _parsed(name, value, dtype):
    """A value such as "false", "1.0", "1,2" or an array as an array."""
    words = {"true": 1, "false": 0}
    if isinstance(value, str):
        value = [words.get(word.lower(), word) for word in value.replace(",", " ").split()]
        value = value[0] if len(value) == 1 else value
    try:
        return np.asarray(value, float).astype(dtype.as_numpy_dtype)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"--feed {name}: got {shown(value)}, expected {dtype.base_dtype.name}"
        ) from error


def misfit(node, library):
    """Drop settings that this TensorFlow does not know, where they are at rest.

    Returns:
      None, or what it does not know of this operation, for a message.
    """
    definition = op_definition(node.op)
    if definition is None:
        functions = {function.signature.name for function in library.function}
        return None if node.op in functions else f"operation {node.op} ({node.name})"
    known = {attr.name for attr in definition.attr}
    for name in [name for name in node.attr if name not in known and name[0] != "_"]:
        if not _at_rest(node.attr[name]) and (node.op, name) not in _HARMLESS:
            return f"setting {name} of the operation {node.op} ({node.name})"
        del node.attr[name]
    return None


# Those of training alone, and those of variables, which become constants.
_HARMLESS = [("FusedBatchNormV3", "exponential_avg_factor"), ("VarHandleOp", "debug_name")]


def _at_rest(attr):
    """Whether a setting is the false, zero or empty value that stands for "as before"."""
    kind = attr.WhichOneof("value")
    if kind == "list":
        return not attr.list.ByteSize()
    return kind is None or not getattr(attr, kind)
