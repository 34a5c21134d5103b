"""Forward pass, saliency maps and class visualisation on SqueezeNet at 224 pixels.

Saliency has a bare side too: `sess.run` of `tf.gradients`, without our function around it.
"""

import functools
import os

import numpy as np
from arithmetic import squeezenet_gflop
from rows import RUNTIMES, TORCH, Row, Side, check_close, floors, ours
from scipy.ndimage import gaussian_filter

STEPS = 10  # of class visualisation, timed together; the tenth blurs
FORWARD = squeezenet_gflop(224, 224, 12, classifier=True)


def rows():
    for N in (1, 8):
        yield row(f"forward pass, batch {N}", "forward", N, 1.0, N * FORWARD)
    for N, floor in ((1, 1.05), (8, 1.15)):
        yield row(f"saliency, batch {N}", "saliency", N, floor, 2 * N * FORWARD)
    yield row(f"class visualisation, {STEPS} steps", "visualize", 1, 1.05, STEPS * 2 * FORWARD)


def row(name, task, N, floor, gflop):
    settings = {"task": task, "steps": STEPS}
    sides = ours("saliency_worker.py", **settings)
    if task == "saliency":
        for runtime, environment in RUNTIMES.items():
            bare = Side(environment, "saliency_worker.py", dict(settings, bare=True))
            sides[f"bare, {runtime}"] = bare
    for layout in ("contiguous", "channels last"):
        last = dict(settings, channels_last=layout == "channels last")
        sides[f"PyTorch, {layout}"] = Side(TORCH, "saliency_torch.py", last)
    return Row(
        name,
        sides,
        same_pictures,
        floors(current=floor),
        bare_floor=floors(0.95, 0.91) if task == "saliency" else None,
        gflop=gflop,
        problem=functools.partial(write_problem, N),
    )


def write_problem(N, folder):
    """Pictures about as smooth as photographs, and their classes."""
    path = os.path.join(folder, "problem.npz")
    # Grainy, since a maximum that is taken twice in a window leaves it to each library where the
    # gradient goes.
    rng = np.random.RandomState(0)
    smooth = gaussian_filter(rng.randn(N, 224, 224, 3), (0, 4, 4, 0))
    X = smooth / smooth.std() + 0.2 * rng.randn(*smooth.shape)
    np.savez(path, X=X.astype(np.float32), y=np.arange(N) + 281)
    return path


def same_pictures(workers, folder):
    """Scores, maps, and a step of class visualisation (more would amplify rounding) agree."""
    results = {}
    for name, worker in workers.items():
        path = os.path.join(folder, "result.npy")
        worker.ask("check", path=path)
        results[name] = np.load(path)
    for name, got in results.items():
        check_close(name, got, results["PyTorch, contiguous"])
