"""`tf-cs231n caption prepare|train|sample|evaluate`: images into sentences."""

import click

from tf_cs231n.commands.caption_sample import sample
from tf_cs231n.commands.library_defaults import given, library_command
from tf_cs231n.commands.option_types import AXIS, PATH, SEED, Count, Number

_HELP = {"help_option_names": ["-h", "--help"]}
DEFAULT_FOLDER = "outputs/captioner"

_folder = click.option(
    "--folder", type=PATH, default=DEFAULT_FOLDER, show_default=True, help="The training's folder."
)
_data = click.option(
    "--data",
    type=PATH,
    metavar="FOLDER",
    help="Data in the course's layout: from `caption prepare`, or COCO's."
    "  [default: the built-in images of shapes]",
)


@click.group(context_settings=_HELP)
def caption():
    """Train a captioner, caption images, score captions.

    Without --data everything runs on built-in images of shapes, made at first use.
    """


@library_command("tf_cs231n.captioning.prepare:prepare")
@click.option(
    "--images", type=PATH, required=True, metavar="DIR", help="The folder with the images."
)
@click.option(
    "--captions", type=PATH, required=True, metavar="FILE", help="COCO JSON, Flickr8k tokens, CSV."
)
@click.option("--out", type=PATH, required=True, metavar="FOLDER", help="Where the data goes.")
@click.option("--min-count", type=Count(), help="Rarer words become <UNK>.")
@click.option("--max-words", type=Count(), help="Longer captions are cut off.")
@click.option("--image-size", type=Count(64), help="Pixels a side; all images are made square.")
@click.option(
    "--val-fraction", type=Number(above=0, most=1), help="Fraction of the images for validation."
)
@click.option("--seed", type=SEED, help="Seed of the split.")
@click.option("--overwrite", is_flag=True, help="Replace files in FOLDER.")
def prepare(images, captions, out, **options):
    """Turn images with captions into training data.

    Writes captions, features, vocabulary and file names in the course's layout. Images that
    cannot be read are named and left out.
    """
    from tqdm.auto import tqdm

    from tf_cs231n.captioning import prepare as library

    with tqdm(unit="image", mininterval=0.5, delay=1e-3) as bar:

        def progress(done, total):
            bar.total = total
            bar.update(done - bar.n)

        report = library.prepare(
            images, captions, out, progress=progress, **given(library.prepare, options)
        )
    for name, reason in report.skipped:
        click.echo(f"skipped: {reason if name in reason else f'{name}: {reason}'}", err=True)
    _name_some(report.without_caption, "images have no caption and are left out")
    _name_some(report.without_file, "captioned images are not in the folder")
    click.echo(
        f"{out}: {report.train} images to train on, {report.val} to validate, "
        f"{report.captions} captions, {report.words} words; "
        f"{report.unknown_share:.1%} of the training words are <UNK>"
    )


def _name_some(names, what):
    if names:
        some = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        click.echo(f"note: {len(names)} {what}: {some}", err=True)


