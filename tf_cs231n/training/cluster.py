"""A cluster: the towers of a training on other machines, led by this process, the chief.

A worker is a TensorFlow server that knows nothing of the training: the chief tells it at the start
who takes part, sends it its share of every step, and tells it at the end to go. Variables, data,
checkpoints and summaries are the chief's::

    tf-cs231n worker --port 2222                     # on each other machine

    devices = Cluster(["one:2222", "two:2222"])      # here
    for progress in train(folder, data, devices=devices): ...

TensorFlow's servers listen on every interface, and whoever reaches one can run code there.
"""

import contextlib
import json
import os
import re
import socket
import threading
import time

from sessions import session_config
from tf_cs231n import checks
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, shown
from tf_cs231n.interruption import stoppable
from tf_cs231n.training.towers import Towers, device_names, number_of_cpus

_ADDRESS = re.compile(r"([\w.-]+):(\d{1,5})")
_PATIENCE = 5  # seconds in which whoever is there answers a question
_servers = {}  # of this process, by port and number of CPUs: TensorFlow cannot stop one


def check_addresses(name, addresses):
    """Raise an `InputError` unless these are texts HOST:PORT, each another one."""
    for address in addresses:
        match = _ADDRESS.fullmatch(str(address))
        if not match or not 0 < int(match.group(2)) < 65536:
            raise InputError(f"{name}: got {shown(address)}, expected HOST:PORT, such as two:2222")
    if len(set(addresses)) < len(addresses):
        raise InputError(f"{name}: got {', '.join(addresses)}, expected each once")


class Cluster(Towers):
    """Towers on workers: one on each of a worker's GPUs, or on its CPU where it has none.

    Args:
      workers: where `serve` listens, such as ``["two:2222", "three:2222"]``.
      devices: of the chief, as for `Towers`, each with a tower, too; none: it only leads.
      chief: HOST:PORT, by which the workers reach this process; None: the address by which this
        machine reaches the first worker, and a free port.
      step_timeout: seconds that a step, or a worker's coming, may take at most.

    Raises:
      InputError: a wrong address or device; when it connects: a worker that does not answer.
    """

    def __init__(self, workers, devices=(), chief=None, step_timeout=120.0):
        check_addresses("workers", workers)
        check_addresses("chief", [chief] if chief else [])
        checks.counts(**{"number of workers": len(workers)})
        checks.numbers(above=0, step_timeout=step_timeout)
        self.workers, self.step_timeout = list(workers), step_timeout
        self._address, self._own = chief, device_names(devices)
        self._chief = f"/job:chief/task:0{(self._own or [''])[0]}"
        self._places = []

    def connect(self, stop=None):
        """Wait for the workers, and find their devices; once.

        Returns:
          A sentence that says who takes part.
        """
        if not self._places:
            here = _wait_for(self.workers, self.step_timeout, stop)
            port = int(self._address.rpartition(":")[2]) if self._address else 0
            port = _server(port, number_of_cpus(self._own)).target.rpartition(":")[2]
            self._address = self._address or f"{here}:{port}"
            with self._session(tf.Graph()) as session:
                found = [device.name for device in session.list_devices()]
            for name in self._own:
                if not any(device.endswith(name) for device in found if "/job:chief" in device):
                    raise InputError(f"devices: {name[8:].lower()} is not on this machine")
            self._places = [f"/job:chief/task:0{name}" for name in self._own]
            for i in range(len(self.workers)):
                theirs = sorted(n for n in found if f"/job:worker/replica:0/task:{i}/" in n)
                self._places += [n for n in theirs if "device:GPU" in n] or theirs[:1]
        who = [*(["this process"] if self._own else []), *self.workers]
        port = self._address.rpartition(":")[2]
        return (
            f"{len(self)} towers on {', '.join(who)}; this process listens on every interface at"
            f" port {port}"
        )

    @contextlib.contextmanager
    def chief(self):
        self.connect()
        with super().chief():
            yield

    @contextlib.contextmanager
    def session(self):
        with self._session(tf.get_default_graph()) as session:
            yield session

    @contextlib.contextmanager
    def _session(self, graph):
        """A session of the whole cluster; whoever is lost meanwhile cannot keep it from closing."""
        config = session_config()
        config.operation_timeout_in_ms = int(1000 * self.step_timeout)
        members = {"chief": [self._address], "worker": self.workers}
        config.cluster_def.CopyFrom(tf.train.ClusterSpec(members).as_cluster_def())
        session, closing = tf.Session(f"grpc://{self._address}", graph, config), 0
        try:
            # TensorFlow opens it only now, and waits without an end for a worker that hangs.
            if _in_time(session.list_devices, self.step_timeout) is None:
                raise InputError(self._who_is_lost() or "the workers cannot reach this process at"
                                 f" {self._address}; see --chief")  # fmt: skip
            yield session
            closing = _PATIENCE
        finally:
            _in_time(session.close, closing)

    def lost(self, error):
        kinds = (
            tf.errors.AbortedError,
            tf.errors.CancelledError,
            tf.errors.DeadlineExceededError,
            tf.errors.InternalError,
            tf.errors.UnavailableError,
        )
        if not isinstance(error, kinds):
            return None
        lost = self._who_is_lost()
        if lost:
            return lost
        if isinstance(error, tf.errors.DeadlineExceededError):
            return (
                f"it took more than {self.step_timeout:g} seconds, though all workers answer; give"
                " it more with --step-timeout (step_timeout=)"
            )
        return "a worker was started anew; the same command goes on"

    def _who_is_lost(self):
        """A sentence that names the workers that do not answer, and what to do; None: all do."""
        silent = [worker for worker in self.workers if not _ask(worker, _queue_size)]
        if not silent:
            return None
        left = [worker for worker in self.workers if worker not in silent]
        go_on = f" with --workers {','.join(left)}" if left else " once there is a worker"
        return (
            f"worker {', '.join(silent)} does not answer; start it again, or go on by the same"
            f" command{go_on}"
        )

    def finish(self):
        for worker in self.workers:
            _ask(worker, lambda queue: queue.enqueue(True))


