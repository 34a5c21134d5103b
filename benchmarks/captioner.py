"""The captioner's training step and sampling against PyTorch's nn.LSTM, interleaved.

    .venv-bench/bin/python benchmarks/captioner.py

Training: N 25 and 128, T 16, D 512, W 256, H 512, V 1004, float32, Adam. Sampling: 100 captions
of 17 words, greedily. All sides start from the same weights; before anything is timed their losses
over three training steps, and their sampled captions, are compared. Ratios are medians over rounds.
"""

import argparse
import contextlib

from interleave import Worker, interleave, ratio, summary

SIDES = {
    "TensorFlow 1.15": (".venv", "graph"),
    "TensorFlow 1.15, plain": (".venv", "plain"),
    "TensorFlow 2.x": (".venv-bench", "graph"),
    "PyTorch": (".venv-bench", "torch"),
    "PyTorch, fused Adam": (".venv-bench", "torch fused"),
}
TASKS = [("train", 25), ("train", 128), ("sample", 100)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--repeats", type=int, default=3, help="steps a round")
    parser.add_argument("--threads", type=int, help="cores of PyTorch (default: all)")
    parser.add_argument("--task", choices=["train", "sample"], help="only this one")
    parser.add_argument("--batch", type=int, help="only this N")
    options = parser.parse_args()
    for task, N in TASKS:
        if options.task in (None, task) and options.batch in (None, N):
            compare(task, N, options)


def compare(task, N, options):
    """Check that the sides do the same work, time them, print a table."""
    with contextlib.ExitStack() as stack:
        workers = {}
        for name, (venv, side) in SIDES.items():
            if task == "sample" and side in ("plain", "torch fused"):
                continue
            settings = {"side": side, "task": task, "N": N}
            worker = Worker(
                f"{venv}/bin/python",
                "benchmarks/captioner_worker.py",
                settings,
                threads=options.threads,
            )
            workers[name] = stack.enter_context(worker)
        results = {name: worker.ask("results") for name, worker in workers.items()}
        expected = results["PyTorch"]
        for name, got in results.items():
            if any(abs(a - b) > 1e-4 * abs(b) for a, b in zip(got, expected)):
                raise SystemExit(f"{name}: {got}, expected {expected}")
        seconds = interleave(workers, rounds=options.rounds, repeats=options.repeats)

    fastest = min(
        (name for name in seconds if name.startswith("PyTorch")),
        key=lambda name: summary(seconds[name])["median"],
    )
    print(f"\n{task}, N {N}; ms; speed beside {fastest}: median (quartiles), of least times")
    for name, times in seconds.items():
        times = summary(times)
        middle, low, high = ratio(seconds[fastest], seconds[name])
        least = summary(seconds[fastest])["least"] / times["least"]
        print(
            f"{name:25} {times['median']:7.1f}  least {times['least']:6.1f}   "
            f"{middle:.2f} ({low:.2f} to {high:.2f})  {least:.2f}"
        )


if __name__ == "__main__":
    main()
