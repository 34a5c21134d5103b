"""Random images and tiny networks for the uses of an image's gradient."""

import numpy as np

from tf_cs231n.assignment.task import Output, Task

_CLASSES = 7


def _inputs(rng, sizes, case):
    """Images and a network that tells them apart; with ``--full`` SqueezeNet takes its place."""
    N = 1 if case == 0 else sizes["N"]
    side = 224 if case == 2 else 0
    H, W = (side or 4 * sizes["H"] + 11, side or 4 * sizes["W"] + 11)
    return {
        # A color of its own for each image: scores lie apart, and fooling takes a few steps.
        "X": (rng.randn(N, H, W, 3) + 0.2 * rng.randn(N, 1, 1, 3)).astype(np.float32),
        "y": rng.randint(_CLASSES, size=N).astype(np.int32),
        "kernel": rng.randn(3, 3, 3, 8).astype(np.float32) / 3,
        "weights": 8 * rng.randn(8, _CLASSES).astype(np.float32),
    }


def _saliency(f, i):
    import tf_cs231n.assignment.graphs as graphs

    with graphs.model(i["kernel"], i["weights"]) as (model, sess):
        X = graphs.enlarged(i["X"])
        maps = graphs.call(f.compute_saliency_maps, X, i["y"], model, sess=sess)
        return (graphs.evaluate(sess, maps),)


def _fooling(f, i):
    import tf_cs231n.assignment.graphs as graphs

    with graphs.model(i["kernel"], i["weights"]) as (model, sess):
        X = graphs.enlarged(i["X"][:1])
        scores = sess.run(model.scores, {model.image: X})[0]
        target = int(scores.argsort()[-2])  # the runner-up is within reach
        return (graphs.call(f.make_fooling_image, X, target, model, sess=sess),)


def _visualization(f, i):
    import tf_cs231n.assignment.graphs as graphs

    np.random.seed(int(i["y"][0]))
    with graphs.model(i["kernel"], i["weights"]) as (model, sess):
        options = {"l2_reg": 2e-4, "learning_rate": 500, "num_iterations": 6, "blur_every": 4,
                   "max_jitter": 11, "show_every": 1000}  # fmt: skip
        names = {n: str(n) for n in range(1000)}
        target = int(i["y"][0])
        image = graphs.call(
            f.create_class_visualization, target, model, sess, class_names=names, **options
        )
        return (image,)


TASKS = [
    Task(
        "compute_saliency_maps", "visualization", "N H W", _inputs, _saliency,
        [Output("saliency", "N H W")], cases=2, graph=True, tolerance=1e-3,
    ),
    Task(
        "make_fooling_image", "visualization", "N H W", _inputs, _fooling,
        [Output("X_fooling", "N H W C")], cases=2, graph=True, tolerance=2e-3,
    ),
    Task(
        "create_class_visualization", "visualization", "N H W", _inputs, _visualization,
        [Output("X", "N H W C")], cases=1, graph=True, tolerance=5e-3,
    ),
]  # fmt: skip
