"""Ours beside PyTorch: every row interleaved, one table for both runtimes.

    .venv-bench/bin/python benchmarks/bench.py [WORD ...]

With words, only the rows that have one of them in their name are run, and the others are kept.
Writes benchmarks/results.json and, from it, benchmarks/RESULTS.md and the README's sentence.
"""

import argparse
import contextlib
import datetime
import json
import os
import platform
import subprocess
import tempfile

import captioner
import gan
import many_images
import numpy_lstm
import saliency
import startup
import style
from interleave import ROOT, Worker, interleave, ratio, summary
from report import front_page, table, text_of
from rows import RUNTIMES, TORCH

SUBJECTS = [startup, saliency, style, captioner, numpy_lstm, gan, many_images]
RESULTS = os.path.join(ROOT, "benchmarks", "results.json")
FRONT_PAGE = os.path.join(ROOT, "README.md")
TABLE = os.path.join(ROOT, "benchmarks", "RESULTS.md")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("words", nargs="*", help="only rows with one of these in their name")
    parser.add_argument("--rounds", type=int, default=9, help="turns of each side")
    options = parser.parse_args()
    rows = [row for subject in SUBJECTS for row in subject.rows()]
    asked = [row for row in rows if not options.words or any(w in row.name for w in options.words)]
    if not asked:
        parser.error(f"no row has {options.words}; there are {[row.name for row in rows]}")
    results = dict(read_results(), machine=machine())
    with Worker(".venv-bench/bin/python", "benchmarks/sgemm_worker.py", {}) as sgemm:
        for row in asked:
            results["rows"][row.name] = measure(row, options.rounds, sgemm)
            print(text_of(row.name, results["rows"][row.name]), flush=True)
            done = results["rows"]
            results["rows"] = {r.name: done[r.name] for r in rows if r.name in done}
            write_results(results)


def measure(row, rounds, sgemm):
    """Prove that the sides do the same work, time them in turn, compare."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        problem = {"problem": row.problem(folder)} if row.problem else {}
        workers = {}
        for name, (environment, script, settings) in row.sides.items():
            worker = Worker(
                f"{environment}/bin/python", f"benchmarks/{script}", {**settings, **problem}
            )
            workers[name] = stack.enter_context(worker)
        row.prove(workers, folder)
        rate = sgemm.ask("gflops")
        seconds = interleave(workers, row.rounds or rounds, row.repeats, warmup=min(3, row.repeats))
        rate = max(rate, sgemm.ask("gflops"))
        memory = {name: worker.ask("memory") for name, worker in workers.items()}
    result = {"floor": row.floor, "bare_floor": row.bare_floor, "gflop": row.gflop, "sgemm": rate}
    result["sides"] = {}
    for name, times in seconds.items():
        side = result["sides"][name] = dict(summary(times), memory_mb=memory[name])
        if row.gflop:
            side["share_of_sgemm"] = 1e3 * row.gflop / side["median"] / rate
    for name in row.ours:
        for key, peers in zip(("torch", "bare"), row.peers(name)):
            if peers:
                best = min(peers, key=lambda peer: summary(seconds[peer])["median"])
                side = result["sides"][name]
                side[key], side[f"{key}_ratio"] = best, ratio(seconds[best], seconds[name])
    return result


def machine():
    """What the figures were measured on."""
    models = []
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    versions = {}
    for environment in (*RUNTIMES.values(), TORCH):
        python = f"{ROOT}/{environment}/bin/python"
        packages = json.loads(
            subprocess.check_output([python, "-m", "pip", "list", "--format=json"])
        )
        version = {package["name"].lower(): package["version"] for package in packages}
        version["tensorflow"] = version.get("tensorflow") or version.get("tensorflow-cpu")
        version["python"] = subprocess.check_output([python, "--version"], text=True).split()[1]
        kept = ("python", "tensorflow", "numpy", "torch")
        versions[environment] = {name: version[name] for name in kept if name in version}
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": platform.system(),
        "date": datetime.date.today().isoformat(),
        "versions": versions,
    }


def read_results():
    with contextlib.suppress(FileNotFoundError), open(RESULTS, encoding="utf-8") as file:
        return json.load(file)
    return {"rows": {}}


def write_results(results):
    with open(RESULTS, "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)
        file.write("\n")
    with open(TABLE, "w", encoding="utf-8") as file:
        file.write(table(results))
    with open(FRONT_PAGE, encoding="utf-8") as file:
        page = front_page(file.read(), results)
    with open(FRONT_PAGE, "w", encoding="utf-8") as file:
        file.write(page)


if __name__ == "__main__":
    main()
