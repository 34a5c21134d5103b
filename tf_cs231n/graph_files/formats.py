"""Three kinds of files read into one form: operations, where the variables' values are, names."""

import collections
import os
import re

from tf_cs231n.compat import SavedModel, tf
from tf_cs231n.errors import InputError, short
from tf_cs231n.graph_files.functions import inlined
from tf_cs231n.training.checkpoints import check_prefix

# nodes: list of NodeDefs. library: a FunctionDefLibrary. checkpoint: the prefix of the variables'
# values, or None. signatures, of a SavedModel: {name: (inputs, outputs)}, each {key: Tensor}.
GraphSource = collections.namedtuple("GraphSource", "path nodes library checkpoint signatures")

_KERAS = ".h5", ".hdf5", ".keras"


def read_graph(path):
    """Read a graph from a file or folder, as a `GraphSource`.

    Args:
      path: a frozen graph (.pb); a SavedModel's folder, or its saved_model.pb; a checkpoint by its
        .meta, its prefix or another of its files, or its folder.

    Raises:
      InputError: nothing there, or none of these.
    """
    path = os.fsdecode(path)
    if os.path.basename(path) == "saved_model.pb":
        path = os.path.dirname(path) or "."
    if os.path.isfile(os.path.join(path, "saved_model.pb")):
        return _saved_model(path)
    prefix = re.sub(r"\.(meta|index|data-\d{5}-of-\d{5})$", "", _newest(path) or path)
    if os.path.isfile(prefix + ".meta"):
        meta = _parsed(prefix + ".meta", tf.MetaGraphDef())
        return _source(path, meta.graph_def, check_prefix(prefix), {})
    if os.path.isfile(prefix + ".index"):
        raise InputError(
            f"{path}: {os.path.basename(prefix)}.meta, which holds the graph, is not beside it;"
            " tf.train.Saver().save(sess, path) writes it"
        )
    if path.lower().endswith(_KERAS):
        raise InputError(f"{path}: a Keras file; load it in Keras and model.export(FOLDER)")
    if os.path.isdir(path):
        raise InputError(
            f"{path}: no saved_model.pb in this folder, and no checkpoint with a .meta"
        )
    return _source(path, _parsed(path, tf.GraphDef()), None, {})


def _newest(folder):
    """The prefix of a folder's newest checkpoint; None: there is none, or this is no folder."""
    state = tf.train.get_checkpoint_state(folder) if os.path.isdir(folder) else None
    # By its name alone: the folder may have been moved.
    return state and os.path.join(folder, os.path.basename(state.model_checkpoint_path))


def _saved_model(folder):
    path = os.path.join(folder, "saved_model.pb")
    metas = _parsed(path, SavedModel()).meta_graphs
    served = [meta for meta in metas if "serve" in meta.meta_info_def.tags] or list(metas)
    if not served:
        raise InputError(f"{path}: no graph in this file")
    variables = os.path.join(folder, "variables", "variables")
    signatures = {
        name: (_names(signature.inputs), _names(signature.outputs))
        for name, signature in served[0].signature_def.items()
        if signature.inputs and signature.outputs
    }
    has_values = os.path.isfile(variables + ".index")
    values = check_prefix(variables) if has_values else None
    return _source(folder, served[0].graph_def, values, signatures)


def _names(tensors):
    return {key: info.name for key, info in tensors.items() if info.name}


def _parsed(path, message):
    """The file's message, whole."""
    try:
        with open(path, "rb") as file:
            message.ParseFromString(file.read())
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    except Exception as error:  # protobuf's; its class has moved between versions
        raise InputError(
            f"{path}: damaged, or no graph of TensorFlow ({short(error)}); expected a frozen graph"
            " (.pb), a SavedModel's folder, or a checkpoint's .meta"
        ) from error
    return message


def _source(path, graph_def, checkpoint, signatures):
    if not any(node.op for node in graph_def.node):
        raise InputError(f"{path}: no operations in this file; expected a graph of TensorFlow")
    nodes, renamed = inlined(graph_def)
    for inputs, outputs in signatures.values():
        for names in (inputs, outputs):
            names.update({key: renamed.get(name, name) for key, name in names.items()})
    return GraphSource(path, nodes, graph_def.library, checkpoint, signatures)
