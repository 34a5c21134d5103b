"""`tf-cs231n classify IMAGE...`: SqueezeNet's guesses with their probabilities."""

import click

from tf_cs231n.commands.explaining import SIZE, WEIGHTS, open_pictures
from tf_cs231n.commands.option_types import Count


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option("--top", default=5, show_default=True, type=Count(1, 1000))
@click.option("--class", "names", multiple=True, help="Also tell this class: number or name.")
@SIZE
@WEIGHTS
def classify(images, top, names, size, weights):
    """Print what SqueezeNet sees in each IMAGE, a file or `sample:NAME`."""
    import numpy as np

    from sessions import graph_session
    from tf_cs231n.images import preprocess_image
    from tf_cs231n.squeezenet import class_id, class_names, load_squeezenet

    asked = [class_id(name) for name in names]
    pictures = open_pictures(images, size)
    with graph_session() as sess:
        model = load_squeezenet(sess, weights)
        for image, picture in zip(images, pictures):
            scores = sess.run(model.scores, {model.image: preprocess_image(picture)[None]})[0]
            probabilities = np.exp(scores.astype(np.float64) - scores.max())
            probabilities /= probabilities.sum()
            order = np.argsort(-scores, kind="stable")
            rank = {number: place + 1 for place, number in enumerate(order)}
            click.echo(image)
            for number in order[:top]:
                click.echo(f"  {probabilities[number]:7.2%}  {number:3d}  {class_names[number]}")
            for number in asked:
                click.echo(
                    f"  {probabilities[number]:7.2%}  {number:3d}  {class_names[number]}"
                    f" (rank {rank[number]})"
                )
