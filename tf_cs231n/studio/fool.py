"""Fool: an image changed by a few levels until the network takes it for another class."""

import inspect
import warnings

from tf_cs231n import checks
from tf_cs231n.adversarial import fast_gradient_sign, projected_gradient_descent
from tf_cs231n.graph_model import BoundModel
from tf_cs231n.interruption import Stop
from tf_cs231n.plots.saliency import magnified
from tf_cs231n.saliency import perturbation_norm
from tf_cs231n.squeezenet import class_id
from tf_cs231n.studio import equal
from tf_cs231n.studio.jobs import Seldom
from tf_cs231n.studio.networks import described, seen
from tf_cs231n.studio.uploads import data_url, jpeg, png

METHODS = {"pgd": projected_gradient_descent, "fgsm": fast_gradient_sign}
DEFAULTS = {
    name: inspect.signature(projected_gradient_descent).parameters[name].default
    for name in ("epsilon", "max_iterations")
}


def describe(studio, job):
    """Send the library's defaults, on which the sliders stand at first."""
    job.send("defaults", defaults=DEFAULTS)


def fool(
    studio,
    job,
    image,
    target,
    epsilon=DEFAULTS["epsilon"],
    method="pgd",
    max_iterations=DEFAULTS["max_iterations"],
    all_steps=False,
):
    """Change an image until its PNG is taken for the target; send previews, then the result.

    The result is the best step so far, also where it was stopped.

    Args:
      image: its id.  target: the name or number of a class.
      epsilon: the largest change of a pixel, in levels of 0..255.
      method: 'pgd', projected gradient descent, or 'fgsm', the fast gradient sign method.
      max_iterations: the most steps of 'pgd'.
      all_steps: go on with 'pgd' after the PNG fools the network, to be surer.
    """
    found, model = studio.images.find(image), studio.networks.explained()
    checks.one_of(METHODS, method=method)
    y, pixels = class_id(target, model.class_names), seen(model, found)
    attack = _Attack(job, model, pixels, y, all_steps)
    given, progress = {"epsilon": epsilon}, {}
    if method == "pgd":
        given.update(max_iterations=max_iterations, early_stop=False)
        progress.update(callback=attack.step, stop=attack.stop)
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always", RuntimeWarning)
        settings = model.settings(METHODS[method], given)
        result = METHODS[method](model.batch(pixels), y, model, **settings, **progress)
    if method == "fgsm":
        attack.step(0, result.X_fooling, result.scores)
    else:
        given["max_iterations"] = attack.best.step  # which gives this very image again
    note = "; ".join(str(warning.message) for warning in noted)
    _send_result(studio, job, found, model, attack, method, given, note)


class _Attack:
    """What an attack has come to; its `step` is the attack's callback."""

    def __init__(self, job, model, pixels, y, all_steps):
        self.model, self.pixels, self.y = model, pixels, y
        self.stop, self.best = Stop(), None
        self._job, self._all_steps, self._due = job, all_steps, Seldom()

    def step(self, step, X, scores):
        changed = _Changed(self.model, step, X[0].copy(), scores, self.y)
        if self.best is None or changed.worth > self.best.worth:
            self.best = changed
        if self._due():
            self._job.send("preview", latest=True, step=step, **self.shown(changed, jpeg))
        self._job.give_way()
        if self._job.stop or changed.fooled and not self._all_steps:
            self.stop.request()

    def shown(self, changed, encode):
        """What the page shows of a step: the image, the difference, and what the network sees."""
        difference, factor = magnified(self.pixels, self.model.levels(changed.X))
        top = int(changed.scores[0].argmax())
        return {
            "image": data_url(encode(changed.rounded)),
            "difference": data_url(encode(difference)),
            "factor": factor,
            "classes": described([top, self.y], changed.scores, self.model),
            "fooled": changed.fooled,
        }


class _Changed:
    """The image of a step, and rounded to the levels of a file.

    Attributes:
      scores: (1, K) of the rounded image, where the one that is not fools; else of that.
      worth: greater is better.
    """

    def __init__(self, model, step, X, scores, y):
        self.step, self.X, self.rounded = step, X, model.rounded(X)
        self.scores = scores
        if scores[0].argmax() == y:
            self.scores = BoundModel(model).run(model.scores, model.batch(self.rounded))
        self.fooled = bool(self.scores[0].argmax() == y)
        self.worth = (self.fooled, float(model.probabilities(self.scores)[0, y]))


def _send_result(studio, job, found, model, attack, method, given, note):
    best, name = attack.best, "fooling.png" if attack.best.fooled else "changed.png"
    texts = _equal(studio, found, model, attack.y, method, given, name)
    l2, linf = perturbation_norm(attack.pixels[None], best.rounded[None])
    told = {
        "fooled": best.fooled,
        "steps": best.step,
        "l2": float(l2[0]),
        "linf": float(linf[0]),
    }
    shown = attack.shown(best, png)
    settings = {"method": method, "target": int(attack.y), **given}
    record = equal.record(
        studio, "fool", found, texts, settings=settings, classes=shown["classes"], **told
    )
    difference = magnified(attack.pixels, model.levels(best.X))[0]
    files = {
        name: png(best.rounded, record),
        "image.png": png(attack.pixels),
        "difference.png": png(difference),
    }
    job.send(
        "result",
        **{**shown, **told},
        stopped=bool(job.stop),
        note=note,
        name=name,
        equal=texts,
        download=studio.results.put("fool", files, record),
    )


# ---- The same in a terminal and in Python ----


def _equal(studio, image, model, y, method, given, name):
    target = equal.class_argument(y, model.class_names)
    options = {"method": method, **given, "image": name, **equal.network_options(studio)}
    if method == "pgd":
        del options["early_stop"]
        options.update(all_steps=True, gif="none")
    function = METHODS[method].__name__
    more = [f"from tf_cs231n.adversarial import {function}"]
    own = studio.graph is not None
    scaled = {"unit": "model.scaling.unit", "bounds": "model.scaling.bounds"} if own else {}
    settings = equal.arguments(given) + "".join(f", {k}={v}" for k, v in scaled.items())
    python = equal.loading(studio, image, more, ("save_image", "deprocess_image")) + (
        f"    result = {function}(X, {y}, model{settings})\n\n"
        + equal.saving(studio, "result.X_fooling[0]", name)
    )
    command = equal.command("fool", equal.image_argument(image), target=target, **options)
    return {"command": command, "python": python}


ACTIONS = {"describe": describe, "fool": fool}
