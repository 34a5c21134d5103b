"""Everything that only a CUDA card can show, one list: `make gpu` writes benchmarks/GPU.md.

    .venv-gpu/bin/python benchmarks/gpu.py [WORD ...] [--device cpu]

- sessions: growth, cap and all of it, read back from the card's own memory figure; two at a time;
- each task gives on the card what it gives on the CPU, to the tolerance of its row;
- each row beside PyTorch on the same card, eager and compiled, and in mixed precision.

With words, only the rows that have one in their name. ``--device cpu`` goes through the same list
without a card, and says so in what it writes. A row that fails is reported, and the list goes on.
"""

import argparse
import contextlib
import datetime
import itertools
import os
import statistics
import subprocess
import tempfile

import captioner
import gan
import saliency
import style
from interleave import ROOT, Worker, interleave, ratio, summary

SUBJECTS = [saliency, style, captioner, gan]
PAGE = os.path.join(ROOT, "benchmarks", "GPU.md")
# Both libraries would round products to ten bits on newer cards.
PLAIN = {"NVIDIA_TF32_OVERRIDE": "0"}
HIDDEN = {"CUDA_VISIBLE_DEVICES": "-1"}
CAP = 0.25
# name: (settings of the session, least and greatest share of the card that it may take).
SESSIONS = {
    "growth": ({}, 0, 0.2),
    f"growth, cap {CAP}": ({"memory_fraction": CAP}, 0, CAP + 0.05),
    f"no growth, cap {CAP}": ({"memory_fraction": CAP, "allow_growth": False}, 0.2, CAP + 0.05),
    "no growth": ({"allow_growth": False}, 0.5, 1),
}


class Card:
    """The first CUDA card, as its driver sees it."""

    device, ours, torch = "cuda", ".venv-gpu", ".venv-gpu-torch"

    def ask(self, what):
        command = ["nvidia-smi", "-i", "0", f"--query-gpu={what}", "--format=csv,noheader,nounits"]
        return subprocess.check_output(command, universal_newlines=True).strip()

    def name(self):
        return self.ask("name,driver_version")

    def total(self):
        return float(self.ask("memory.total"))

    def used(self, workers):
        """MB in use, by whomever."""
        return float(self.ask("memory.used"))


