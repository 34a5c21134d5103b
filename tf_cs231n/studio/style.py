"""Style: an image painted as another, watched while it is made."""

import base64
import binascii
import inspect
import io

from tf_cs231n import checks
from tf_cs231n.errors import InputError
from tf_cs231n.images import load_image, resize
from tf_cs231n.pixels.colors import KEEP
from tf_cs231n.studio import equal
from tf_cs231n.studio.jobs import Seldom
from tf_cs231n.studio.uploads import data_url, jpeg, png
from tf_cs231n.style_transfer import style_transfer

MAX_POINTS = 300  # of the loss curve
DEFAULTS = {
    name: parameter.default
    for name, parameter in inspect.signature(style_transfer).parameters.items()
    if parameter.default is not parameter.empty
}
_NOT_SETTINGS = ("losses", "callback", "stop", "model", "sess")


def describe(studio, job):
    """Send the library's defaults, on which the sliders stand at first."""
    names = ("content_weight", "style_weights", "tv_weight", "max_evaluations", "keep_colors")
    job.send("defaults", defaults={name: DEFAULTS[name] for name in names}, keep=list(KEEP))


def paint(
    studio,
    job,
    content,
    style,
    image_size=192,
    content_weight=DEFAULTS["content_weight"],
    style_factor=1,
    tv_weight=DEFAULTS["tv_weight"],
    keep_colors=DEFAULTS["keep_colors"],
    max_evaluations=DEFAULTS["max_evaluations"],
    mask=None,
):
    """Paint ``content`` as ``style``; send previews, then the result, also where it was stopped.

    Args:
      content, style: ids of images.
      style_factor: what the default style weights are multiplied by.
      mask: a PNG's data address, white where the style goes; None: everywhere.
      others: as for `style_transfer`.
    """
    shown, painting = studio.images.find(content), studio.images.find(style)
    checks.numbers(0, style_factor=style_factor)
    checks.counts(32, 1024, image_size=image_size)
    settings = {
        "image_size": image_size,
        "content_weight": content_weight,
        "style_weights": [float(f"{w * style_factor:.4g}") for w in DEFAULTS["style_weights"]],
        "tv_weight": tv_weight,
        "keep_colors": keep_colors,
        "max_evaluations": max_evaluations,
    }
    if studio.weights != "default":
        settings["weights"] = studio.weights
    given = {name: value for name, value in settings.items() if _differs(name, value)}
    painted = None if mask is None else _mask(mask, shown.at().shape[:2])
    curve, due = [], Seldom()

    def callback(progress):
        curve.append([progress.evaluation, *map(float, progress.losses)])
        if due():
            preview = data_url(jpeg(progress.image))
            job.send("preview", latest=True, image=preview, curve=_thinned(curve),
                     evaluation=progress.evaluation, most=progress.max_evaluations)  # fmt: skip

    masks = None if painted is None else [painted]
    result = style_transfer(
        shown.at(), painting.at(), masks=masks, callback=callback, stop=job.stop, **given
    )
    record = _record(shown, painting, given, result, masks)
    files = {"styled.png": png(result.image, record)}
    if painted is not None:
        files["mask.png"] = png(painted)
    texts = _equal(shown, painting, given, masks)
    job.send(
        "result",
        image=data_url(png(result.image)),
        curve=_thinned(curve),
        losses=result.losses._asdict(),
        evaluations=result.evaluations,
        stopped=result.stopped,
        equal=texts,
        download=studio.results.put("style", files, record),
    )


def _differs(name, value):
    default = DEFAULTS[name]
    return value != (list(default) if isinstance(default, tuple) else default)


def _mask(address, size):
    """The mask of a PNG's data address, as a uint8 (H, W) of this size."""
    try:
        content = base64.b64decode(address.split(",", 1)[1], validate=True)
    except (AttributeError, IndexError, binascii.Error) as error:
        raise InputError("mask: expected the address of a PNG") from error
    return resize(load_image(io.BytesIO(content))[..., 0], size, "bilinear")


def _thinned(curve):
    every = max(1, len(curve) // MAX_POINTS)
    return curve[:-1:every] + curve[-1:]


def _record(content, style, given, result, masks):
    """As `tf-cs231n style` writes it, so that `--again` makes the image again."""
    settings = {name: value for name, value in DEFAULTS.items() if name not in _NOT_SETTINGS}
    settings.update(given, content_image=content.name, style_image=[style.name])
    if masks:
        settings["masks"] = ["mask.png"]
    return {
        "task": "style",
        "settings": settings,
        "sha256": {each.name: each.sha256 for each in (content, style) if each.sha256},
        "size": list(result.image.shape[:2]),
        "evaluations": result.evaluations,
        "losses": result.losses._asdict(),
    }


def _equal(content, style, given, masks):
    names = [equal.image_argument(image) for image in (content, style)]
    options = {
        name: " ".join(map(str, value)) if isinstance(value, list) else value
        for name, value in given.items()
    }
    options.update(out="styled.png", mask="mask.png" if masks else None)
    arguments = {**given, "masks": ["mask.png"]} if masks else given
    python = (
        "from tf_cs231n.images import save_image\n"
        "from tf_cs231n.style_transfer import style_transfer\n\n"
        f"result = style_transfer({names[0]!r}, {names[1]!r}{equal.arguments(arguments)})\n"
        "save_image('styled.png', result.image)"
    )
    return {"command": equal.command("style", *names, **options), "python": python}


ACTIONS = {"describe": describe, "paint": paint}
