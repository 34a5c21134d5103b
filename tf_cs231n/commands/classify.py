"""`tf-cs231n classify IMAGE...`: SqueezeNet's classes with their probabilities."""

import click

from tf_cs231n.commands.explaining import SIZE, WEIGHTS, as_batch, open_images, squeezenet
from tf_cs231n.commands.option_types import Count


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option("--top", default=5, show_default=True, type=Count(1, 1000), help="How many classes.")
@click.option("--class", "names", multiple=True, help="Also print this class, a number or a name.")
@SIZE
@WEIGHTS
def classify(images, top, names, size, weights):
    """Print the classes that SqueezeNet predicts for each IMAGE, a file or `sample:NAME`."""
    import numpy as np

    from tf_cs231n.graph_model import softmax
    from tf_cs231n.interruption import stoppable
    from tf_cs231n.squeezenet import class_id

    loaded = open_images(images, size)
    with squeezenet(weights) as model, stoppable() as stop:
        class_names = model.class_names
        asked = [class_id(name, class_names) for name in names]
        for name, image in zip(images, loaded):
            stop.check()
            scores = model.sess.run(model.scores, {model.image: as_batch(image)})
            probabilities, order = softmax(scores)[0], np.argsort(-scores[0], kind="stable")
            rank = {number: place + 1 for place, number in enumerate(order)}
            click.echo(name)
            for number in order[:top]:
                click.echo(f"  {probabilities[number]:7.2%}  {number:3d}  {class_names[number]}")
            for number in asked:
                click.echo(
                    f"  {probabilities[number]:7.2%}  {number:3d}  {class_names[number]}"
                    f" (rank {rank[number]})"
                )
