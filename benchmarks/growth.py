"""How cost grows with the size of the work, ours beside PyTorch: time, memory, fitted exponents.

    .venv-bench/bin/python benchmarks/growth.py [WORD ...]

With words, only the curves that have one of them in their name are measured, and the others are
kept. Writes benchmarks/growth.json and, from it, benchmarks/GROWTH.md and the plots in
benchmarks/growth/.
"""

import argparse
import contextlib
import json
import os
import statistics
import tempfile
import time

import growth_report
from bench import machine
from growth_curves import curves
from interleave import ROOT, Worker, interleave

FOLDER = os.path.join(ROOT, "benchmarks")
RESULTS = os.path.join(FOLDER, "growth.json")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("words", nargs="*", help="only curves with one of these in their name")
    options = parser.parse_args()
    every = list(curves())
    asked = [c for c in every if not options.words or any(w in c.name for w in options.words)]
    if not asked:
        parser.error(f"no curve has {options.words}; there are {[curve.name for curve in every]}")
    results = {"curves": {}}
    with contextlib.suppress(FileNotFoundError), open(RESULTS, encoding="utf-8") as file:
        results = json.load(file)
    results["machine"] = machine()
    for curve in asked:
        began, others = time.time(), busy_cores()
        measured = measure(curve)
        measured.update(minutes=(time.time() - began) / 60, busy_cores=others)
        results["curves"][curve.name] = measured
        done = results["curves"]
        results["curves"] = {c.name: done[c.name] for c in every if c.name in done}
        with open(RESULTS, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
            file.write("\n")
        growth_report.write(results, FOLDER)


def busy_cores(seconds=2):
    """How many cores other programs use, while we wait; 0 where the system does not tell."""

    def ticks():
        with open("/proc/stat", encoding="utf-8") as file:
            times = [int(word) for word in file.readline().split()[1:9]]
        return sum(times), times[3] + times[4]  # all; idle and waiting for a disk

    with contextlib.suppress(OSError):
        (before, idle_before), _, (after, idle_after) = ticks(), time.sleep(seconds), ticks()
        return os.cpu_count() * (1 - (idle_after - idle_before) / (after - before))
    return 0


def measure(curve):
    """``sides``: for each side a list of points, dicts of seconds, memory_mb, perhaps first."""
    labels, work = [p.label for p in curve.points], [p.work for p in curve.points]
    result = {"size": curve.size, "labels": labels, "work": work, "sides": {}}
    with tempfile.TemporaryDirectory() as folder:
        for point in curve.points:
            settings = dict(point.settings)
            if point.problem:
                settings["problem"] = point.problem(tempfile.mkdtemp(dir=folder))
            each = [{name: side} for name, side in curve.sides.items()]
            for sides in [curve.sides] if curve.together else each:
                for name, figures in measure_point(curve, sides, settings):
                    result["sides"].setdefault(name, []).append(figures)
                    shown = ", ".join(f"{key} {value:.4g}" for key, value in figures.items())
                    print(f"{curve.name}, {point.label}, {name}: {shown}", flush=True)
    return result


def measure_point(curve, sides, settings):
    """Let the sides take turns at one size; yield each one's name and figures."""
    with contextlib.ExitStack() as stack:
        workers = {}
        for name, (environment, script, own) in sides.items():
            own = {**own, **settings}
            worker = Worker(f"{environment}/bin/python", f"benchmarks/{script}", own)
            workers[name] = stack.enter_context(worker)
        first = {}
        if curve.first:
            first = {name: {"first": worker.time(1)[0]} for name, worker in workers.items()}
        seconds = interleave(workers, curve.rounds, curve.repeats, curve.warmup)
        for name, worker in workers.items():
            figures = {"seconds": statistics.median(seconds[name]), **first.get(name, {})}
            yield name, dict(figures, memory_mb=worker.ask("memory"))


if __name__ == "__main__":
    main()
