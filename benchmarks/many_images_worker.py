"""One side of `many_images.py`: each step is a process from its start to its end."""

import os
import resource
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from interleave import ROOT, serve


def setup(task, number, problem, torch=False):
    images, out = os.path.join(problem, "images"), tempfile.mkdtemp(dir=problem)
    if torch:
        script = os.path.join(ROOT, "benchmarks", "many_images_torch.py")
        command = [script, task, images, os.path.join(problem, "weights.npz"), out]
    else:
        options = ["--size", "64", "--format", "npy", "--out-dir", out]
        command = ["-m", "tf_cs231n", task, images, *options]

    def step():
        shutil.rmtree(out, ignore_errors=True)
        subprocess.run([sys.executable, *command], check=True, capture_output=True, cwd=ROOT)

    def check():
        step()
        chosen = range(0, number, max(1, number // 20))
        return [np.load(os.path.join(out, f"{n:05}.npy")).ravel().tolist() for n in chosen]

    return {
        "step": step,
        "check": check,
        "memory": lambda: resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10,
    }


if __name__ == "__main__":
    serve(setup)
