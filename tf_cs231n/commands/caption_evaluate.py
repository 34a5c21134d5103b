"""`tf-cs231n caption evaluate`: score a captioner beside two baselines."""

import click

from tf_cs231n.commands.caption_data import (
    CAPTIONER,
    columns_options,
    image_bar,
    name_skipped,
    open_training_data,
    warn_if_alike,
)
from tf_cs231n.commands.option_types import AXIS, PATH, Count
from tf_cs231n.commands.results import results_options
from tf_cs231n.errors import InputError
from tf_cs231n.terminal import echo


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@CAPTIONER
@click.option(
    "--data",
    type=PATH,
    metavar="FOLDER",
    help="The data it was trained on.  [default: what the training's folder names]",
)
@click.option("--images", type=PATH, metavar="DIR", help="Score fresh images from this folder.")
@click.option("--captions", type=PATH, metavar="FILE", help="Captions of the fresh images.")
@columns_options
@click.option("--split", type=click.Choice(["train", "val"]), default="val", show_default=True)
@click.option("--num", type=Count(), help="Use at most this many images.  [default: all]")
@click.option("--beam-width", type=AXIS, default=1, show_default=True)
@click.option("--show", type=Count(0), default=5, show_default=True, help="Captions to print.")
@results_options("input", "subject", "metric", "value")
def evaluate(folder, data, images, captions, split, num, beam_width, show, results, **columns):
    """Score a captioner: BLEU-1..4, ROUGE-L, CIDEr, and truth where scenes are known.

    Two baselines stand beside it: the most common training caption, and the caption of the
    nearest training image. A captioner that does not beat the second has learned nothing more.
    """
    from sessions import graph_session
    from tf_cs231n.captioning import evaluate as library
    from tf_cs231n.captioning.metrics import commonest_share
    from tf_cs231n.captioning.saved import build_captioner, load_captioner

    if (images is None) != (captions is None):
        raise InputError("--images and --captions: expected both, or neither")
    saved = load_captioner(folder)
    if images is not None and saved.projection is None:
        raise InputError(f"{folder}: it was trained on features of others, not on images")
    _, data = open_training_data(folder, saved, data)
    with graph_session() as sess:
        model = build_captioner(saved, sess)
        if images is None:
            pictured = library.captioned_images(data, split, num)
        else:
            with image_bar("looking", leave=False) as progress:
                pictured, skipped = library.fresh_images(
                    saved, sess, images, captions, num, progress, **columns
                )
            name_skipped(skipped)
        captioner = library.BatchCaptioner(model, data["train_captions"].shape[1] - 1, beam_width)
        texts = captioner(sess.run, pictured.features)
    for name, text in list(zip(pictured.names, texts))[:show]:
        echo(f"{name}: {text}")
    warn_if_alike(*commonest_share(texts), lambda line: echo(line, err=True))
    rows = {"captioner": texts, **library.baselines(pictured, data)}
    scores = {name: library.score(each, pictured) for name, each in rows.items()}
    echo(*_table(f"{len(texts)} images", scores))
    share = library.share_in_training(texts, data)
    _sum_up(scores, share, library.NEAREST)
    with results:
        for who, values in scores.items():
            for metric, value in values.items():
                results.add(input=folder, subject=who, metric=metric, value=value)
        results.add(input=folder, subject="captioner", metric="share_in_training", value=share)


def _table(title, scores):
    """Lines of scores, a row for each of those who captioned."""
    names = list(scores["captioner"])
    width = max(map(len, [title, *scores]))
    lines = [title.ljust(width) + "".join(f"{name:>9}" for name in names)]
    for who, values in scores.items():
        cells = [f"{values[n]:.1%}" if n == "true" else f"{values[n]:.3f}" for n in names]
        lines.append(who.ljust(width) + "".join(f"{cell:>9}" for cell in cells))
    return lines


def _sum_up(scores, share, nearest):
    echo(f"{share:.0%} of the captions stand word for word among the training captions.")
    ours, theirs = scores["captioner"]["CIDEr"], scores[nearest]["CIDEr"]
    if ours <= theirs:
        echo(f"The captioner does not beat the {nearest} (CIDEr {ours:.3f} against {theirs:.3f}).")
