"""Class visualization: what the network looks for in a class, drawn from noise."""

import inspect

from tf_cs231n import checks
from tf_cs231n.graph_model import BoundModel
from tf_cs231n.saliency import create_class_visualization
from tf_cs231n.squeezenet import class_id
from tf_cs231n.studio import equal
from tf_cs231n.studio.jobs import Seldom
from tf_cs231n.studio.networks import described
from tf_cs231n.studio.uploads import data_url, jpeg, png

NAMES = ("num_iterations", "l2_reg", "blur_every", "max_jitter", "decorrelate", "contrast")
DEFAULTS = {
    name: inspect.signature(create_class_visualization).parameters[name].default for name in NAMES
}
RECOGNIZABLE = {"decorrelate": True, "contrast": 0.2}  # as `tf-cs231n visualize --help` advises


def describe(studio, job):
    """Send the library's defaults, on which the sliders stand at first, and what is easier seen."""
    job.send("defaults", defaults=DEFAULTS, recognizable=RECOGNIZABLE)


def draw(studio, job, target, seed=0, **settings):
    """Draw a class; send previews at most four times a second, then the result.

    Stop keeps what is drawn so far.

    Args:
      target: the name or number of a class.
      seed: of noise and jitter.
      **settings: those of `NAMES` that differ from the library's defaults.
    """
    model = studio.networks.explained()
    checks.counts(0, seed=seed)
    for name in settings:
        checks.one_of(NAMES, setting=name)
    y = class_id(target, model.class_names)
    given = {name: value for name, value in settings.items() if value != DEFAULTS[name]}
    total = given.get("num_iterations", DEFAULTS["num_iterations"])
    given["seed"] = seed
    suited = model.settings(create_class_visualization, given)
    steps, curve, due = 0, [], Seldom()

    def callback(step, X, scores):
        nonlocal steps
        steps = step + 1
        curve.append([step, float(scores[0, y])])
        if due():
            job.send("preview", latest=True, image=data_url(jpeg(model.rounded(X[0]))), step=step,
                     total=total, curve=curve, of=described([y], scores, model)[0])  # fmt: skip
        job.give_way()

    X = create_class_visualization(y, model, callback=callback, stop=job.stop, **suited)
    if not steps:
        job.stop.check()
    for each in (given, suited):
        each["num_iterations"] = steps  # which gives this very image again
    texts = _equal(studio, model, y, given, suited)
    _send_result(studio, job, model, y, X, given, curve, texts)


def _send_result(studio, job, model, y, X, given, curve, texts):
    scores = BoundModel(model).run(model.scores, X)
    of = described([y], scores, model)[0]
    rank = int((scores[0] > scores[0, y]).sum()) + 1
    record = equal.record(studio, "visualize", None, texts, settings=given, of=of, rank=rank)
    content = png(model.rounded(X[0]), record)
    job.send(
        "result",
        image=data_url(content),
        steps=given["num_iterations"],
        stopped=bool(job.stop),
        curve=curve,
        of=of,
        rank=rank,
        equal=texts,
        download=studio.results.put("visualization", {"class.png": content}, record),
    )


# ---- The same in a terminal and in Python ----


def _equal(studio, model, y, given, suited):
    """The command finds by itself what suits one's own network; Python is told."""
    name = equal.class_argument(y, model.class_names)
    command = equal.command("visualize", name, **given, image="class.png", gif="none",
                            **equal.network_options(studio, size=False))  # fmt: skip
    settings = equal.arguments({k: value for k, value in suited.items() if k != "bounds"})
    settings += ", bounds=model.scaling.bounds" if "bounds" in suited else ""
    more = ["from tf_cs231n.saliency import create_class_visualization"]
    python = equal.loading(studio, None, more, ("save_image", "deprocess_image")) + (
        f"    X = create_class_visualization({y}, model{settings})\n\n"
        + equal.saving(studio, "X[0]", "class.png")
    )
    return {"command": command, "python": python}


ACTIONS = {"describe": describe, "draw": draw}
