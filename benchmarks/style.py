"""A style-transfer step, and the course's recipe: 200 steps of Adam beside our L-BFGS.

A step is the loss and its gradient with respect to the pixels.
"""

import functools
import os
import shutil
import subprocess
import sys

import numpy as np
from arithmetic import style_step_gflop
from interleave import ROOT
from rows import TORCH, Row, Side, check_close, floors, ours

STYLE_LAYERS, LAST = (1, 4, 6, 7), 7
PICTURE = "palace"


def rows():
    for size, floor in ((192, (1.2, 1.5)), (384, (1.3, 1.9)), (768, (1.7, 2.3))):
        H, W = size, size * 640 // 427  # the palace's form
        sides = ours("style_worker.py", task="step")
        for layout in ("contiguous", "channels last"):
            settings = {"task": "step", "channels_last": layout == "channels last"}
            sides[f"PyTorch, {layout}"] = Side(TORCH, "style_torch.py", settings)
        if shutil.which("g++"):
            settings = {"task": "step", "channels_last": True, "compiled": True}
            sides["PyTorch, compiled"] = Side(TORCH, "style_torch.py", settings)
        yield Row(
            f"style step, {size} px",
            sides,
            same_gradients,
            floor=floors(*floor),
            gflop=style_step_gflop(H, W, STYLE_LAYERS, LAST),
            problem=functools.partial(write_problem, size),
        )
    sides = ours("style_worker.py", task="recipe")
    for layout in ("contiguous", "channels last"):
        settings = {"task": "recipe", "channels_last": layout == "channels last"}
        sides[f"PyTorch, {layout}"] = Side(TORCH, "style_torch.py", settings)
    yield Row(
        "time to the recipe's loss, 192 px",
        sides,
        reach_the_loss,
        floor=floors(10, 10),
        problem=functools.partial(write_problem, 192),
        repeats=1,
        rounds=5,
    )


def write_problem(size, folder):
    """Pixels, targets and weights, by our own functions."""
    path = os.path.join(folder, "problem.npz")
    command = [sys.executable, "benchmarks/style_problem.py", path, str(size)]
    subprocess.run(command, cwd=ROOT, env=dict(os.environ, PYTHONPATH=ROOT), check=True)
    return path


def same_gradients(workers, folder):
    losses, gradients = {}, {}
    for name, worker in workers.items():
        path = os.path.join(folder, "gradient.npy")
        losses[name] = worker.ask("check", path=path)
        gradients[name] = np.load(path)
    for name in workers:
        check_close(name, losses[name], losses["PyTorch, contiguous"])
        check_close(name, gradients[name], gradients["PyTorch, contiguous"])


def reach_the_loss(workers, folder):
    """Ours goes on until it is below the lower of the losses that PyTorch's recipe ends at."""
    same_gradients(workers, folder)
    goal = min(w.ask("recipe_loss") for name, w in workers.items() if name.startswith("PyTorch"))
    for name, worker in workers.items():
        if name.startswith("ours") and worker.ask("aim", loss=goal) > goal:
            raise SystemExit(f"{name} does not reach the recipe's loss, {goal}")