@library_command("tf_cs231n.captioning.train:train")
@_folder
@_data
@click.option("--steps", type=Count(), help="Total, including earlier runs.")
@click.option("--cell", "cell_type", type=click.Choice(["lstm", "rnn"]), help="Recurrent cell.")
@click.option("--wordvec-dim", type=AXIS, help="Size of a word vector.")
@click.option("--hidden-dim", type=AXIS, help="Size of the hidden state.")
@click.option("--batch-size", type=AXIS, help="Captions per step.")
@click.option("--learning-rate", type=Number(above=0), help="Adam's learning rate.")
@click.option("--lr-decay", type=Number(above=0), help="Factor on it every --decay-steps.")
@click.option("--decay-steps", type=Count(), help="Steps in which it decays by that factor.")
@click.option("--clip-norm", type=Number(above=0), help="Maximum norm of the gradients.")
@click.option("--validate-every", type=Count(), help="Steps between validations.")
@click.option("--num-val", type=Count(), help="Validation images.")
@click.option(
    "--patience", type=Count(), help="Validations without a better CIDEr before it stops."
)
@click.option("--save-seconds", type=Number(0), help="Seconds between checkpoints.")
@click.option("--seed", type=SEED, help="Seed of the weights and the order of captions.")
def train(folder, data, **options):
    """Train a captioner, or resume a training; Ctrl-C saves and stops.

    The captioner with the best validation CIDEr is FOLDER/captioner.npz; losses.png and TensorBoard
    show how the training went.
    """
    import inspect
    import os

    from tqdm.auto import tqdm

    from tf_cs231n.captioning import train as library
    from tf_cs231n.plots import save_figure
    from tf_cs231n.plots.captioning import validation_curves
    from tf_cs231n.training.loop import passing_errors

    options = given(library.train, options)
    data_folder, data = open_data(data)
    total = options.get("steps") or inspect.signature(library.train).parameters["steps"].default
    progress = None
    steps = library.train(folder, data, data_folder=data_folder, **options)
    with tqdm(total=total, unit="step", mininterval=0.5, delay=1e-3) as bar, passing_errors(steps):
        for progress in steps:
            if not bar.n:
                bar.initial = bar.n = progress.step - 1
                bar.set_description("resumed" if progress.step > 1 else "training")
            bar.update()
            bar.set_postfix(
                loss=f"{progress.values['loss']:.3f}", CIDEr=f"{progress.best:.2f}", refresh=False
            )
            if progress.scores:
                bar.write(f"step {progress.step}: {format_scores(progress.scores)}")
                _warn_if_alike(*progress.commonest, bar.write)
    history = library.read_history(folder)
    if history:
        save_figure(validation_curves(history), os.path.join(folder, "losses.png"))
    if progress is None:
        click.echo(
            f"{folder}: nothing to do, it has its {total} steps or stopped early; "
            "a greater --steps or --patience continues"
        )
        return
    end = "" if progress.step >= total else ", stopped early since CIDEr no longer grew"
    click.echo(f"{folder}: {progress.step} steps, best validation CIDEr {progress.best:.2f}{end}")


def _warn_if_alike(text, share, write):
    if share > 0.5:
        write(
            f"warning: {share:.0%} of the validation images get one caption, {text!r}: the "
            "captioner does not look at them; train longer, with a lower --learning-rate, or check "
            "that captions and images belong together"
        )


@caption.command(context_settings=_HELP)
@_folder
@_data
@click.option("--split", type=click.Choice(["train", "val"]), default="val", show_default=True)
@click.option("--num", type=Count(), help="Use at most this many images.  [default: all]")
@click.option("--beam-width", type=AXIS, default=1, show_default=True)
@click.option("--show", type=Count(0), default=5, show_default=True, help="Captions to print.")
def evaluate(folder, data, split, num, beam_width, show):
    """Score a captioner: BLEU-1..4, ROUGE-L, CIDEr, and truth where scenes are known."""
    from sessions import graph_session
    from tf_cs231n.captioning import evaluate as library
    from tf_cs231n.captioning.metrics import commonest_share
    from tf_cs231n.captioning.saved import build_captioner, check_fits, load_captioner

    saved = load_captioner(folder)
    _, data = open_data(data)
    check_fits(saved, data)
    images = library.captioned_images(data, split, num)
    with graph_session() as sess:
        model = build_captioner(saved, sess)
        captioner = library.BatchCaptioner(model, data["train_captions"].shape[1] - 1, beam_width)
        texts = captioner(sess.run, images.features)
    for name, text in list(zip(images.names, texts))[:show]:
        click.echo(f"{name}: {text}")
    _warn_if_alike(*commonest_share(texts), lambda line: click.echo(line, err=True))
    click.echo(f"{len(texts)} images: {format_scores(library.score(texts, images))}")


def open_data(folder):
    """A data folder, or with None the built-in images: ``(folder, data)``."""
    from tqdm.auto import tqdm

    from tf_cs231n.captioning import coco, shapes

    if folder is None:
        with tqdm(unit="image", desc="making images of shapes", leave=False, delay=1) as bar:

            def progress(done, total):
                bar.total = total
                bar.update(done - bar.n)

            folder = shapes.shapes_data(progress=progress)
    return folder, coco.load_coco_data(folder)


def format_scores(scores):
    """``BLEU-4 0.71  CIDEr 4.10  true 93.0 %``, all that there are."""
    parts = [f"{name} {value:.3f}" for name, value in scores.items() if name != "true"]
    return "  ".join(parts + ([f"true {scores['true']:.1%}"] if "true" in scores else []))


caption.add_command(prepare)
caption.add_command(train)
caption.add_command(sample)
