"""Time programs of different environments against each other: A B A B ..., one at a time.

Each side is a worker process with its own interpreter. It sets up its work once, then answers
requests over a pipe; while one is timed the others wait for their pipe and use no processor. Noise
that lasts longer than a round falls on all sides alike, so the ratios are steadier than the times.

A worker is a script that ends with `serve(setup)`; `setup(**settings)` returns a dict of callables:
`step`, which is what is timed, and any others, whose results (numbers, lists) come back as JSON.
"""

import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Seconds. The two threads of a product may share a core at first, for a tenth of a second or two:
# three steps of an LSTM then took 58 ms each (PyTorch 40), and twenty take 29 (19).
TURN = 0.4


class Worker:
    """A worker process.

    Args:
      python: the interpreter, from the repository's root (".venv/bin/python").
      script: the worker's script, from the repository's root.
      settings: keyword arguments of its `setup`.
      variables: what is added to the environment.
    """

    def __init__(self, python, script, settings, variables=None):
        environment = dict(os.environ, PYTHONPATH=ROOT, TF_CPP_MIN_LOG_LEVEL="3")
        environment.update(variables or {})
        self.process = subprocess.Popen(
            [os.path.join(ROOT, python), os.path.join(ROOT, script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            universal_newlines=True,
            cwd=ROOT,
            env=environment,
        )
        self.ask("setup", **settings)

    def ask(self, do, **arguments):
        """Send a request and wait for its result."""
        self.process.stdin.write(json.dumps({"do": do, "arguments": arguments}) + "\n")
        self.process.stdin.flush()
        reply = self.process.stdout.readline()
        if not reply:
            raise RuntimeError(f"the worker of {self.process.args} ended during {do!r}")
        return json.loads(reply)["result"]

    def time(self, repeats=1):
        """Seconds of each of ``repeats`` steps."""
        return self.ask("time", repeats=repeats)

    def close(self):
        self.process.stdin.close()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def serve(setup):
    """Answer requests until the pipe closes. What the work prints goes to standard error."""
    if os.environ.get("BENCH_MIXED"):
        import mixed_precision

        mixed_precision.settle()
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    work = {}
    for line in sys.stdin:
        request = json.loads(line)
        do, arguments = request["do"], request["arguments"]
        if do == "setup":
            work, result = setup(**arguments), None
        elif do == "time":
            result = []
            for _ in range(arguments["repeats"]):
                start = time.perf_counter()
                work["step"]()
                result.append(time.perf_counter() - start)
        elif do == "memory" and do not in work:
            result = peak_memory()
        else:
            result = work[do](**arguments)
        replies.write(json.dumps({"result": result}) + "\n")
        replies.flush()
    os._exit(0)  # a session that is still open may wait for ever for its threads


def peak_memory():
    """The greatest resident memory of this program so far, MB.

    Linux counts it anew for each program; `getrusage` would begin with that of the one that started
    it. Elsewhere there is only that.
    """
    with contextlib.suppress(OSError), open("/proc/self/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def interleave(workers, rounds=15, repeats=5, warmup=3):
    """Time the workers in turn; the order turns round after each round.

    Args:
      workers: dict of name to `Worker`.
      rounds: how often each has its turn.
      repeats: steps a turn, or as many more as take `TURN`.
      warmup: steps that each takes first, untimed.

    Returns:
      Dict of name to the list of ``rounds`` medians, in seconds.
    """
    steps = {}
    for name, worker in workers.items():
        least = min(worker.time(warmup), default=TURN)
        steps[name] = max(repeats, round(TURN / least))
    medians = {name: [] for name in workers}
    order = list(workers)
    for _ in range(rounds):
        for name in order:
            medians[name].append(statistics.median(workers[name].time(steps[name])))
        order.reverse()
    return medians


def summary(seconds):
    """Median, quartiles and minimum of times in seconds, as a dict in milliseconds."""
    ordered = sorted(seconds)
    quarter = len(ordered) // 4
    return {
        "median": 1e3 * statistics.median(ordered),
        "low": 1e3 * ordered[quarter],
        "high": 1e3 * ordered[-1 - quarter],
        "least": 1e3 * ordered[0],
    }


def ratio(slower, faster):
    """How many times as fast ``faster`` is: the median over rounds, and its quartiles."""
    ratios = sorted(a / b for a, b in zip(slower, faster))
    quarter = len(ratios) // 4
    return statistics.median(ratios), ratios[quarter], ratios[-1 - quarter]
