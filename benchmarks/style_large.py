"""Style at the size of a photo: style_large.py SIZE [STEPS [SIDE ...]]

Prints a table of a step, loss and gradient, on each side: seconds, processor time of which system
(clearing pages), page faults, and the peak memory of the process. The sides run one after another,
as no machine has room for all at once, and must come to the same loss.
"""

import os
import statistics
import sys
import tempfile

from interleave import Worker
from rows import RUNTIMES, TORCH, check_close
from style import write_problem

SIDES = {f"ours, {name}": (folder, "style_worker.py", {}) for name, folder in RUNTIMES.items()}
SIDES["PyTorch, channels last"] = (TORCH, "style_torch.py", {"channels_last": True})
SIDES["PyTorch, contiguous"] = (TORCH, "style_torch.py", {"channels_last": False})


def main(size, steps=3, *names):
    print("| | step, s | processor, s | of it system, s | page faults | peak memory, GB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    losses = []
    with tempfile.TemporaryDirectory() as folder:
        problem = write_problem(int(size), folder)
        for name in names or SIDES:
            environment, script, settings = SIDES[name]
            settings = dict(settings, problem=problem, task="step")
            with Worker(f"{environment}/bin/python", f"benchmarks/{script}", settings) as worker:
                losses.append(worker.ask("check", path=os.path.join(folder, "gradient.npy")))
                check_close(name, losses[-1], losses[0])
                before = usage(worker.process.pid)
                seconds = statistics.median(worker.time(int(steps)))
                used = [(b - a) / int(steps) for a, b in zip(before, usage(worker.process.pid))]
                memory = worker.ask("memory") / 1e3
            user, system, faults = used
            print(
                f"| {size} px, {name} | {seconds:.2f} | {user + system:.2f} | {system:.2f} | "
                f"{faults:,.0f} | {memory:.1f} |",
                flush=True,
            )


def usage(pid):
    """User and system seconds and minor page faults of a process so far."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    tick = os.sysconf("SC_CLK_TCK")
    return int(fields[11]) / tick, int(fields[12]) / tick, int(fields[7])


if __name__ == "__main__":
    main(*sys.argv[1:])
