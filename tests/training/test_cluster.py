"""Workers in processes of their own, led by this one; some are killed, hang, or never come."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
from killing import ROOT
from soak import SOAK, cases
from tower_models import CLOSE, MODELS, difference, train, trained

from tf_cs231n.errors import InputError
from tf_cs231n.interruption import Stop, Stopped
from tf_cs231n.training import checkpoints, servers
from tf_cs231n.training.cluster import Cluster, cluster_of_environment
from tf_cs231n.training.servers import serve

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
ENVIRONMENT.pop("TF_CONFIG", None)


class Worker:
    def __init__(self, port=0):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tf_cs231n", "worker", "--port", str(port)],
            cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, universal_newlines=True,
        )  # fmt: skip

    def come(self):
        """Wait until it listens; its address."""
        self.says = self.process.stdout.readline()
        return "127.0.0.1:" + self.says.split("port ")[1].split(",")[0]


@pytest.fixture
def workers():
    """``workers(2)`` starts two, and returns them and their addresses."""
    started = []

    def start(number, port=0):
        new = [Worker(port) for _ in range(number)]
        started.extend(new)
        return new, [worker.come() for worker in new]

    yield start
    for worker in started:
        worker.process.kill()
        worker.process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_two_workers_are_one_device_a_killed_one_is_named_and_the_other_goes_on(workers, tmp_path):
    (stays, dies), addresses = workers(2)
    assert "every interface" in stays.says and "without a password" in stays.says
    for model in cases(["captioner"], list(MODELS)):
        cluster = Cluster(addresses, step_timeout=60)
        gradients, weights = trained(MODELS[model], None, 20, N=7)
        other_gradients, other_weights = trained(MODELS[model], cluster, 20, N=7)
        largest = max(np.abs(gradient).max() for gradient in gradients.values())
        assert difference(gradients, other_gradients, largest / 100) < CLOSE[model]
        assert difference(weights, other_weights, 0.1) < CLOSE[model]

    whole, final = train(tmp_path / "whole", 12, None)

    def kill(step):
        if step == 5:
            os.kill(dies.process.pid, signal.SIGKILL)

    with pytest.raises(InputError) as caught:
        train(tmp_path / "parts", 12, Cluster(addresses, step_timeout=6), kill)
    words = f"step 6: worker {addresses[1]} does not answer; start it again, or go on by the same"
    assert str(caught.value).startswith(words)
    assert str(caught.value).endswith(
        f"with --workers {addresses[0]}; step 5 is kept in {tmp_path / 'parts'}"
    )
    assert checkpoints.list_checkpoints(tmp_path / "parts")[-1][0] == 5
    assert stays.process.poll() is None
    rest, weights = train(tmp_path / "parts", 12, Cluster(addresses[:1], step_timeout=60))
    np.testing.assert_allclose(rest, whole[5:], rtol=1e-12)
    np.testing.assert_allclose(weights, final, rtol=1e-12)
    assert stays.process.wait(10) == 0 and "done" in stays.process.stdout.read()


def test_a_worker_that_hangs_is_named_after_the_time_of_a_step(workers, tmp_path, monkeypatch):
    (worker,), addresses = workers(1)
    monkeypatch.setattr(servers, "PATIENCE", 1)

    def hang(step):
        if step == 2:
            os.kill(worker.process.pid, signal.SIGSTOP)

    cluster = Cluster(addresses, ["cpu:0"], step_timeout=cases(3, 6))  # and one tower here
    begun = time.monotonic()
    with pytest.raises(InputError, match=f"step 3: worker {addresses[0]} does not answer") as told:
        train(tmp_path, 9, cluster, hang)
    assert "go on by the same command once there is a worker; step 2" in str(told.value)
    assert len(cluster) == 2 and time.monotonic() - begun < 40
    if not SOAK:
        return
    # One that hangs before the training begins, too.
    with pytest.raises(InputError, match=f"worker {addresses[0]} does not answer"):
        Cluster(addresses, step_timeout=2).connect()


@pytest.mark.skipif(not SOAK, reason="a minute; `make soak` runs it")
def test_workers_killed_at_random_moments_and_a_killed_chief_lose_no_more_than_a_step(
    workers, tmp_path
):
    rng = np.random.RandomState(5)
    whole, final = train(tmp_path / "whole", 400, None)
    for k in range(3):
        folder = tmp_path / str(k)
        _, (stays,) = workers(1)
        (dies,), (address,) = workers(1)
        moment = time.monotonic() + rng.uniform(0, 2)

        def kill(step, dies=dies, moment=moment):
            if time.monotonic() > moment:
                dies.process.kill()

        with contextlib.suppress(InputError):
            train(folder, 400, Cluster([stays, address], step_timeout=10), kill)
        done = checkpoints.list_checkpoints(folder)[-1][0]
        rest, weights = train(folder, 400, Cluster([stays]))
        np.testing.assert_allclose(rest, whole[done:], rtol=1e-9)
        np.testing.assert_allclose(weights, final, rtol=1e-9)

    _, addresses = workers(2)
    folder = tmp_path / "chief"
    code = (
        "import tower_models as t\nfrom tf_cs231n.training.cluster import Cluster\n"
        f"t.train({str(folder)!r}, 400, Cluster({addresses!r}),"
        " lambda step: print(step, flush=True))"
    )
    for _ in range(3):
        chief = subprocess.Popen(
            [sys.executable, "-c", code], env=ENVIRONMENT, stdout=subprocess.PIPE, cwd=ROOT
        )
        for _ in range(rng.randint(2, 100)):
            chief.stdout.readline()
        chief.kill()
        chief.wait()
    done = checkpoints.list_checkpoints(folder)[-1][0]
    rest, weights = train(folder, 400, Cluster(addresses))
    np.testing.assert_allclose(rest, whole[done:], rtol=1e-9)
    np.testing.assert_allclose(weights, final, rtol=1e-9)


def test_a_worker_that_never_comes_is_named(run_cli, tmp_path):
    nobody = f"127.0.0.1:{free_port()}"
    with pytest.raises(InputError) as caught:
        train(tmp_path, 1, Cluster([nobody], step_timeout=0.4))
    assert str(caught.value).startswith(f"worker {nobody} did not come within 0.4 seconds; start")
    status, _, err = run_cli(
        "caption", "train", "--folder", tmp_path / "c", "--workers", nobody, "--step-timeout", 0.4
    )
    assert status == 2 and f"tf-cs231n worker --port {nobody[10:]}" in err
    stop = Stop()
    stop.request()
    with pytest.raises(Stopped):
        Cluster([nobody]).connect(stop)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"workers": ["two"]}, ("workers", "two", "HOST:PORT")),
        ({"workers": ["two:0"]}, ("workers", "two:0")),
        ({"workers": ["two:1", "two:1"]}, ("workers", "each once")),
        ({"workers": []}, ("number of workers", "0")),
        ({"workers": ["two:1"], "chief": "here"}, ("chief", "here")),
        ({"workers": ["two:1"], "devices": ["cpu"]}, ("devices", "cpu")),
        ({"workers": ["two:1"], "step_timeout": 0}, ("step_timeout", "0")),
    ],
)
def test_wrong_arguments_of_a_cluster_are_named(arguments, words, raises_one_line):
    with raises_one_line(*words):
        Cluster(**arguments)


CHIEF = {"chief": ["a:1"], "worker": ["b:1", "c:1"]}


@pytest.mark.parametrize(
    "cluster, kind, index, task, expected",
    [
        (CHIEF, "chief", 0, "chief", ("a:1", ["b:1", "c:1"], "a:1")),
        (CHIEF, "worker", 1, "worker", ("a:1", ["b:1", "c:1"], "c:1")),
        ({"worker": ["b:1", "c:1"]}, "worker", 0, "chief", ("b:1", ["c:1"], "b:1")),
        ({"worker": ["b:1"]}, "worker", 0, "chief", None),
        ({}, None, 0, "chief", None),
    ],
)
def test_tf_config_is_read_as_tensorflow_defines_it(
    cluster, kind, index, task, expected, monkeypatch
):
    config = {"cluster": cluster, "task": {"type": kind, "index": index}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    assert cluster_of_environment(task) == expected


@pytest.mark.parametrize(
    "text, words",
    [
        ("{", ("TF_CONFIG", "JSON")),
        (json.dumps({"cluster": CHIEF}), ("TF_CONFIG", "task")),
        (json.dumps({"cluster": {**CHIEF, "ps": ["d:1"]}, "task": {"type": "ps", "index": 0}}),
         ("a job ps",)),
        (json.dumps({"cluster": CHIEF, "task": {"type": "worker", "index": 0}}),
         ("worker 0", "run tf-cs231n worker here")),
    ],
)  # fmt: skip
def test_a_wrong_tf_config_is_one_line(text, words, monkeypatch, raises_one_line):
    monkeypatch.setenv("TF_CONFIG", text)
    with raises_one_line(*words):
        cluster_of_environment()


def test_a_workers_port_in_use_is_named(fails_with_one_line):
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        assert f"port {port}" in fails_with_one_line("worker", "--port", port)


def test_a_worker_that_is_asked_to_stop_stops():
    stop, ports = Stop(), []

    def started(port):
        ports.append(port)
        stop.request()

    with pytest.raises(Stopped):
        serve(0, started, stop)
    assert ports[0] > 0


def test_options_of_a_cluster_without_one_are_refused(fails_with_one_line, tmp_path):
    line = fails_with_one_line("gan", "train", "--folder", tmp_path, "--step-timeout", 3)
    assert "--step-timeout: it is for --workers" in line
