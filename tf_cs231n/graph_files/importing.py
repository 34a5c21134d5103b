"""Operations into a graph of this TensorFlow, and what it cannot take."""

from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, short
from tf_cs231n.graph_files.constants import ancestors
from tf_cs231n.graph_files.functions import operation_of


def scratch_graph(source, misfits, wanted):
    """A graph of what is known here, variables and all, to ask for shapes and users."""
    users = {}
    for node in source.nodes:
        for name in node.input:
            users.setdefault(operation_of(name), []).append(node.name)
    lost, stack = set(misfits), list(misfits)
    while stack:
        new = set(users.get(stack.pop(), ())) - lost
        lost |= new
        stack.extend(new)
    refuse_unknown(source, [name for name in wanted if operation_of(name) in lost], misfits)
    nodes = [node for node in source.nodes if node.name not in lost]
    with tf.Graph().as_default() as graph:
        import_nodes(nodes, source)
    return graph


def import_nodes(nodes, source, name="", **arguments):
    """``tf.import_graph_def`` of these operations of a `formats.GraphSource`."""
    graph_def = tf.GraphDef(node=nodes, library=source.library)
    graph_def.versions.CopyFrom(tf.Graph().graph_def_versions)
    if not any(attr.WhichOneof("value") == "func" for n in nodes for attr in n.attr.values()):
        graph_def.ClearField("library")  # which may be of operations unknown here
    try:
        return tf.import_graph_def(graph_def, name=name, **arguments)
    except (ValueError, tf.errors.OpError) as error:
        raise InputError(f"{source.path}: this graph cannot be built: {short(error)}") from error


def refuse_unknown(source, names, misfits):
    """Raise an `InputError` if one of these Tensors needs what this TensorFlow does not know.

    Args:
      source: a `formats.GraphSource`.
      names: of Tensors or operations.
      misfits: dict of operation to what is not known of it.
    """
    needed = [node.name for node in ancestors(source.nodes, names) if node.name in misfits]
    if needed:
        raise InputError(
            f"{source.path}: TensorFlow {tf.__version__} has no {misfits[needed[0]]}; make the"
            " file with this TensorFlow, or install the one that made it"
        )
