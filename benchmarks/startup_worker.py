"""One side of `startup.py`: each step is a process from its start to its end."""

import os
import resource
import subprocess
import sys

from interleave import ROOT, serve

TORCH = os.path.join(ROOT, "benchmarks", "startup_torch.py")


def setup(side, problem):
    image, weights = (os.path.join(problem, name) for name in ("cat.png", "weights.npz"))
    arguments = {
        "ours": ["-m", "tf_cs231n", "classify", image],
        "bare": ["-c", "import tensorflow"],
        "torch": [TORCH, image, weights],
    }[side]

    def step():
        command = [sys.executable, *arguments]
        return subprocess.check_output(command, cwd=ROOT, universal_newlines=True)

    def answers():
        """The numbers of the five likeliest classes."""
        return [int(line.split("%")[1].split()[0]) for line in step().splitlines() if "%" in line]

    return {
        "step": step,
        "answers": answers,
        "memory": lambda: resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10,
    }


if __name__ == "__main__":
    serve(setup)
