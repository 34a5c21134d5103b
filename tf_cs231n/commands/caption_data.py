"""The data that captioning's commands train and evaluate on, and how they print scores."""

import os

import click

from tf_cs231n.commands.option_types import PATH
from tf_cs231n.errors import InputError
from tf_cs231n.terminal import echo

CAPTIONER = click.option(
    "--folder",
    type=PATH,
    default="outputs/captioner",
    show_default=True,
    help="The training's folder.",
)


def open_data(folder):
    """A data folder, or with None the built-in images: ``(folder, data)``."""
    from tf_cs231n.captioning import coco, shapes

    if folder is None:
        with image_bar("making images of shapes", leave=False) as progress:
            folder = shapes.shapes_data(progress=progress)
    return folder, coco.load_coco_data(folder)


def open_training_data(folder, saved, data):
    """The data that a captioner was trained on: ``(folder, data)``.

    Args:
      folder: the training's, which knows its data; or a captioner's file, which does not.
      saved: its `SavedCaptioner`.
      data: the folder that the user names, or None.

    Raises:
      InputError: it is not found, or the captioner was trained on other data.
    """
    from tf_cs231n.captioning.prepare import build_vocabulary
    from tf_cs231n.captioning.saved import check_fits
    from tf_cs231n.captioning.shapes import make_scenes
    from tf_cs231n.training.checkpoints import load_settings

    known = load_settings(folder).get("data_folder") if os.path.isdir(folder) else None
    if data is None and known and os.path.isdir(known):
        data = known
    if data is None:  # the built-in images take minutes to make: see first whether they can fit
        words = build_vocabulary(text for each in make_scenes(1000) for text in each.captions)
        if set(words) != set(saved.words):
            raise InputError(
                f"{folder}: its training data{f' ({known})' if known else ''} is not there, and it "
                "is not the built-in images, whose words are others; name it with --data"
            )
    data_folder, data = open_data(data)
    check_fits(saved, data, data_folder)
    return data_folder, data


def image_bar(description=None, **options):
    """A context whose value is a function of (images done, images in total) that draws a bar."""
    import contextlib

    from tf_cs231n.terminal import progress_bar

    @contextlib.contextmanager
    def drawing():
        with progress_bar(unit="image", desc=description, **options) as bar:

            def progress(done, total):
                bar.total = total
                bar.update(done - bar.n)

            yield progress

    return drawing()


def columns_options(command):
    """The options of a file of captions whose columns have other names."""
    command = click.option(
        "--caption-column",
        "caption_columns",
        multiple=True,
        metavar="NAME",
        help="Column of captions in FILE; give several, one by one.  [default: found by its name]",
    )(command)
    return click.option(
        "--image-column",
        metavar="NAME",
        help="Column of file names in FILE.  [default: found by its name]",
    )(command)


def format_scores(scores):
    """``BLEU-4 0.71  CIDEr 4.10  true 93.0 %``, all that there are."""
    parts = [f"{name} {value:.3f}" for name, value in scores.items() if name != "true"]
    return "  ".join(parts + ([f"true {scores['true']:.1%}"] if "true" in scores else []))


def warn_if_alike(text, share, write):
    """Warn if most images get one and the same caption."""
    if share > 0.5:
        write(
            f"warning: {share:.0%} of the validation images get one caption, {text!r}: the "
            "captioner does not look at them; train longer, with a lower --learning-rate, or check "
            "that captions and images belong together"
        )


def name_skipped(skipped):
    """Say which images cannot be read, and why."""
    for name, reason in skipped:
        echo(f"skipped: {reason if name in reason else f'{name}: {reason}'}", err=True)