class Processor:
    """No card: the list is gone through on the CPU, and memory is that of the processes."""

    device, ours, torch = "cpu", ".venv-current", ".venv-bench"

    def name(self):
        return "no card: a trial of the list on the CPU"

    def total(self):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20

    def used(self, workers):
        return sum(worker.ask("memory") for worker in workers)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("words", nargs="*", help="only rows with one of these in their name")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--rounds", type=int, default=11, help="turns of each side")
    parser.add_argument("--out", default=PAGE, help="the page that is written")
    options = parser.parse_args(arguments)
    card = Card() if options.device == "cuda" else Processor()
    rows = [row for subject in SUBJECTS for row in subject.rows()]
    asked = [r for r in rows if not options.words or any(w in r.name for w in options.words)]
    measured = (line for row in asked for line in row_lines(row, card, options.rounds))
    lines = []
    for line in itertools.chain(heading(card), session_lines(card), row_heading(), measured):
        print(line, flush=True)
        lines.append(line)
        with open(options.out, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


def heading(card):
    return [
        "# On a CUDA card",
        "",
        f"Made by `make gpu` on {datetime.date.today()}: {card.name()}.",
        "",
        "## Sessions",
        "",
        "What a session of `get_session` takes of the card's memory, by the card's own figure, "
        "before and after it ran a product.",
        "",
        "| session | MB | share of the card | allowed | |",
        "| --- | ---: | ---: | ---: | --- |",
    ]


def session_lines(card):
    """Growth and cap, each in a process of its own; then two sessions on one card."""
    for name, (config, least, most) in SESSIONS.items():
        share, taken = 0.0, 0.0
        with failures() as failed:
            before = card.used([])
            with session_worker(card, config) as worker:
                taken = card.used([worker]) - before
                share = taken / card.total()
        verdict = failed or ("as asked" if least <= share <= most else "**not as asked**")
        allowed = f"{least:.0%}-{most:.0%}"
        yield f"| {name} | {taken:.0f} | {share:.1%} | {allowed} | {text(verdict)} |"
    with failures() as failed, session_worker(card, {}) as one, session_worker(card, {}) as two:
        seconds = interleave({"one": one, "two": two}, rounds=3, repeats=5)
        devices = one.ask("devices") + two.ask("devices")
        both = ", ".join(f"{1e3 * statistics.median(s):.2f} ms a step" for s in seconds.values())
        failed.append(f"{both}; devices {', '.join(devices) or 'none'}")
    yield f"| two at once | | | | {text(failed)} |"


def session_worker(card, config):
    return Worker(f"{card.ours}/bin/python", "benchmarks/gpu_session_worker.py", config)


def row_heading():
    return [
        "",
        "## Rows",
        "",
        "Equal: the card's results are those of the CPU and of PyTorch on the card, to the row's "
        "tolerance (a norm of the difference below 1e-3 of the norm; losses 1e-4, see "
        "[the rows](README.md)), in full float32. Speed is PyTorch's time over ours, the faster of "
        "its forms. Mixed: TensorFlow computes convolutions and products in float16 but for the "
        "Gram matrices, whose sums would overflow; its speed over full float32, and how its "
        "results differ, where they do.",
        "",
        "| | equal | ours, ms | PyTorch, ms | compiled, ms | speed, eager | speed, compiled "
        "| mixed |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]


def sides_of(row, card):
    """Name to (environment, script, settings, environment variables)."""
    ours = next(side for name, side in row.sides.items() if name.startswith("ours"))
    torch = {
        name: side
        for name, side in row.sides.items()
        if name.startswith("PyTorch") and "compiled" not in name
    }
    on_card = {**PLAIN, "BENCH_DEVICE": card.device}
    sides = {
        "ours, CPU": (card.ours, *ours[1:3], HIDDEN),
        "ours, card": (card.ours, *ours[1:3], PLAIN),
        "ours, mixed": (card.ours, *ours[1:3], {"BENCH_MIXED": "1"}),
    }
    for name, side in torch.items():
        sides[name] = (card.torch, *side[1:3], on_card)
        compiled = {**on_card, "BENCH_COMPILED": "1"}
        sides[f"{name}, compiled"] = (card.torch, *side[1:3], compiled)
    return sides


def row_lines(row, card, rounds):
    """The row of the table, measured."""
    cells, sides = [""] * 6, sides_of(row, card)
    mixed = {n: s for n, s in sides.items() if n == "ours, mixed" or n in row.sides}
    with failures() as failed, tempfile.TemporaryDirectory() as folder:
        problem = {"problem": row.problem(folder)} if row.problem else {}
        with failures() as inexact, started(mixed, problem) as workers:
            row.prove(workers, folder)
        with started(sides, problem) as workers:
            with failures() as different:
                row.prove({n: w for n, w in workers.items() if n != "ours, mixed"}, folder)
            del workers["ours, CPU"]
            cells = figures(interleave(workers, row.rounds or rounds, row.repeats))
        cells[-1] += f", {text(inexact) or 'as exact'}"
        failed += different
    yield f"| {row.name} | {text(failed) or 'yes'} | {' | '.join(cells)} |"


@contextlib.contextmanager
def started(sides, problem):
    """Dict of name to `Worker`, for the block."""
    with contextlib.ExitStack() as stack:
        workers = {}
        for name, (python, script, settings, variables) in sides.items():
            settings = {**settings, **problem}
            worker = Worker(f"{python}/bin/python", f"benchmarks/{script}", settings, variables)
            workers[name] = stack.enter_context(worker)
        yield workers


def figures(seconds):
    """The cells after the first of a row: times, speeds, and mixed precision's speed."""
    medians = {name: summary(times)["median"] for name, times in seconds.items()}
    torch = [name for name in seconds if name.startswith("PyTorch")]
    eager = min((n for n in torch if "compiled" not in n), key=medians.get)
    compiled = min((n for n in torch if "compiled" in n), key=medians.get)
    ours = seconds["ours, card"]
    times = [f"{medians[name]:.3g}" for name in ("ours, card", eager, compiled)]
    speeds = [f"{ratio(seconds[name], ours)[0]:.2f}" for name in (eager, compiled)]
    return [*times, *speeds, f"{ratio(ours, seconds['ours, mixed'])[0]:.2f}"]


@contextlib.contextmanager
def failures():
    """A list of what went wrong in the block, at most one thing, which does not go further."""
    failed = []
    try:
        yield failed
    except (Exception, SystemExit) as error:
        failed.append(f"{error or type(error).__name__}")


def text(words):
    return words if isinstance(words, str) else "; ".join(words).replace("|", "/")


if __name__ == "__main__":
    main()
