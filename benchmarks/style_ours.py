"""Our side of `style_step.py`, on either TensorFlow."""

import time

import numpy as np
from interleave import serve

from tf_cs231n.squeezenet.formats import read_weights
from tf_cs231n.style_transfer.objective import ContentTarget, Objective, PixelNetwork, StyleTarget
from tf_cs231n.style_transfer.optimizers import lbfgs
from tf_cs231n.style_transfer.transfer import HIGH, LOW


def setup(problem):
    p = np.load(problem)
    style_layers = [int(layer) for layer in p["style_layers"]]
    content_layer = int(p["content_layer"])
    start = time.perf_counter()
    network = PixelNetwork(read_weights(str(p["weights"])), max([*style_layers, content_layer]))
    objective = Objective(
        network,
        p["pixels"].shape[1:3],
        [ContentTarget(content_layer, float(p["content_weight"]), p["content_target"])],
        [StyleTarget(1.0, [p[f"gram{layer}"] for layer in style_layers], None)],
        list(zip(style_layers, p["style_weights"].tolist())),
        float(p["tv_weight"]),
    )
    pixels = p["pixels"][0]
    objective(pixels)
    setup_seconds = time.perf_counter() - start

    def check(path):
        losses, gradient = objective(pixels)
        np.save(path, gradient[None])
        return losses.total

    def lbfgs_until(loss, num_evaluations=200):
        """Seconds and evaluations until the loss is at most this, and the loss after them all."""
        history, seconds = [], None
        start = time.perf_counter()

        def evaluate(x):
            nonlocal seconds
            losses, gradient = objective(x)
            history.append(losses.total)
            if seconds is None and losses.total <= loss:
                seconds = time.perf_counter() - start, len(history)
            return losses.total, gradient

        lbfgs(evaluate, pixels, LOW, HIGH, num_evaluations)
        reached, evaluations = seconds or (None, None)
        return {
            "seconds": reached,
            "evaluations": evaluations,
            "loss": min(history),
            "setup_seconds": setup_seconds,
        }

    return {"step": lambda: objective(pixels), "check": check, "lbfgs_until": lbfgs_until}


if __name__ == "__main__":
    serve(setup)
