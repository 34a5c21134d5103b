"""TensorFlow servers: what a worker is, and how a chief finds, asks and dismisses one."""

import contextlib
import ctypes
import socket
import threading
import time

from sessions import session_config
from tf_cs231n import checks
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.interruption import stoppable

PATIENCE = 5  # seconds in which whoever is there answers a question
_servers = {}  # of this process, by port and number of CPUs: TensorFlow cannot stop one


def serve(port=0, started=None, stop=None):
    """Be a worker, until a training that it took part in is done.

    Where a training is stopped or breaks off, the worker waits for the next command.

    Args:
      port: where it listens, on every interface; 0: a free one.
      started: called with the port once it does.
      stop: an `interruption.Stop`.

    Raises:
      InputError: the port is in use.  Stopped: it was asked to stop.
    """
    checks.counts(least=0, most=65535, port=port)
    server = server_at(port)
    if started:
        started(int(server.target.rpartition(":")[2]))
    with stoppable(stop) as stop, tf.Graph().as_default():
        size = _queue().size()
        with tf.Session(server.target, config=session_config()) as session:
            while not session.run(size):
                stop.check()
                time.sleep(0.3)


def server_at(port, cpus=1):
    """This process's TensorFlow server at a port."""
    if (port, cpus) not in _servers:
        # It takes its part by another name than in the cluster, which it learns with each session.
        members = {"starting": [f"localhost:{port}"]}
        config = session_config(cpus=cpus)
        with _port_told(port):
            server = _servers[port, cpus] = tf.train.Server(members, "starting", 0, config=config)
        # 1.15 prints an error where a server is collected as the program ends, so none is.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(server))
    return _servers[port, cpus]


@contextlib.contextmanager
def _port_told(port):
    try:
        if port:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("", port))
        yield
    except (OSError, tf.errors.OpError) as error:
        raise InputError(f"port {port}: it cannot be listened on; is it in use?") from error


def _queue():
    """A worker's queue, in its own memory; what is in it says that the training is done."""
    return tf.FIFOQueue(1, tf.bool, [[]], shared_name="tf_cs231n_done")


def queue_size(queue):
    return queue.size()


def ask(worker, question):
    """Run an operation of a worker's queue there; whether it was done."""

    def run():
        config = session_config()
        config.operation_timeout_in_ms = 1000 * PATIENCE
        with tf.Graph().as_default():
            operation = question(_queue())
            with tf.Session(f"grpc://{worker}", config=config) as session:
                session.run(operation)
        return True

    return _reaches(worker) is not None and bool(in_time(run, PATIENCE))


def in_time(function, seconds):
    """What a function returns, or None if that takes too long, or it fails in TensorFlow."""
    results = []

    def run():
        with contextlib.suppress(tf.errors.OpError, RuntimeError):
            results.append(function())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    return results[0] if results else None


def _reaches(worker):
    """This machine's address as a worker sees it, or None if nobody listens there."""
    host, _, port = worker.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=1) as connection:
            return connection.getsockname()[0]
    except OSError:
        return None


def wait_for(workers, seconds, stop=None):
    """Wait until somebody listens at each address; our own address as the first sees it."""
    until = time.monotonic() + seconds
    with stoppable(stop) as stop:
        while True:
            addresses = [_reaches(worker) for worker in workers]
            if all(addresses):
                return addresses[0]
            if time.monotonic() > until:
                missing = [w for w, address in zip(workers, addresses) if not address]
                raise InputError(
                    f"worker {', '.join(missing)} did not come within {seconds:g} seconds; start"
                    f" `tf-cs231n worker --port {missing[0].rpartition(':')[2]}` there, or leave it"
                    " out"
                )
            stop.check()
            time.sleep(0.3)
