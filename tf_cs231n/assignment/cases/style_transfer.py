"""Random features and images for the losses of style transfer."""

import numpy as np

from tf_cs231n.assignment.task import Output, Task


def _features(rng, sizes, scale=1.0):
    return (scale * rng.randn(1, sizes["H"], sizes["W"], sizes["C"])).astype(np.float32)


def _inputs(rng, sizes, case):
    i = {"weight": np.array(rng.uniform(0.3, 3), np.float32), "case": np.array(case)}
    i["current"], i["original"] = _features(rng, sizes), _features(rng, sizes)
    i["image"] = _features(rng, dict(sizes, C=3))
    for k in range(3):
        i[f"feats{k}"] = _features(rng, sizes)
        C = i[f"feats{k}"].shape[-1]
        i[f"target{k}"] = rng.randn(C, C).astype(np.float32) / 3
    i["weights"] = rng.uniform(0.3, 3, size=3).astype(np.float32)
    return i


def _graph(build):
    def call(f, i):
        import tf_cs231n.assignment.graphs as graphs

        with graphs.session() as sess:
            return (graphs.evaluate(sess, build(f, i, graphs.tensors(i))),)

    return call


def _gram(f, i, t):
    if int(i["case"]) == 2:
        return f.gram_matrix(t["current"], normalize=False)
    return f.gram_matrix(t["current"])


def _style(f, i, t):
    layers = [2, 0]
    feats = [t[f"feats{k}"] for k in range(3)]
    targets = [t[f"target{k}"] for k in layers]
    return f.style_loss(feats, layers, targets, [float(i["weights"][k]) for k in layers])


def _task(name, build, output, **options):
    options.setdefault("cases", 2)
    return Task(name, "style", "H W C", _inputs, _graph(build), [output], graph=True, **options)


TASKS = [
    _task(
        "content_loss",
        lambda f, i, t: f.content_loss(float(i["weight"]), t["current"], t["original"]),
        Output("loss"),
    ),
    _task("gram_matrix", _gram, Output("gram", "C C"), cases=3, labels=["", "", "normalize=False"]),
    _task("style_loss", _style, Output("loss"), uses=["gram_matrix"]),
    _task("tv_loss", lambda f, i, t: f.tv_loss(t["image"], float(i["weight"])), Output("loss")),
]
