"""Two processes that explain images at once, beside one: do their threads fight?

    .venv-bench/bin/python benchmarks/side_by_side.py

Prints images a second of saliency maps of eight, by all processes together: one alone, two that are
left alone, and two that are bound to a core each, as by `taskset` or a batch system.
"""

import os
import statistics
import tempfile
import threading
import time

import saliency
from interleave import Worker

STEPS, TURNS = 8, 5
SIDES = ("ours, TF 2", "ours, TF 1.15", "PyTorch, channels last")


def main():
    (row,) = (row for row in saliency.rows() if row.name == "saliency, batch 8")
    every = os.sched_getaffinity(0)
    ways = {
        "one": [every],
        "two": [every] * 2,
        "two, bound": [{core} for core in sorted(every)[:2]],
    }
    with tempfile.TemporaryDirectory() as folder:
        problem = row.problem(folder)
        for side in SIDES:
            rates = {way: rate(row.sides[side], problem, cores) for way, cores in ways.items()}
            print(side, {way: round(images) for way, images in rates.items()}, flush=True)


def rate(side, problem, cores):
    """Images a second, the median of some turns; a process for each set of cores."""
    environment, script, settings = side
    workers = []
    for own in cores:
        os.sched_setaffinity(0, own)  # which a child inherits
        python = f"{environment}/bin/python"
        workers.append(Worker(python, f"benchmarks/{script}", {**settings, "problem": problem}))
    os.sched_setaffinity(0, set.union(*cores))
    for worker in workers:
        worker.time(3)
    rates = []
    for _ in range(TURNS):
        start = time.perf_counter()
        threads = [threading.Thread(target=worker.time, args=(STEPS,)) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rates.append(8 * STEPS * len(workers) / (time.perf_counter() - start))
    for worker in workers:
        worker.close()
    return statistics.median(rates)


if __name__ == "__main__":
    main()
