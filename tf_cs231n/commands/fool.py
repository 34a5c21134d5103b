"""`tf-cs231n fool IMAGE...`: make a small change that fools a network into another class."""

import click

from tf_cs231n.commands.attacks import Attack
from tf_cs231n.commands.batch_options import batch_options
from tf_cs231n.commands.explaining import GIF, check_gif, thinned
from tf_cs231n.commands.library_defaults import library_command
from tf_cs231n.commands.networks import network_options
from tf_cs231n.commands.option_types import OUTPUT, PATH, SEED, Count, Number, refuse_given
from tf_cs231n.commands.with_file import open_own, with_option
from tf_cs231n.terminal import echo


@library_command(
    "tf_cs231n.saliency:make_fooling_image",
    "tf_cs231n.adversarial:projected_gradient_descent",
)
@batch_options(
    *("method", "class", "class_name", "score", "probability"),
    *("fooled", "iterations", "l2", "linf"),
    alone=("image_out", "gif", "with_file"),
)
@click.option("--target", help="The target class, a number or a name.")
@click.option("--rank", type=Count(), help="Or: the class of this rank in its own scores.")
@click.option("--any", "untargeted", is_flag=True, help="Or: any other class (fgsm and pgd).")
@click.option(
    "-m",
    "--method",
    type=click.Choice(["steps", "fgsm", "pgd"]),
    default="steps",
    show_default=True,
    help="The course's steps of equal length, or attacks within a norm ball.",
)
@click.option(
    "--learning-rate", type=Number(), help="steps: a step's L2 length in the model's units."
)
@click.option("--max-iterations", type=Count(0), help="steps and pgd: the most steps.")
@click.option(
    "--epsilon", type=Number(above=0), help="fgsm and pgd: the largest change, in levels of 0..255."
)
@click.option("--norm", type=click.Choice(["linf", "l2"]), help="pgd: norm of the change.")
@click.option(
    "--early-stop/--all-steps", default=None, help="pgd: stop when fooled, or take all steps."
)
@click.option("--step-size", type=Number(above=0), help="pgd: in levels.  [default: epsilon / 4]")
@click.option("--seed", type=SEED, help="pgd: seed of the start.")
@click.option(
    "--image",
    "image_out",
    type=PATH,
    metavar="FILE",
    help="Also write the fooling image alone (.png).",
)
@click.option(
    "-o", "--out", type=OUTPUT, default="fooled.png", show_default=True, help="The figure."
)
@GIF
@with_option("make_fooling_image, for -m steps")
@network_options
def fool(
    batch, target, rank, untargeted, method, image_out, out, gif, with_file, network, **options
):
    """Change each IMAGE a little until SqueezeNet, or --graph, predicts another class.

    An IMAGE is a file, a folder, a pattern in quotes, `sample:NAME`, or -, standard input. The
    figure shows original, fooling image and magnified difference with the scores before and after,
    of many images in pages of 50 rows; the animation shows the first IMAGE's progress. With
    --out-dir each gets a file: png holds the fooling image, npy the same unrounded, npz also the
    original and the scores, svg the figure. Prints iterations and the size of the change. Ctrl-C
    keeps the images as they are.
    """
    from tf_cs231n.errors import InputError
    from tf_cs231n.files import check_distinct, check_output, extension

    if (target is not None) + (rank is not None) + untargeted != 1:
        raise InputError("give one of --target CLASS, --rank NUMBER, --any")
    if untargeted and method == "steps":
        raise InputError("--any needs -m fgsm or -m pgd")
    if method == "fgsm" and gif != "none":
        refuse_given({"gif"}, "-m fgsm takes one step, which is no animation")
    if with_file is not None:
        if method != "steps":
            raise InputError("--with: your function is -m steps'")
        refuse_given({"gif", *options}, "your own function decides that; leave it out")
        gif = "none"
    sheet = batch.pages(out, _sheet)
    gif = None if method == "fgsm" else check_gif(gif, sheet.paths and out, batch.overwrite)
    if image_out is not None:
        if len(batch) > 1 or extension(image_out) != ".png":
            raise InputError("--image: give one IMAGE and a .png, which keeps every pixel")
        check_output(image_out, batch.overwrite)
    check_distinct(*sheet.paths, gif, image_out)

    from tf_cs231n import plots
    from tf_cs231n.images import save_image
    from tf_cs231n.interruption import stoppable
    from tf_cs231n.plots import shortened
    from tf_cs231n.squeezenet import class_id

    own = open_own(with_file, "saliency", ["make_fooling_image"])
    attack = Attack(method, options, record=gif is not None, own=own)
    with batch, sheet, network() as model, stoppable() as stop, own.telling():
        wanted = None if target is None else class_id(target, model.class_names)
        attack.begin(model, wanted, rank, stop)
        for each, fooling in batch.run(attack, model.load, stop):
            row, figure = _report(batch, each, fooling, method, model)
            sheet.add(f"{shortened(each.label)}\n" * (len(batch) > 1), *figure)
            _keep(batch, each, fooling, row, figure, model)
            if image_out is not None:
                save_image(image_out, model.rounded(fooling.X), batch.overwrite)
                echo(f"wrote {image_out}")
            if gif and attack.steps:
                frames = _frames(each.image, attack.steps, model)
                plots.save_animation(gif, frames, fps=8, overwrite=batch.overwrite)
                echo(f"wrote {gif}")
                attack.steps = None
    own.note(sheet.paths, "fool")


