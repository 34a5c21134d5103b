"""Sessions that grow GPU memory on demand: the helpers that notebooks and scripts start with.

TensorFlow takes all memory of every GPU when a session starts. The sessions made here take what
they need and grow, so that two notebooks can share one card::

    from sessions import graph_session

    with graph_session(seed=0) as sess:
        ...build a graph, sess.run(...)

Where there is no GPU the same lines run on the CPU.
"""

import contextlib
import os
import warnings
from collections.abc import Iterable

from tf_cs231n import checks
from tf_cs231n.compat import HAS_GPU, fresh_graph, tf
from tf_cs231n.errors import InputError, shown
from tf_cs231n.ops.cores import usable_cores


def session_config(
    allow_growth=True,
    memory_fraction=None,
    gpus=None,
    intra_op_threads=None,
    inter_op_threads=None,
    log_device_placement=False,
    cpus=None,
):
    """Make the ``tf.ConfigProto`` of a session.

    Args:
      allow_growth: take GPU memory as it is needed, not all of it at the start.
      memory_fraction: the most of each GPU's memory to take, in (0, 1]; None: no cap.
      gpus: which GPUs to use, a list of their numbers (``[0, 1]``) or one number; ``[]``: none;
        None: all.
      intra_op_threads: threads within one operation, at least 1; None: as many as the process may
        use cores.
      inter_op_threads: operations at a time, at least 1; None: the same.
      log_device_placement: print on which device each operation runs.
      cpus: how many CPU devices there are, which share the processor; None: one.

    Returns:
      A ``tf.ConfigProto``. Operations without a GPU kernel fall back to the CPU. TensorFlow sets
      GPUs up once per process: growth, cap and choice are those of its first session.

    Raises:
      InputError: a value outside its range.
    """
    numbers = [] if gpus is None else list(gpus) if isinstance(gpus, Iterable) else [gpus]
    threads = {"intra_op_threads": intra_op_threads, "inter_op_threads": inter_op_threads}
    counts = {**threads, "cpus": cpus}
    checks.counts(**{name: number for name, number in counts.items() if number is not None})
    if memory_fraction is not None:
        checks.numbers(above=0, most=1, memory_fraction=memory_fraction)
    for number in numbers:
        checks.counts(least=0, gpus=number)

    config = tf.ConfigProto(
        allow_soft_placement=True,
        log_device_placement=bool(log_device_placement),
        intra_op_parallelism_threads=int(intra_op_threads or usable_cores()),
        inter_op_parallelism_threads=int(inter_op_threads or usable_cores()),
    )
    if cpus is not None:
        config.device_count["CPU"] = cpus
    config.gpu_options.allow_growth = bool(allow_growth)
    if memory_fraction is not None:
        config.gpu_options.per_process_gpu_memory_fraction = memory_fraction
    if numbers:
        config.gpu_options.visible_device_list = ",".join(map(str, numbers))
    elif gpus is not None:
        config.device_count["GPU"] = 0
    return config


def get_session(graph=None, **config):
    """Open a session that grows GPU memory on demand.

    Args:
      graph: the ``tf.Graph`` to run; None: the default graph.
      **config: as for `session_config`.

    Returns:
      A ``tf.Session``; close it, or use it in a ``with`` block.

    Raises:
      InputError: arguments out of range; or a process forked from one with sessions, there and
        where one of its parent's runs: TensorFlow would hang, as its threads were not copied.
    """
    _refuse_forked()
    if graph is not None and not isinstance(graph, tf.Graph):
        raise InputError(f"graph: got {shown(graph)}, expected a tf.Graph")
    made = session_config(**config)
    if HAS_GPU and made.device_count.get("GPU") != 0:
        _note_wishes({name: config[name] for name in _SET_ONCE if name in config})
    return _Session(graph=graph, config=made)


class _Session(tf.Session):
    def run(self, *args, **kwargs):
        _refuse_forked()
        return super().run(*args, **kwargs)


_process = None  # where the first session was made


def _refuse_forked():
    global _process
    _process = _process or os.getpid()
    if _process != os.getpid():
        raise InputError(
            "this process was forked from one that has sessions, where TensorFlow hangs; start"
            " processes by multiprocessing.get_context('spawn'), or before the first session"
        )


_SET_ONCE = {"allow_growth": True, "memory_fraction": None, "gpus": None}  # and what is usual
_first_wishes = None


def _note_wishes(wishes):
    """Warn of wishes that the process's first session on the GPUs did not have."""
    global _first_wishes
    if _first_wishes is None:
        _first_wishes = {**_SET_ONCE, **wishes}
    late = [name for name, wish in wishes.items() if wish != _first_wishes[name]]
    if late:
        warnings.warn(
            f"{', '.join(late)}: TensorFlow keeps what this process's first session asked for;"
            " restart the kernel or program to change it",
            stacklevel=3,
        )


@contextlib.contextmanager
def graph_session(seed=None, **config):
    """A fresh default graph with its default session, both gone when the block ends.

    Args:
      seed: the graph's random seed. It fixes what random operations give on one runtime; give
        an operation its own ``seed=`` as well for the same numbers on every TensorFlow.
      **config: as for `session_config`.

    Yields:
      The ``tf.Session``, already the default one.
    """
    if seed is not None:
        checks.counts(least=0, seed=seed)
    with fresh_graph() as graph, get_session(graph, **config) as sess:
        if seed is not None:
            tf.set_random_seed(seed)
        yield sess


def find_session(sess=None, model=None, graph=None):
    """The session to use: ``sess``, else the model's, else the default one.

    Args:
      sess: a ``tf.Session``, or None.
      model: anything; its ``sess``, if it has one.
      graph: the ``tf.Graph`` that it must run; None: any.

    Raises:
      InputError: there is none, or it is not one, is closed, or runs another graph.
    """
    if sess is None:
        sess = getattr(model, "sess", None)
    if sess is None:
        sess = tf.get_default_session()
    if sess is None:
        raise InputError(
            "no session: pass sess=, or work inside `with graph_session() as sess:` (sessions.py)"
        )
    if not hasattr(sess, "run"):
        raise InputError(f"sess: got {shown(sess)}, expected a tf.Session")
    # TensorFlow has no public name for it; a closed MonitoredSession has no graph.
    if getattr(sess, "_closed", False) or getattr(sess, "graph", None) is None:
        raise InputError("sess: this session is closed; work inside its `with` block")
    if graph is not None and sess.graph is not graph:
        raise InputError("sess: this session runs another graph than the model's")
    return sess


def assign(sess, pairs):
    """Give variables values through their initializers, which adds no operation to the graph.

    Args:
      sess: the session that holds the variables.
      pairs: list of (``tf.Variable``, array), of shapes and dtypes that fit.
    """
    feed = {variable.initializer.inputs[1]: value for variable, value in pairs}
    if len(feed) == len(pairs):
        sess.run([variable.initializer for variable, _ in pairs], feed)
    else:  # some begin with the same Tensor, which takes one value in a run
        for pair in pairs:
            assign(sess, [pair])