def cluster_of_environment(task="chief"):
    """What ``TF_CONFIG`` says, if it is set and names more than one task.

    Args:
      task: 'chief' or 'worker', what this process is to be. Where there is no chief, the first
        worker is.

    Returns:
      ``(chief, workers, own)``: addresses; or None.

    Raises:
      InputError: it is not as TensorFlow defines it, or says that this process is another task.
    """
    text = os.environ.get("TF_CONFIG")
    try:
        config = json.loads(text or "{}")
        jobs = {name: list(hosts) for name, hosts in config.get("cluster", {}).items()}
        task_of = config.get("task", {})
        kind, index = task_of.get("type"), int(task_of.get("index", 0))
        own = jobs[kind][index] if jobs else None
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise InputError(
            f"TF_CONFIG: got {shown(text)}, expected JSON with cluster and task"
        ) from error
    unknown = set(jobs) - {"chief", "master", "worker"}
    if unknown:
        raise InputError(f"TF_CONFIG: got a job {unknown.pop()}; here are only chief and workers")
    leaders = jobs.get("chief", jobs.get("master", []))
    chief, *workers = [*leaders, *jobs.get("worker", [])] or [None]
    if not workers:
        return None
    check_addresses("TF_CONFIG", [chief, *workers])
    if task != ("chief" if own == chief else "worker"):
        right = "the training" if own == chief else "tf-cs231n worker"
        raise InputError(f"TF_CONFIG: by it this process is {kind} {index}; run {right} here")
    return chief, workers, own


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
    server = _server(port)
    if started:
        started(int(server.target.rpartition(":")[2]))
    with stoppable(stop) as stop, tf.Graph().as_default():
        size = _queue().size()
        with tf.Session(server.target, config=session_config()) as session:
            while not session.run(size):
                stop.check()
                time.sleep(0.3)


def _server(port, cpus=1):
    """This process's TensorFlow server at a port."""
    if (port, cpus) not in _servers:
        # It takes its part by another name than in the cluster, which it learns with each session.
        members = {"starting": [f"localhost:{port}"]}
        config = session_config(cpus=cpus)
        with _port_told(port):
            _servers[port, cpus] = tf.train.Server(members, "starting", 0, config=config)
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


def _queue_size(queue):
    return queue.size()


def _ask(worker, question):
    """Run an operation of a worker's queue there; whether it was done."""

    def run():
        config = session_config()
        config.operation_timeout_in_ms = 1000 * _PATIENCE
        with tf.Graph().as_default():
            operation = question(_queue())
            with tf.Session(f"grpc://{worker}", config=config) as session:
                session.run(operation)
        return True

    return _reaches(worker) is not None and bool(_in_time(run, _PATIENCE))


def _in_time(function, seconds):
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


def _wait_for(workers, seconds, stop=None):
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
