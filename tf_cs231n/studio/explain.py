"""Explain: what the network sees in an image, and which pixels made a class's score."""

import warnings

import numpy as np

from tf_cs231n import checks, named
from tf_cs231n.attribution import METHODS, attribution_maps, hide_squares
from tf_cs231n.graph_model import BoundModel
from tf_cs231n.plots.saliency import heat_image
from tf_cs231n.squeezenet import class_id
from tf_cs231n.studio import equal
from tf_cs231n.studio.networks import described, seen
from tf_cs231n.studio.uploads import data_url, npz, png

TOP = 5


def classify(studio, job, image, top=TOP):
    """Send the classes with the highest scores, and the image as the network sees it."""
    found, model = studio.images.find(image), studio.networks.explained()
    checks.counts(1, 50, top=top)
    pixels = seen(model, found)
    scores = BoundModel(model).run(model.scores, model.batch(pixels))
    order = np.argsort(-scores[0], kind="stable")[:top]
    H, W = pixels.shape[:2]
    classes, texts = described(order, scores, model), _equal_classify(studio, found)
    record = equal.record(studio, "classify", found, texts, classes=classes)
    files = {"image.png": png(pixels), "scores.npz": npz(scores=scores[0])}
    job.send(
        "classes",
        classes=classes,
        image=data_url(png(pixels)),
        name=found.name,
        size=[W, H],
        methods=list(METHODS),
        equal=texts,
        download=studio.results.put("classes", files, record),
    )


def maps(studio, job, image, classes, methods=("gradient",)):
    """Send a map of each method for one class, or for two; then a result with all of them."""
    found, model = studio.images.find(image), studio.networks.explained()
    checks.counts(1, 2, **{"number of classes": len(classes)})
    checks.one_of(METHODS, **named.each(methods=list(methods)))
    y = [class_id(name, model.class_names) for name in classes]
    pixels = seen(model, found)
    X = np.repeat(model.batch(pixels), len(y), axis=0)
    made = {}
    for method in dict.fromkeys(methods):
        with warnings.catch_warnings(record=True) as noted:
            warnings.simplefilter("always", RuntimeWarning)
            made[method] = attribution_maps(method, X, y, model, stop=job.stop)
        job.stop.check()
        note = "; ".join(str(warning.message) for warning in noted)
        for number, heat in zip(y, made[method]):
            _send_map(job, method, number, heat, note)
        yield
    scores = BoundModel(model).run(model.scores, X[:1])
    classes = described(y, scores, model)
    texts = _equal_maps(studio, model, found, y, list(made))
    record = equal.record(studio, "saliency", found, texts, classes=classes, methods=list(made))
    files = {"image.png": png(pixels)}
    for method, heats in made.items():
        for number, heat in zip(y, heats):
            files[f"{method}-{number}.png"] = png(heat_image(heat), record)
    files["maps.npz"] = npz(classes=np.array(y), **made)
    job.send(
        "result", classes=classes, equal=texts, download=studio.results.put("maps", files, record)
    )


def hide(studio, job, image, patches, patch, classes):
    """Hide squares of an image and send how the classes' scores move.

    Args:
      image: its id.  patches: list of (x, y), the middles of the squares, in pixels.
      patch: the side of a square.  classes: numbers of those whose scores are sent.
    """
    found, model = studio.images.find(image), studio.networks.explained()
    checks.counts(1, 224, patch=patch)
    checks.counts(0, 200, **{"number of patches": len(patches)})
    checks.counts(0, len(model.class_names) - 1, **named.each(classes=classes))
    X = model.batch(seen(model, found))
    squares = []
    for x, y in patches:
        checks.numbers(0, most=max(X.shape[1:3]), x=x, y=y)
        squares.append([*(max(0, int(at - patch / 2)) for at in (x, y)), patch])
    hidden = hide_squares(X, squares, model.baseline("mean"))
    scores = BoundModel(model).run(model.scores, np.concatenate([X, hidden]))
    before, after = (described(classes, row[None], model) for row in scores)
    texts = _equal_hide(studio, model, found, squares, classes)
    record = equal.record(
        studio, "classify", found, texts, hidden=squares, before=before, after=after
    )
    files = {"hidden.png": png(model.rounded(hidden[0]), record)}
    files["image.png"] = png(seen(model, found))
    top = described([int(scores[1].argmax())], scores[1:], model)[0]
    download = studio.results.put("hidden", files, record)
    job.send("moved", before=before, after=after, top=top, equal=texts, download=download)


def _send_map(job, method, number, heat, note):
    """A map as colors to look at, and as 256 levels from low to high to read values from."""
    low, high = float(heat.min()), float(heat.max())
    levels = np.uint8(np.round(255 * (heat - low) / ((high - low) or 1)))
    job.send(
        "map",
        method=method,
        number=number,
        image=data_url(png(heat_image(heat))),
        levels=data_url(png(levels)),
        low=low,
        high=high,
        note=note,
    )


# ---- The same in a terminal and in Python ----


def _equal_classify(studio, image):
    name = equal.image_argument(image)
    return {
        "command": equal.command("classify", name, **equal.network_options(studio)),
        "python": equal.loading(studio, image)
        + "    scores = sess.run(model.scores, {model.image: X})",
    }


def _equal_maps(studio, model, image, y, methods):
    name = equal.image_argument(image)
    names = [equal.class_argument(number, model.class_names) for number in y]
    lines = [
        equal.command("saliency", name, **{"class": each}, method=methods,
                      out=None if len(names) == 1 else f"saliency-{number}.png",
                      **equal.network_options(studio))
        for each, number in zip(names, y)
    ]  # fmt: skip
    more = ["from tf_cs231n.attribution import attribution_maps"]
    X = "X" if len(y) == 1 else f"X.repeat({len(y)}, axis=0)"
    python = equal.loading(studio, image, more) + (
        f"    maps = {{\n"
        f"        method: attribution_maps(method, {X}, {y}, model)\n"
        f"        for method in {methods}\n"
        f"    }}"
    )
    return {"command": "\n".join(lines), "python": python}


def _equal_hide(studio, model, image, squares, classes):
    names = [equal.class_argument(number, model.class_names) for number in classes]
    hidden = [",".join(map(str, square)) for square in squares]
    command = equal.command("classify", equal.image_argument(image), **{"class": names},
                            hide=hidden, **equal.network_options(studio))  # fmt: skip
    mean = "" if studio.graph is None else ", model.scaling.middle"
    more = ["from tf_cs231n.attribution import hide_squares"]
    python = equal.loading(studio, image, more) + (
        f"    hidden = hide_squares(X, {squares}{mean})\n"
        "    scores = sess.run(model.scores, {model.image: hidden})"
    )
    return {"command": command, "python": python}


ACTIONS = {"classify": classify, "maps": maps, "hide": hide}
