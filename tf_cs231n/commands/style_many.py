"""`tf-cs231n style --out-dir`: many contents painted in the same styles; and one painting's run."""

import functools
import json
import os

from tf_cs231n import terminal
from tf_cs231n.commands.batch_options import open_batch
from tf_cs231n.commands.with_file import PROVES_NOTHING
from tf_cs231n.errors import InputError


def paint(function, own, arguments, show=None):
    """Call a function of the style tasks under a bar, its warnings printed; returns its result.

    Args:
      function: of `tf_cs231n.style_transfer`.
      own: the learner's losses, from `with_file.open_own`.
      arguments: of the function; ``with_file`` is left out.
      show: called with the progress, or None.
    """
    from tf_cs231n.commands import style_files as files
    from tf_cs231n.commands.explaining import printed_warnings

    called = {name: value for name, value in arguments.items() if name != "with_file"}
    with files.Bar() as bar, printed_warnings(bar.say), own.telling():

        def callback(progress):
            bar.show(progress)
            if show:
                show(progress)

        return function(**called, losses=own.functions or None, callback=callback)


def paint_many(names, folder, results, function, own, arguments):
    """Paint each of the inputs, write its file, skip what cannot be read.

    Args:
      names, results: as for `batches.Batch`.
      folder: the values of `batches.folder_options`, a dict.
      function, own, arguments: as for `paint`, without the content.
    """
    from tf_cs231n.commands.style_files import make_record
    from tf_cs231n.interruption import stoppable

    results.settings["style_image"] = arguments["style_image"]
    batch = open_batch(names, results=results, chunk=1, alone={"with_file"}, **folder)
    if batch.shared():
        return

    def run(inputs):
        return [paint(function, own, {**arguments, "content_image": each.image}) for each in inputs]

    with batch, stoppable() as stop:
        for each, result in batch.run(run, _readable, stop, shape=lambda name: ()):
            losses = result.losses._asdict()
            batch.echo(f"{each.name}: loss {losses['total']:.6g}")
            record = make_record(
                "style", function, {**arguments, "content_image": each.name}, result
            )
            text = json.dumps(record, sort_keys=True)
            batch.keep(
                each,
                *({"metric": name, "value": value} for name, value in losses.items()),
                png=functools.partial(_png, result.image, text),
                svg=functools.partial(_figure, each.image, arguments["style_image"], result.image),
                npy=functools.partial(_array, result.image),
                npz=functools.partial(dict, image=result.image),
            )
    own.note([each.out for each in batch.inputs if os.path.exists(each.out)], "style")
    if own.functions:
        terminal.echo(PROVES_NOTHING)


def from_standard_input(arguments):
    """The image that a content or style named ``-`` is, as arguments to replace."""
    from tf_cs231n.images import load_image

    named = {name: arguments.get(name) for name in ("content_image", "style_image")}
    if terminal.STANDARD not in [
        name for value in named.values() for name in (value if isinstance(value, list) else [value])
    ]:
        return {}
    image = load_image(terminal.open_input(terminal.STANDARD))

    def opened(value):
        if isinstance(value, list):
            return [opened(each) for each in value]
        return image if value == terminal.STANDARD else value

    return {name: opened(value) for name, value in named.items() if value is not None}


def _readable(source):
    """What `style_transfer` is given: a file's name once it could be read, else the image."""
    from tf_cs231n.datasets import open_image

    image = open_image(source)
    return source if isinstance(source, str) else image


def _png(image, text):
    from tf_cs231n.commands.style_files import PNG_TEXT

    return image, {PNG_TEXT: text}


def _array(image):
    return image


def _figure(content, styles, image):
    """Content, styles and the painting in a row."""
    from tf_cs231n.datasets import open_image
    from tf_cs231n.plots import image_grid

    shown = [open_image(name, 512) for name in (content, *styles)]
    titles = ["content", *(os.path.basename(name) for name in styles), "painted"]
    return image_grid([[*shown, image]], [titles])


def contents_and_styles(images, styles, again, many):
    """Which of the images are contents, and which are styles; both may be those of --again."""
    if many and not styles and not again:
        raise InputError("--out-dir: all images are CONTENTs; name each STYLE by --style")
    contents, styles = (images, styles) if styles or many else (images[:1], images[1:])
    lacking = not contents if many else bool(contents) != bool(styles) or not (contents or again)
    if len(contents) > 1 and not many:
        raise InputError(
            f"--style makes all {len(contents)} images CONTENTs: give one, or --out-dir for many"
        )
    if lacking:
        raise InputError("give a CONTENT image and at least one STYLE, files or sample:NAME")
    return list(contents), list(styles)
