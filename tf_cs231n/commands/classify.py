"""`tf-cs231n classify IMAGE...`: a network's classes with their probabilities."""

import functools

import click

from tf_cs231n.commands.batch_options import batch_options
from tf_cs231n.commands.networks import network_options
from tf_cs231n.commands.option_types import Count, Square


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@batch_options("class", "class_name", "rank", "score", "probability")
@click.option("--top", default=5, show_default=True, type=Count(), help="How many classes.")
@click.option("--class", "names", multiple=True, help="Also print this class, a number or a name.")
@click.option(
    "--hide",
    "squares",
    multiple=True,
    type=Square(),
    help="Hide a square of the image, as the network sees it, behind the mean color; repeatable.",
)
@network_options
def classify(batch, top, names, squares, network):
    """Print the classes that SqueezeNet, or the network of --graph, predicts for each IMAGE.

    An IMAGE is a file, a folder, a pattern in quotes, `sample:NAME`, or -, standard input. With
    --out-dir each gets a file: png and svg show it with its classes, npy holds the probabilities
    of all classes, npz scores and probabilities.
    """
    from tf_cs231n.interruption import stoppable
    from tf_cs231n.plots.saliency import classes_figure
    from tf_cs231n.squeezenet import class_id

    with batch, network() as model, stoppable() as stop:
        asked = [class_id(name, model.class_names) for name in names]

        def seen(*images):
            X = model.batch(*images)
            return _hide(X, squares, model) if squares else X

        def predict(inputs):
            return model.run(seen(*(each.image for each in inputs)), stop)

        for each, scores in batch.run(predict, model.load, stop):
            probabilities = model.probabilities(scores[None])[0]
            rows = _rows(scores, probabilities, model.class_names, top, asked)
            lines = [f"  {r['probability']:7.2%}  {r['class']:3d}  {r['class_name']}" for r in rows]
            lines[top:] = [f"{li} (rank {r['rank']})" for li, r in zip(lines[top:], rows[top:])]
            batch.echo(each.name, *lines)
            image = model.rounded(seen(each.image)[0]) if squares else each.image
            draw = functools.partial(classes_figure, image, rows)
            arrays = {"scores": scores, "probabilities": probabilities}
            batch.keep(
                each, *rows, png=draw, svg=draw, npy=lambda p=probabilities: p,
                npz=lambda arrays=arrays: arrays,
            )  # fmt: skip


def _hide(images, squares, model):
    from tf_cs231n.attribution import hide_squares

    return hide_squares(images, squares, model.baseline("mean"))


def _rows(scores, probabilities, names, top, asked):
    """Rows of results: the ``top`` classes, then those that were asked for."""
    order = (-scores).argsort(kind="stable")
    return [
        {
            "class": int(number),
            "class_name": names[number],
            "rank": 1 + int((order == number).argmax()),
            "score": float(scores[number]),
            "probability": float(probabilities[number]),
        }
        for number in [*order[:top], *asked]
    ]
