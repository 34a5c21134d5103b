"""The NumPy LSTM beside a loop over its steps and beside torch.nn.LSTM.

Forward and backward pass over a sequence, N 25, T 16, D 256, H 512, float32. "Loop" is the same
with the step functions, "float64 loop" with plain ``np.zeros``, as solutions are published: float64
creeps in.
"""

from arithmetic import lstm_gflop
from rows import RUNTIMES, TORCH, Row, Side, check_close, floors

SIZES = {"N": 25, "T": 16, "D": 256, "H": 512}


def rows():
    worker, sides = "numpy_lstm_worker.py", {}
    for runtime, environment in RUNTIMES.items():
        for side in ("ours", "loop", "float64 loop"):
            sides[f"{side}, {runtime}"] = Side(environment, worker, dict(SIZES, side=side))
    sides["PyTorch"] = Side(TORCH, worker, dict(SIZES, side="torch"))
    yield Row(
        "NumPy LSTM, forward and backward",
        sides,
        same_norms,
        floor=floors(current=0.8),
        gflop=3 * lstm_gflop(**SIZES),
    )


def same_norms(workers, folder):
    """Of the output and of every gradient."""
    norms = {name: worker.ask("norms") for name, worker in workers.items()}
    for name, got in norms.items():
        for a, b in zip(got, norms["PyTorch"]):
            check_close(name, a, b, 1e-5)
