"""Put a function's operations in the place of its call: TensorFlow 2 saves graphs as functions.

Inlined, their Tensors have names and gradients as all others, and variables can be told apart.
"""

from tf_cs231n.compat import op_definition, tf

_CALLS = "PartitionedCall", "StatefulPartitionedCall"
# What a control input must not be lost of: the branches of tf.cond begin at these.
_BRANCHES = {"Identity", "Switch", "Merge", "Enter", "LoopCond", "Const"}


def inlined(graph_def):
    """The operations of a graph without calls.

    Orders among side effects (control inputs) are dropped where they do not belong to ``tf.cond``,
    with devices and colocations: an explanation only follows the data.

    Returns:
      List of NodeDefs, the contents of a call named as ``call/name``; and a dict from the name of
      each call's output, such as "call:0", to that of the Tensor it stands for.
    """
    functions = {function.signature.name: function for function in graph_def.library.function}
    nodes, renamed = [], {}
    for node in graph_def.node:
        _expand(node, functions, nodes, renamed)
    for name in renamed:
        renamed[name] = _resolved(name, renamed)
    by_name = {node.name: node for node in nodes}
    for node in nodes:
        data, control = _split(node.input)
        control = [name for name in control if getattr(by_name.get(name), "op", "") in _BRANCHES]
        inputs = [renamed.get(full_name(name), name) for name in data]
        del node.input[:]
        node.input.extend(inputs + ["^" + name for name in control])
        node.device = ""
        for name in ("_class", "_output_shapes"):
            node.attr.pop(name, None)
    return nodes, renamed


def _expand(node, functions, nodes, renamed):
    """Append a copy of ``node``, or what it calls."""
    name = node.attr["f"].func.name if node.op in _CALLS else node.op
    if name not in functions:
        nodes.append(tf.NodeDef())
        nodes[-1].CopyFrom(node)
        return
    function = functions[name]
    data, _ = _split(node.input)
    tensors = dict(zip((arg.name for arg in function.signature.input_arg), data))
    for inner in function.node_def:
        tensors.update(_outputs(inner, functions, f"{node.name}/{inner.name}"))

    def outside(name):
        parts = name.split(":")
        return tensors.get(name) or f"{node.name}/{parts[0]}:{parts[-1]}"

    for inner in function.node_def:
        copy = tf.NodeDef()
        copy.CopyFrom(inner)
        copy.name = f"{node.name}/{inner.name}"
        data, control = _split(inner.input)
        del copy.input[:]
        copy.input.extend(outside(name) for name in data)
        copy.input.extend(f"^{node.name}/{name}" for name in control)
        _expand(copy, functions, nodes, renamed)
    for number, arg in enumerate(function.signature.output_arg):
        renamed[f"{node.name}:{number}"] = outside(function.ret[arg.name])


def _outputs(node, functions, name):
    """What a function calls the outputs of one of its operations: what the graph calls them."""
    called = functions.get(node.op)
    definition = called.signature if called else op_definition(node.op)
    names, number = {}, 0
    for arg in definition.output_arg if definition else ():
        count = 1
        if arg.number_attr:
            count = node.attr[arg.number_attr].i
        elif arg.type_list_attr:
            count = len(node.attr[arg.type_list_attr].list.type)
        for place in range(count):
            names[f"{node.name}:{arg.name}:{place}"] = f"{name}:{number + place}"
        number += count
    return names


def _resolved(name, renamed):
    while name in renamed:
        name = full_name(renamed[name])
    return name


def _split(inputs):
    """Names of the Tensors that an operation takes, and of the operations it waits for."""
    data = [name for name in inputs if not name.startswith("^")]
    return data, [name[1:] for name in inputs if name.startswith("^")]


def operation_of(name):
    """The operation that makes a Tensor, or that an input waits for."""
    return name.lstrip("^").split(":")[0]


def full_name(name):
    return name if ":" in name else name + ":0"
