"""One side of `startup.py`: each step is a process from its start to its end."""

import os
import resource
import subprocess
import sys

from interleave import ROOT, serve

COMMANDS = {
    "ours": ["-m", "tf_cs231n", "classify", "sample:cat"],
    "bare": ["-c", "import tensorflow"],
    "torch": [os.path.join(ROOT, "benchmarks", "startup_torch.py")],
}


def setup(side):
    environment = dict(os.environ)

    def step():
        command = [sys.executable, *COMMANDS[side]]
        return subprocess.check_output(command, cwd=ROOT, env=environment, universal_newlines=True)

    def answers(weights):
        """The numbers of the five likeliest classes; from now on PyTorch takes these weights."""
        environment["SQUEEZENET_NPZ"] = weights
        return [int(line.split("%")[1].split()[0]) for line in step().splitlines() if "%" in line]

    def weights(path):
        """Write our weights as an .npz, which PyTorch's side can read without TensorFlow."""
        import numpy as np

        from tf_cs231n.squeezenet.formats import read_weights
        from tf_cs231n.squeezenet.weights import default_checkpoint

        np.savez(path, **read_weights(default_checkpoint()))
        return path

    return {
        "step": step,
        "answers": answers,
        "weights": weights,
        "memory": lambda: resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10,
    }


if __name__ == "__main__":
    serve(setup)
