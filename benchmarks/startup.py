"""Start-up to the first classification, the whole process; beside it `import tensorflow` alone."""

import os

import numpy as np
from rows import RUNTIMES, TORCH, Row, Side, floors


def rows():
    worker = "startup_worker.py"
    sides = {}
    for runtime, environment in RUNTIMES.items():
        sides[f"ours, {runtime}"] = Side(environment, worker, {"side": "ours"})
        sides[f"bare, {runtime}"] = Side(environment, worker, {"side": "bare"})
    sides["PyTorch"] = Side(TORCH, worker, {"side": "torch"})
    yield Row(
        "start-up to first classification",
        sides,
        same_answers,
        floor=floors(current=1.3),
        bare_floor=floors(0.77, 0.77),  # beside the import alone
        repeats=1,
        rounds=7,
    )


def same_answers(workers, folder):
    """All name the same five classes."""
    weights = workers["ours, TF 1.15"].ask("weights", path=os.path.join(folder, "weights.npz"))
    answers = {
        name: worker.ask("answers", weights=weights)
        for name, worker in workers.items()
        if not name.startswith("bare")
    }
    if len(np.unique(list(answers.values()), axis=0)) > 1:
        raise SystemExit(f"the sides classify otherwise: {answers}")
