"""Start-up to the first classification, the whole process; beside it `import tensorflow` alone."""

import os
import subprocess
import sys

import numpy as np
from interleave import ROOT
from PIL import Image
from rows import RUNTIMES, TORCH, Row, Side, floors

from tf_cs231n.datasets import sample_image


def rows():
    worker = "startup_worker.py"
    sides = {}
    for runtime, environment in RUNTIMES.items():
        sides[f"ours, {runtime}"] = Side(environment, worker, {"side": "ours"})
        sides[f"bare, {runtime}"] = Side(environment, worker, {"side": "bare"})
    sides["PyTorch"] = Side(TORCH, worker, {"side": "torch"})
    yield Row(
        "start-up to first classification",
        sides,
        same_answers,
        floor=floors(current=1.3),
        bare_floor=floors(0.77, 0.77),  # beside the import alone
        problem=write_problem,
        repeats=1,
        rounds=7,
    )


def write_problem(folder):
    """A photograph, and the weights as an .npz, so that PyTorch's side needs no TensorFlow."""
    Image.fromarray(sample_image("cat", 224)).save(os.path.join(folder, "cat.png"))
    write_weights(os.path.join(folder, "weights.npz"))
    return folder


def write_weights(path):
    convert = [sys.executable, "-m", "tf_cs231n", "weights", "convert", "default", path]
    subprocess.run(convert, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)


def same_answers(workers, folder):
    """All name the same five classes."""
    answers = {n: w.ask("answers") for n, w in workers.items() if not n.startswith("bare")}
    if len(np.unique(list(answers.values()), axis=0)) > 1:
        raise SystemExit(f"the sides classify otherwise: {answers}")
