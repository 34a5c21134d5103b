"""Steps a second with one and two towers, each a worker pinned to a core; and bytes over the wire.

    python benchmarks/towers.py              # both; a few minutes on two cores
    python benchmarks/towers.py --wire       # the bytes alone, counted in the graph

The minibatch is the same, so two towers have half of it each, and perfect would be twice as fast.
The chief, which holds the variables, may use both cores. The sides take turns.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import time

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

from tf_cs231n.captioning.graph import GraphCaptioner  # noqa: E402
from tf_cs231n.compat import fresh_graph, tf  # noqa: E402
from tf_cs231n.gan import GAN  # noqa: E402
from tf_cs231n.gan_training.radford import radford  # noqa: E402
from tf_cs231n.training.cluster import Cluster  # noqa: E402
from tf_cs231n.training.loop import minimize  # noqa: E402
from tf_cs231n.training.towers import Towers  # noqa: E402

N, T, V = 128, 17, 1004
ROUNDS, SECONDS = 5, 3


def captioner(towers):
    words = {word: n for n, word in enumerate(["<NULL>", "<START>", "<END>", *range(V - 3)])}
    model = GraphCaptioner(words, 512, 256, 512)
    features = tf.random.stateless_uniform([N, 512], [0, 1])
    captions = tf.constant(np.random.RandomState(0).randint(3, V, [N, T]), tf.int32)
    loss = towers.mean(model.loss, features, captions)
    return minimize(loss, tf.train.AdamOptimizer(), clip_norm=5.0)[0]


def adversaries(networks, pixels=784):
    def build(towers):
        images = tf.random.stateless_uniform([N, pixels], [0, 1], -1, 1)
        return GAN(images, networks, "vanilla", towers=towers).train_op

    return build


MODELS = {
    "captioner": captioner,
    "fully connected GAN": adversaries("fc"),
    "DCGAN": adversaries("dcgan"),
}
LARGE = {"the paper's DCGAN, 64x64 in color": adversaries(radford((64, 64, 3)), 64 * 64 * 3)}


class Imagined(Towers):
    """Workers that nobody has started, to count what would be sent."""

    def __init__(self, number):
        super().__init__()
        self._chief = "/job:chief/task:0"
        self._places = [f"/job:worker/task:{i}/device:CPU:0" for i in range(number)]


def bytes_of_a_step(build, number=2):
    """Bytes to and from one worker in a step: Tensors whose maker and user are apart."""
    with fresh_graph(), Imagined(number).chief():
        reached, ahead, sent = set(), [build(Imagined(number))], {}
        while ahead:
            op = ahead.pop()
            if op in reached:
                continue
            reached.add(op)
            ahead += [*(tensor.op for tensor in op.inputs), *op.control_inputs]
            for tensor in op.inputs:
                there, here = ("worker/task:1" in each.device for each in (tensor.op, op))
                if there != here and tensor.dtype != tf.resource:
                    size = (tensor.shape.num_elements() or 0) * tensor.dtype.size
                    sent[tensor.name] = ("up" if there else "down", size)
        return [sum(s for way, s in sent.values() if way == each) for each in ("down", "up")]


def wire():
    print("| model | to a worker, MB | from a worker, MB |\n| --- | ---: | ---: |")
    for name, build in {**MODELS, **LARGE}.items():
        down, up = bytes_of_a_step(build)
        print(f"| {name} | {down / 1e6:.1f} | {up / 1e6:.1f} |", flush=True)


@contextlib.contextmanager
def worker(core):
    """A worker pinned to a core; its address."""
    command = [sys.executable, "-m", "tf_cs231n", "worker", "--port", "0"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, universal_newlines=True,
        env={**os.environ, "PYTHONPATH": ROOT},
        preexec_fn=lambda: os.sched_setaffinity(0, [core]),
    )  # fmt: skip
    try:
        yield "127.0.0.1:" + process.stdout.readline().split("port ")[1].split(",")[0]
    finally:
        process.kill()
        process.wait()


def steps_a_second(build, sides):
    """Medians over rounds, for each list of workers."""
    rates = [[] for _ in sides]
    with contextlib.ExitStack() as stack:
        runs = []
        for workers in sides:
            stack.enter_context(fresh_graph())
            towers = Cluster(workers)
            stack.enter_context(towers.chief())
            train_op = build(towers)
            initialize = tf.global_variables_initializer()
            session = stack.enter_context(towers.session())
            session.run(initialize)
            for _ in range(3):
                session.run(train_op)
            runs.append((session, train_op))
        for _ in range(ROUNDS):
            for rate, (session, train_op) in zip(rates, runs):
                begun, steps = time.perf_counter(), 0
                while time.perf_counter() - begun < SECONDS:
                    session.run(train_op)
                    steps += 1
                rate.append(steps / (time.perf_counter() - begun))
    return [statistics.median(rate) for rate in rates]


def speed():
    print(f"TensorFlow {tf.__version__}, N {N}, {len(os.sched_getaffinity(0))} cores")
    print("| model | 1 tower, steps/s | 2 towers | faster | efficiency |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with worker(0) as one, worker(1) as two:
        for name, build in MODELS.items():
            single, double = steps_a_second(build, [[one], [one, two]])
            print(
                f"| {name} | {single:.2f} | {double:.2f} | {double / single:.2f} |"
                f" {double / single / 2:.0%} |",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wire", action="store_true")
    chosen = parser.parse_args()
    wire()
    if not chosen.wire:
        speed()
