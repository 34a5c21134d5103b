"""The part of a graph between an image and its scores: walk it, find its weights, copy it.

What is between depends on the image and leads to the scores. Everything else that it reads comes
over its border: weights, constants, switches. So a copy needs no copy of any variable.
"""

import contextlib

from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError

_CONTROL_FLOW = {"Enter", "RefEnter", "Switch", "RefSwitch", "Merge", "RefMerge", "NextIteration"}


def register_gradient(name):
    """As ``tf.RegisterGradient``, in a module that may be reloaded, as notebooks do.

    TensorFlow cannot forget a name. A gradient that changed needs a new process.
    """

    def register(function):
        with contextlib.suppress(KeyError):  # the module was loaded before
            tf.RegisterGradient(name)(function)
        return function

    return register


def depends_on(scores, image):
    """Whether ``scores`` are made from ``image``, through whatever operations."""
    seen, stack = {scores.op}, [scores.op]
    while stack:
        op = stack.pop()
        if op is image.op:
            return True
        new = {tensor.op for tensor in op.inputs} - seen
        seen |= new
        stack.extend(new)
    return False


def ops_between(image, scores):
    """The operations that depend on ``image`` and lead to ``scores``, inputs before their users.

    Raises:
      InputError: the scores do not depend on the image, or through ``tf.cond`` or a while loop,
        whose operations make no sense alone.
    """
    depends = {image.op}
    order = []
    seen = {image.op}
    stack = [(scores.op, False)]
    while stack:  # depth first from the scores; without recursion, since graphs are deep
        op, inputs_done = stack.pop()
        if inputs_done:
            if any(tensor.op in depends for tensor in op.inputs):
                if op.type in _CONTROL_FLOW:
                    raise InputError(
                        f"the scores are made by tf.cond or a while loop ({op.name}); guided "
                        "backpropagation and weight randomization need a network without; with "
                        "TensorFlow 1.15's Keras, call keras.backend.set_learning_phase(0) "
                        "before building it"
                    )
                depends.add(op)
                order.append(op)
        elif op not in seen:
            seen.add(op)
            stack.append((op, True))
            # Reversed, so that inputs are visited from the first to the last.
            stack.extend((tensor.op, False) for tensor in reversed(list(op.inputs)))
    if scores.op not in depends:
        raise InputError(f"{scores.name} does not depend on {image.name}")
    return order


def weight_tensors(image, scores):
    """The kernels that the scores are computed with, from the first layer to the last.

    Returns:
      List of float Tensors of at least two axes that come over the border: what is read from a
      variable, or a constant of a frozen graph. Feeding one runs the network with other weights
      and leaves the variable as it is.
    """
    ops = ops_between(image, scores)
    inside = set(ops) | {image.op}
    weights = []
    for op in ops:
        for tensor in op.inputs:
            is_kernel = tensor.dtype.is_floating and (tensor.shape.ndims or 0) >= 2
            if tensor.op not in inside and is_kernel and all(tensor is not w for w in weights):
                weights.append(tensor)
    return weights


def copy_between(image, scores, gradient_type):
    """Build the operations from ``image`` to ``scores`` once more, with other gradients.

    Args:
      image, scores: Tensors of the default graph; the copy reads the same image and weights.
      gradient_type: dict of an operation's type to the name, as given to ``tf.RegisterGradient``,
        of the gradient that the copies of this type shall have.

    Returns:
      The copy of ``scores``, a Tensor equal to it.
    """
    ops = ops_between(image, scores)
    inside = set(ops)
    graph_def = tf.GraphDef()
    graph_def.versions.CopyFrom(tf.get_default_graph().graph_def_versions)
    border = {}
    for op in ops:
        node = graph_def.node.add()
        node.CopyFrom(op.node_def)
        # Placement with the original and order among side effects do not concern a copy.
        node.attr.pop("_class", None)
        data_inputs = [name for name in node.input if not name.startswith("^")]
        del node.input[:]
        node.input.extend(data_inputs)
        if op.type in gradient_type:
            node.attr["_gradient_op_type"].s = gradient_type[op.type].encode()
        border.update({t.name: t for t in op.inputs if t.op not in inside})
    (copied,) = tf.import_graph_def(
        graph_def, input_map=border, return_elements=[scores.name], name="copy"
    )
    return copied
