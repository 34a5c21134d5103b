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

from sessions import session_config
from tf_cs231n import checks
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, shown
from tf_cs231n.training import servers
from tf_cs231n.training.towers import Towers, check_present, device_names, number_of_cpus

_ADDRESS = re.compile(r"([\w.-]+):(\d{1,5})")


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
            here = servers.wait_for(self.workers, self.step_timeout, stop)
            port = int(self._address.rpartition(":")[2]) if self._address else 0
            port = servers.server_at(port, number_of_cpus(self._own)).target.rpartition(":")[2]
            self._address = self._address or f"{here}:{port}"
            with self._session(tf.Graph()) as session:
                found = [device.name for device in session.list_devices()]
            check_present(self._own, [name for name in found if "/job:chief" in name])
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
            if servers.in_time(session.list_devices, self.step_timeout) is None:
                raise InputError(self._who_is_lost() or "the workers cannot reach this process at"
                                 f" {self._address}; see --chief")  # fmt: skip
            yield session
            closing = servers.PATIENCE
        finally:
            servers.in_time(session.close, closing)

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
        silent = [worker for worker in self.workers if not servers.ask(worker, servers.queue_size)]
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
            servers.ask(worker, lambda queue: queue.enqueue(True))


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
