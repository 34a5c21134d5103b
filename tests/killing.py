"""Kill a training at random moments: it takes a step when told to, so it never ends too early."""

import os
import subprocess
import sys
import textwrap
import time

from tf_cs231n.training import checkpoints

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def told_steps(steps):
    """In the child: print each step's number, then wait for a line before the next."""
    for step in steps:
        print(step, flush=True)
        sys.stdin.readline()


def kill_again_and_again(rng, kills, folder, code, until):
    """Start `code` again and again and kill it some steps and milliseconds later.

    Each time it must go on after the newest checkpoint, and leave none that cannot be read.
    """
    longest = until // (2 * kills)
    reached = 0
    for _ in range(kills):
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        ) as process:
            first = process.stdout.readline()
            assert first, process.stderr.read()
            assert int(first) == reached + 1
            for _ in range(rng.randint(0, longest - 1)):
                print(file=process.stdin, flush=True)
                assert process.stdout.readline()
            print(file=process.stdin, flush=True)
            time.sleep(rng.uniform(0, 0.05))
            process.kill()
        saved = checkpoints.list_checkpoints(folder)
        assert saved and all(checkpoints.is_readable(path) for _, path in saved)
        assert saved[-1][0] > reached
        reached = saved[-1][0]
