"""`tf-cs231n caption prepare`: images with captions into training data."""

import click

from tf_cs231n.commands.batch_options import jobs_options
from tf_cs231n.commands.caption_data import columns_options, image_bar, name_skipped
from tf_cs231n.commands.library_defaults import given, library_command
from tf_cs231n.commands.option_types import PATH, SEED, Count, Number
from tf_cs231n.terminal import echo


@library_command("tf_cs231n.captioning.prepare:prepare")
@click.option(
    "--images", type=PATH, required=True, metavar="DIR", help="The folder with the images."
)
@click.option(
    "--captions",
    type=PATH,
    required=True,
    metavar="FILE",
    help="CSV, JSON (COCO's, Karpathy's, a list), JSON lines, or Flickr's text.",
)
@click.option("--out", type=PATH, required=True, metavar="FOLDER", help="Where the data goes.")
@columns_options
@click.option("--min-count", type=Count(), help="Rarer words become <UNK>.")
@click.option("--max-words", type=Count(), help="Longer captions are cut off.")
@click.option("--image-size", type=Count(64), help="Pixels a side; all images are made square.")
@click.option(
    "--val-fraction", type=Number(above=0, most=1), help="Fraction of the images for validation."
)
@click.option(
    "--group",
    metavar="COLUMN|folder",
    help="Keep images that share this column's value, or their folder, in one split.",
)
@click.option("--seed", type=SEED, help="Seed of the split.")
@click.option("--overwrite", is_flag=True, help="Replace files in FOLDER.")
@jobs_options
def prepare(images, captions, out, **options):
    """Turn images with captions into training data.

    Writes captions, features, vocabulary and file names in the course's layout. Images that
    cannot be read are named and left out. A column named split decides which images validate.
    """
    from tf_cs231n.captioning import prepare as library

    with image_bar() as progress:
        report = library.prepare(
            images, captions, out, progress=progress, **given(library.prepare, options)
        )
    name_skipped(report.skipped)
    _name_some(report.without_caption, "images have no caption and are left out")
    _name_some(report.without_file, "captioned images are not in the folder")
    if report.wordless:
        echo(f"note: {report.wordless} captions have no word and are left out", err=True)
    if report.left_out:
        echo(f"note: {report.left_out} images are for testing and are left out", err=True)
    _warn_of_leaks(report)
    echo(
        f"{out}: {report.train} images to train on, {report.val} to validate, "
        f"{report.captions} captions, {report.words} words; "
        f"{report.unknown_share:.1%} of the training words are <UNK>"
    )


def _name_some(names, what):
    if names:
        some = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        echo(f"note: {len(names)} {what}: {some}", err=True)


def _warn_of_leaks(report):
    copies, equal, captions = report.leaks
    if copies or equal:
        echo(
            f"warning: {copies} of the {report.val} validation images are near copies of training "
            f"images, and {equal} of the {captions} validation captions stand word for word in "
            "training, so scores say less about new images; --group keeps copies in one split",
            err=True,
        )
