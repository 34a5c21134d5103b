"""`tf-cs231n gan evaluate`: how good samples are, beside the data that the GAN was trained on."""

import click

from tf_cs231n.commands.gan_data import default_folder, draw, open_judge, open_trained_on, places
from tf_cs231n.commands.option_types import PATH, SEED, Count
from tf_cs231n.commands.results import results_options
from tf_cs231n.terminal import echo


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--folder", type=PATH, help="The training's folder.  [default: outputs/gan-fc-lsgan]")
@click.option(
    "--out",
    type=PATH,
    help="A folder for digits.png, nearest.png and their record, figures.json.  [default: none]",
)
@click.option("--number", type=Count(100, 100000), default=1000, show_default=True)
@places
@click.option("--seed", type=SEED, default=0, show_default=True)
@results_options("input", "subject", "metric", "at", "value")
def evaluate(folder, out, number, mnist, images, seed, results):
    """Score samples beside the data that the GAN was trained on.

    FOLDER's settings say where that data is; --mnist or --images say where it is now, if it has
    moved. Digits with labels: MNIST score, Frechet distance, digits made. Other images: a Frechet
    distance of SqueezeNet's features. Always: duplicates, copies, the nearest training images. Each
    score stands beside that of as many real images, and of pure noise.
    """
    import os

    from tf_cs231n.files import Outputs
    from tf_cs231n.gan_training.scores import compare_samples, memorization, signs_of_collapse
    from tf_cs231n.plots import save_figure
    from tf_cs231n.plots.gan import digit_bars, nearest_grid
    from tf_cs231n.training.checkpoints import load_settings

    folder = folder or default_folder()
    data = open_trained_on(load_settings(folder), mnist, images)
    if out:
        bars, grid = os.path.join(out, "digits.png"), os.path.join(out, "nearest.png")
        settings = {"folder": folder, "number": number, "seed": seed}
        settings.update(mnist=mnist, images=images)
        figures = [grid] if data.train_labels is None else [bars, grid]
        record = os.path.join(out, "figures.json")
        outputs = Outputs(record, figures, settings, results.overwrite)
    samples = draw(folder, number, seed)
    with open_judge(data) as judge:
        table = compare_samples(judge, samples, data, seed)
    echo(f"{folder}: {number} samples beside {data.source}", "")
    shares = table["samples"].histogram
    _print_scores(table, judge)
    copied = memorization(samples, data)
    _print_copies(copied)
    with results:
        for row in _rows(table, copied):
            results.add(input=folder, **row)
    for sign in signs_of_collapse(samples[:1000], data.train_images, [], histogram=shares):
        echo(f"collapse: {sign}")
    if out:
        outputs.begin()
        if shares is not None:
            save_figure(digit_bars(shares), bars, outputs.overwrite)
        nearest = data.train_images[copied.nearest[:12]]
        figure = nearest_grid(samples[:12], nearest, copied.distances[:12])
        save_figure(figure, grid, outputs.overwrite)
        outputs.finish()
        echo(f"figures in {out}")


def _print_scores(table, judge):
    shares = table["samples"].histogram
    if shares is None:
        echo(f"{'':<18}{'Frechet distance':>19}   of {judge.name}")
        for name, scores in table.items():
            echo(f"{name:<18}{scores.distance:>19.2f}")
        return
    echo(f"{'':<18}{'MNIST score':>12}{'Frechet distance':>19}")
    for name, scores in table.items():
        echo(f"{name:<18}{scores.score:>12.2f}{scores.distance:>19.2f}")
    echo("", "digit     " + "".join(f"{digit:>7}" for digit in range(10)))
    echo("share [%] " + "".join(f"{100 * share:>7.1f}" for share in shares))


def _print_copies(copied):
    echo(
        "",
        f"copies: {copied.copies:.1%} of the samples look copied from a training image; of images"
        f" that the GAN never saw, {copied.usual:.0%} do",
        f"  (A typical sample differs by {copied.sample_distance:.3f} from the training image"
        f" nearest to it, an unseen image by {copied.real_distance:.3f}; a copy differs less than"
        f" {1 - copied.usual:.0%} of the unseen images do.)",
    )


def _rows(table, copied):
    """The numbers as rows of results; those that need labels only where there are any."""
    unseen = "held-out digits" if "real digits" in table else "held-out images"
    for subject, scores in table.items():
        if scores.score is not None:
            yield {"subject": subject, "metric": "mnist_score", "value": scores.score}
        yield {"subject": subject, "metric": "frechet_distance", "value": scores.distance}
    shares = table["samples"].histogram
    for digit, share in enumerate([] if shares is None else shares):
        yield {"subject": "samples", "metric": "share", "at": digit, "value": share}
    values = {
        ("samples", "copies"): copied.copies,
        (unseen, "copies"): copied.usual,
        ("samples", "distance_to_training"): copied.sample_distance,
        (unseen, "distance_to_training"): copied.real_distance,
    }
    for (subject, metric), value in values.items():
        yield {"subject": subject, "metric": metric, "value": value}
