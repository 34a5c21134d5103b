"""The one import of TensorFlow: graph mode, alike on 1.15 and on 2.x.

Every graph-mode module says ``from tf_cs231n.compat import tf``. Importing this module turns
TensorFlow 2's eager mode off for the whole program. It also quiets TensorFlow, here and nowhere
else; ``TF_CPP_MIN_LOG_LEVEL=0`` in the environment brings everything back.
"""

import contextlib
import ctypes
import gc
import glob
import os
import sys
import tempfile
import warnings


@contextlib.contextmanager
def _without_cuda_chatter():
    """Hold standard error back while TensorFlow's libraries load, and drop what they always say.

    2.x reports a missing CUDA driver before its log level is read, so only the descriptor helps.
    """
    if sys.stderr is None:  # closed; the command line opens it
        yield
        return
    chatter = (
        b"absl::InitializeLog",
        b"cudart_stub",
        b"cuda drivers",
        b"computation_placer",
        b"oneDNN custom operations are on",
    )
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        stderr = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
            held.seek(0)
            for line in held:
                if not any(words in line for words in chatter):
                    os.write(2, line)


def _keep_freed_memory():
    """Let the C library keep what TensorFlow frees for the next step, instead of the system.

    1.15 frees every large Tensor and takes it anew at the next step; memory that went back to the
    system meanwhile is cleared again page by page, a quarter of a style step at 768 pixels. (2.x
    gains nothing.) glibc only, for the whole process; a ``MALLOC_...`` variable in the environment
    goes before.
    """
    if not sys.platform.startswith("linux") or any(v.startswith("MALLOC_") for v in os.environ):
        return
    with contextlib.suppress(OSError, AttributeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        # From <malloc.h>. Without M_MMAP_MAX what is over 32 MB would still go back; without
        # M_ARENA_MAX, threads have heaps of 64 MB and what is larger would.
        M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX, M_ARENA_MAX = -1, -2, -4, -8
        mallopt(M_ARENA_MAX, 1)
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, -1)  # never
        mallopt(M_TOP_PAD, 2**26)


HAS_GPU = bool(glob.glob("/dev/nvidia[0-9]*"))

# Errors only; without a GPU not even those, as the one error is that there is none.
_LEVEL = "2" if HAS_GPU else "3"
if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", _LEVEL) == _LEVEL:  # ours, or our parent's
    _quiet = _without_cuda_chatter()
else:
    _quiet = contextlib.ExitStack()


@contextlib.contextmanager
def _without_garbage_collection():
    """Look for no garbage while TensorFlow makes its modules, nor in them later: they stay.

    Python goes through all that there is again and again as it grows, which was a quarter of the
    way to a first classification on 1.15 and a third on 2.x.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


@contextlib.contextmanager
def _without_keras():
    """Leave Keras to whoever asks for it, as ``tf.keras`` or by its name, which then loads it.

    2.x imports it beforehand, and with it scikit-learn, pandas and pyplot: a third of the way to a
    first classification. It goes on where Keras cannot be imported.
    """
    there = "keras" in sys.modules or "tensorflow" in sys.modules
    if not there:
        sys.modules["keras.src"] = None  # Python's sign for what cannot be imported
    try:
        yield
    finally:
        if not there:
            del sys.modules["keras.src"]


with _quiet, _without_garbage_collection(), _without_keras(), warnings.catch_warnings():
    # 1.15 was built for an older NumPy and says so a dozen times while it is imported.
    warnings.simplefilter("ignore")
    import tensorflow.compat.v1 as tf
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel
    from tensorflow.python.framework import op_def_registry, ops
    from tensorflow.python.util import deprecation

# The v1 interface is deprecated as a whole; one reminder for each function helps nobody.
deprecation._PRINT_DEPRECATION_WARNINGS = False

# In a notebook 1.15 starts by telling of every session.
if tf.logging.get_verbosity() == tf.logging.INFO:
    tf.logging.set_verbosity(tf.logging.WARN)

tf.disable_v2_behavior()

TF_VERSION = tuple(int(part) for part in tf.__version__.split(".")[:2])

if TF_VERSION < (2, 0):
    _keep_freed_memory()


def return_freed_memory():
    """Hand what `_keep_freed_memory` kept back to the system: at the end of large work."""
    if TF_VERSION < (2, 0) and sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def op_definition(name):
    """The OpDef of an operation's type, or None if this TensorFlow has none of that name."""
    if hasattr(op_def_registry, "get"):
        return op_def_registry.get(name)
    return op_def_registry.get_registered_ops().get(name)


def forget_custom_gradients(graph):
    """Let a graph that is done with be freed: no gradient can be built in it from now on.

    TensorFlow keeps the functions of ``tf.custom_gradient``, and through them their whole graph
    with its constants, until the program ends.
    """
    for op in graph.get_operations():
        if op.type == "IdentityN" and "_gradient_op_type" in op.node_def.attr:
            name = op.get_attr("_gradient_op_type").decode()
            ops._gradient_registry._registry.pop(name, None)


@contextlib.contextmanager
def fresh_graph():
    """A new default graph that can be freed when the block ends."""
    graph = tf.Graph()
    try:
        with graph.as_default():
            yield graph
    finally:
        forget_custom_gradients(graph)


__all__ = [
    "HAS_GPU",
    "TF_VERSION",
    "SavedModel",
    "forget_custom_gradients",
    "fresh_graph",
    "op_definition",
    "return_freed_memory",
    "tf",
]
