"""The captioner's training step and its sampling, LSTM, from the same weights as PyTorch's.

T 16, D 512, W 256, H 512, V 1004, float32, Adam; 100 captions of 17 words, greedily and with a beam
of 3. "Plain" is the graph as one writes it first, differentiated by TensorFlow.
"""

import numpy as np
from arithmetic import captioner_gflop
from captioner_worker import BEAM, WORDS, D, H, T, V, W
from rows import RUNTIMES, TORCH, Row, Side, check_close, floors

SAMPLED = 100


def rows():
    for N, floor in ((25, floors(1.1, 1.15)), (128, floors(1.1, 1.25))):
        gflop = 3 * captioner_gflop(N, T, D, W, H, V)
        yield row(f"captioner training step, N {N}", "train", N, floor, gflop)
    gflop = captioner_gflop(SAMPLED, WORDS, D, W, H, V)
    yield row(f"{SAMPLED} captions, greedy", "sample", SAMPLED, floors(1.4, 1.6), gflop)
    floor = floors(1.4, 1.7)
    yield row(f"{SAMPLED} captions, beam {BEAM}", "beam", SAMPLED, floor, BEAM * gflop)


def row(name, task, N, floor, gflop):
    settings = {"task": task, "N": N}
    worker, sides = "captioner_worker.py", {}
    for runtime, environment in RUNTIMES.items():
        sides[f"ours, {runtime}"] = Side(environment, worker, dict(settings, side="graph"))
        if task == "train":
            sides[f"plain, {runtime}"] = Side(environment, worker, dict(settings, side="plain"))
    sides["PyTorch"] = Side(TORCH, worker, dict(settings, side="torch"))
    if task == "train":
        sides["PyTorch, fused Adam"] = Side(TORCH, worker, dict(settings, side="torch fused"))
    return Row(name, sides, same_losses if task == "train" else same_captions, floor, gflop=gflop)


def same_losses(workers, folder):
    """Over three steps."""
    losses = {name: worker.ask("results") for name, worker in workers.items()}
    for name, got in losses.items():
        check_close(name, got, losses["PyTorch"], 1e-4)


def same_captions(workers, folder):
    """But for one word in a hundred: a near tie is rounding's to decide, and what follows it."""
    captions = {name: np.array(worker.ask("results")) for name, worker in workers.items()}
    for name, got in captions.items():
        same = np.mean(got == captions["PyTorch"])
        if same < 0.99:
            raise SystemExit(f"{name} does other work: {same:.1%} of its words are PyTorch's")
