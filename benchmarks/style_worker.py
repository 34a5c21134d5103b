"""Our side of `style.py`, on either TensorFlow."""

import contextlib
import functools

import numpy as np
from interleave import serve

from tf_cs231n.pixels.inputs import HIGH, LOW
from tf_cs231n.pixels.objective import Objective, PixelNetwork, shared_targets
from tf_cs231n.pixels.optimizers import lbfgs
from tf_cs231n.pixels.strips import WHOLE, StripObjective, StyleTargets
from tf_cs231n.squeezenet.formats import read_weights
from tf_cs231n.style_transfer import LOSSES, ContentTerm, Losses, StyleTerm, image_losses


def setup(problem, task):
    p = np.load(problem)
    style_layers = [int(layer) for layer in p["style_layers"]]
    content_layer = int(p["content_layer"])
    network = PixelNetwork(read_weights(str(p["weights"])), max([*style_layers, content_layer]))
    content = [(content_layer, float(p["content_weight"]))]
    style = list(zip(style_layers, p["style_weights"].tolist()))
    styles = [StyleTerm(1.0, [p[f"gram{layer}"] for layer in style_layers], None)]
    tv = float(p["tv_weight"])
    pixels = p["pixels"][0]
    if pixels[..., 0].size > WHOLE:
        targets = StyleTargets(*shared_targets(style, styles))
        objective = StripObjective(network, p["content"], content, targets, tv, LOSSES, Losses)
    else:
        content = [ContentTerm(*content[0], p["content_target"])]
        losses = functools.partial(image_losses, network, content, styles, style, tv, LOSSES)
        objective = Objective(network, pixels.shape[:2], losses)

    def check(path):
        losses, gradient = objective(pixels)
        np.save(path, gradient[None])
        return losses.total

    goal = None

    def recipe(max_evaluations=200):
        """L-BFGS from the same pixels until the loss is at most the goal; the loss."""
        history = []

        def evaluate(x):
            losses, gradient = objective(x)
            history.append(losses.total)
            if losses.total <= goal:
                raise StopIteration
            return losses.total, gradient

        with contextlib.suppress(StopIteration):
            lbfgs(evaluate, pixels, LOW, HIGH, max_evaluations)
        return min(history)

    def aim(loss):
        nonlocal goal
        goal = loss
        return recipe()

    steps = {"step": lambda: objective(pixels), "recipe": recipe}
    return {"step": steps[task], "check": check, "aim": aim}


if __name__ == "__main__":
    serve(setup)
