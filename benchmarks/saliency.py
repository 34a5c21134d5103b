"""Saliency gradients and class visualisation against PyTorch, and against a bare `sess.run`.

    .venv-bench/bin/python benchmarks/saliency.py [--threads 1]

SqueezeNet with the default weights at 224 pixels. Both sides' maps are compared before anything is
timed, and so are two steps of class visualisation (more would amplify rounding). Ratios are medians
over rounds; the same rounds say what our function costs over a bare `sess.run` of `tf.gradients`.
"""

import argparse
import contextlib
import os
import tempfile

import numpy as np
from interleave import Worker, interleave, ratio, summary
from scipy.ndimage import gaussian_filter

TASKS = {"saliency, batch 1": ("saliency", 1), "saliency, batch 8": ("saliency", 8)}
TASKS["class visualisation, 10 steps"] = ("visualize", 1)
OURS, TORCH = "benchmarks/saliency_worker.py", "benchmarks/saliency_torch.py"
SIDES = {
    "ours, TF 1.15": (".venv", OURS, "ours"),
    "bare sess.run, TF 1.15": (".venv", OURS, "bare"),
    "ours, TF 2": (".venv-current", OURS, "ours"),
    "bare sess.run, TF 2": (".venv-current", OURS, "bare"),
    "PyTorch": (".venv-bench", TORCH, "contiguous"),
    "PyTorch, channels last": (".venv-bench", TORCH, "channels last"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--repeats", type=int, default=5, help="steps a round")
    parser.add_argument("--threads", type=int, help="cores to use (default: all)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for title, (task, batch) in TASKS.items():
            measure(title, task, batch, folder, options)


def measure(title, task, batch, folder, options):
    sides = {k: v for k, v in SIDES.items() if task == "saliency" or v[2] != "bare"}
    equal(sides, task, batch, 2, folder, options.threads)
    problem = write_problem(folder, batch, steps=10)
    with contextlib.ExitStack() as stack:
        workers = open_workers(stack, sides, task, problem, options.threads)
        seconds = interleave(workers, rounds=options.rounds, repeats=options.repeats)
    print(f"\n{title}: ms, and times as fast as the better PyTorch (quartiles)")
    torch = min(("PyTorch", "PyTorch, channels last"), key=lambda s: summary(seconds[s])["median"])
    for side, times in seconds.items():
        middle, low, high = ratio(seconds[torch], times)
        median, least = summary(times)["median"], summary(times)["least"]
        line = (
            f"{side:25} {median:8.1f} {least:8.1f} least   {middle:.2f} ({low:.2f} to {high:.2f})"
        )
        bare = side.replace("ours", "bare sess.run")
        if side.startswith("ours") and bare in seconds:
            line += f"   {ratio(times, seconds[bare])[0]:.2f} of the bare run"
        print(line, flush=True)


def equal(sides, task, batch, steps, folder, threads):
    """Stop if the sides' results differ by more than 1e-3 of their size."""
    problem = write_problem(folder, batch, steps)
    results = {}
    with contextlib.ExitStack() as stack:
        for side, worker in open_workers(stack, sides, task, problem, threads).items():
            path = os.path.join(folder, "result.npy")
            worker.ask("check", path=path)
            results[side] = np.load(path)
    expected = results["PyTorch"]
    for side, got in results.items():
        error = np.linalg.norm(got - expected) / np.linalg.norm(expected)
        if not error < 1e-3:
            raise SystemExit(f"{task}, {side}: differs from PyTorch by {error:.1e}")


def write_problem(folder, batch, steps):
    path = os.path.join(folder, f"problem{batch}-{steps}.npz")
    # Noise as smooth as a photograph. No two pixels are equal: a maximum taken twice in a window
    # would leave it to each library where the gradient goes.
    X = gaussian_filter(np.random.RandomState(0).randn(batch, 224, 224, 3), (0, 4, 4, 0))
    np.savez(path, X=(X / X.std()).astype(np.float32), y=np.arange(batch) + 281, steps=steps)
    return path


def open_workers(stack, sides, task, problem, threads):
    workers = {}
    for side, (venv, script, kind) in sides.items():
        settings = {"side": kind, "task": task, "problem": problem, "threads": threads}
        worker = Worker(f"{venv}/bin/python", script, settings, threads)
        workers[side] = stack.enter_context(worker)
    return workers


if __name__ == "__main__":
    main()