def _report(batch, each, fooling, method, model):
    """Print what came of the attack; returns its row of results and that of the figure."""
    from tf_cs231n.saliency import perturbation_norm

    names, before, after = model.class_names, fooling.before, fooling.after
    subject = int(after.argmax()) if fooling.goal is None else fooling.goal
    steps = "" if fooling.iterations is None else f" after {fooling.iterations} steps"
    if fooling.fooled:
        again = model.run(model.batch(model.rounded(fooling.X)))[0]
        holds = "also" if again.argmax() == after.argmax() else "but not"
        outcome = f"taken for {names[subject]}{steps}"
        outcome += f" ({holds} when rounded to the levels of an image file)"
    else:
        outcome = f"NOT fooled{steps}"
        if steps:
            outcome += ": raise --epsilon" if method != "steps" else ": raise --max-iterations"
    l2, linf = perturbation_norm(model.batch(each.image), fooling.X[None], model.unit)
    size = f"L2 {l2[0]:.0f}, Linf {linf[0]:.1f} of 255 levels"
    batch.echo(f"{each.name}: {outcome}; change {size}")
    row = {
        "method": method,
        "class": subject,
        "class_name": names[subject],
        "score": after[subject],
        "probability": model.probabilities(after[None])[0, subject],
        "fooled": fooling.fooled,
        "iterations": fooling.iterations,
        "l2": l2[0],
        "linf": linf[0],
    }
    was = model.describe(before) + "\n" + model.describe(before, subject)
    became = model.describe(after) + "\n" + model.describe(after, int(before.argmax()))
    return row, (each.image, model.levels(fooling.X), was, became, size)


def _sheet(rows):
    from tf_cs231n.plots.saliency import fooling_figure

    names, originals, changed, before, after, size = zip(*rows)
    return fooling_figure(
        originals, changed, [n + text for n, text in zip(names, before)], after, size
    )


def _keep(batch, each, fooling, row, figure, model):
    """Write the input's file in --out-dir, and its row."""
    batch.keep(
        each,
        row,
        png=lambda: model.rounded(fooling.X),
        svg=lambda: _sheet([("", *figure)]),
        npy=lambda: model.levels(fooling.X),
        npz=lambda: {
            "image": model.levels(fooling.X),
            "original": each.image,
            "scores_before": fooling.before,
            "scores": fooling.after,
        },
    )


def _frames(image, steps, model):
    from tf_cs231n.plots import saliency as figures

    return [
        figures.frame(
            [model.levels(x), figures.magnified(image, model.levels(x))[0]],
            f"step {step}: {model.describe(scores)}",
        )
        for step, x, scores in thinned(steps)
    ]
