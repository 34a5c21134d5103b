"""What a row of the benchmark is: sides, and the proof that they do the same work."""

import collections

import numpy as np

REFERENCE, CURRENT = "TF 1.15", "TF 2"
RUNTIMES = {REFERENCE: ".venv", CURRENT: ".venv-current"}
TORCH = ".venv-bench"

# python: the environment's folder. script: the worker's. settings: keyword arguments of its setup.
Side = collections.namedtuple("Side", "environment script settings")


class Row:
    """One comparison.

    Args:
      name: what is timed.
      sides: dict of name to `Side`. "ours, ..." are compared with the fastest "PyTorch, ..." (one
        named "compiled" is shown beside it) and with the "bare, ..." of their runtime.
      prove: ``prove(workers, folder)`` stops with `SystemExit` unless all sides do the same work.
      floor: how many times as fast as PyTorch ours must be at least; a dict of a runtime's name to
        a number, or None: not asked.
      bare_floor: the same beside the bare run of TensorFlow.
      gflop: billions of additions and multiplications that a step must do, or None.
      problem: ``problem(folder)`` writes what all sides work on and returns its path, which each
        side's ``setup`` takes as ``problem``; or None.
      repeats, rounds: steps of a turn, and turns; None: the caller's.
    """

    def __init__(
        self,
        name,
        sides,
        prove,
        floor=None,
        bare_floor=None,
        gflop=None,
        problem=None,
        repeats=3,
        rounds=None,
    ):
        self.name, self.sides, self.prove = name, sides, prove
        self.floor, self.bare_floor, self.gflop = floor or {}, bare_floor or {}, gflop
        self.problem, self.repeats, self.rounds = problem, repeats, rounds

    def peers(self, ours):
        """The PyTorch sides that count, and the bare side of the same runtime."""
        torch = [s for s in self.sides if s.startswith("PyTorch") and "compiled" not in s]
        bare = [s for s in self.sides if s == ours.replace("ours", "bare")]
        return torch, bare

    @property
    def ours(self):
        return [side for side in self.sides if side.startswith("ours")]


def floors(reference=None, current=None):
    """The floors of each runtime that has one."""
    both = {REFERENCE: reference, CURRENT: current}
    return {runtime: floor for runtime, floor in both.items() if floor is not None}


def ours(script, **settings):
    """Our side on both runtimes."""
    return {
        f"ours, {runtime}": Side(environment, script, settings)
        for runtime, environment in RUNTIMES.items()
    }


def check_close(name, got, expected, tolerance=1e-3):
    """Stop unless the norm of the difference is below ``tolerance`` of the norm.

    Of the norm and not entry by entry: where two entries of a pooling window are equal to rounding,
    each library sends the gradient to another one.
    """
    got, expected = np.asarray(got, np.float64), np.asarray(expected, np.float64)
    error = np.linalg.norm(got - expected) / np.linalg.norm(expected)
    if not error < tolerance:
        raise SystemExit(f"{name} does other work: its result differs by {error:.1e}")
