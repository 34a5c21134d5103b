"""Networks that are not ours, from their files: `load_graph`.

A frozen graph, a SavedModel and a checkpoint with its meta graph become one thing: operations
(NodeDefs) that this TensorFlow knows, without variables, calls of functions, or switches. Each step
is a module: `formats` reads, `functions` inlines calls, `branches` decides ``tf.cond``, `choice`
finds the image and the scores, `constants` gives variables their values, `layout` turns channels
last, `importing` builds; `load` does it all.
"""

from tf_cs231n.graph_files.load import FileModel, load_graph

__all__ = ["FileModel", "load_graph"]
