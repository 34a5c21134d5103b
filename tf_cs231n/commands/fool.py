"""`tf-cs231n fool IMAGE...`: make a small change that fools SqueezeNet into another class."""

import functools

import click

from tf_cs231n.commands.explaining import (
    GIF,
    OVERWRITE,
    SIZE,
    WEIGHTS,
    as_batch,
    check_figure,
    check_gif,
    open_images,
    squeezenet,
    thinned,
)
from tf_cs231n.commands.library_defaults import given, library_command, refuse_unused
from tf_cs231n.commands.option_types import PATH, SEED, Count, Number, refuse_given


@library_command(
    "tf_cs231n.saliency:make_fooling_image",
    "tf_cs231n.adversarial:projected_gradient_descent",
)
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option("--target", help="The target class, a number or a name.")
@click.option("--rank", type=Count(1, 1000), help="Or: the class of this rank in its own scores.")
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
@click.option("-o", "--out", type=PATH, default="fooled.png", show_default=True, help="The figure.")
@GIF
@SIZE
@WEIGHTS
@OVERWRITE
def fool(
    images,
    target,
    rank,
    untargeted,
    method,
    image_out,
    out,
    gif,
    size,
    weights,
    overwrite,
    **options,
):
    """Change each IMAGE, a file or `sample:NAME`, a little until SqueezeNet predicts another class.

    Writes original, fooling image and magnified difference with the scores before and after, and
    an animation of the first IMAGE's progress. Prints iterations and the size of the change. Ctrl-C
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
    loaded = open_images(images, size)
    check_figure(out, overwrite)
    gif = None if method == "fgsm" else check_gif(gif, out, overwrite)
    if image_out is not None:
        if len(images) > 1 or extension(image_out) != ".png":
            raise InputError("--image: give one IMAGE and a .png, which keeps every pixel")
        check_output(image_out, overwrite)
    check_distinct(out, gif, image_out)

    from tf_cs231n import plots
    from tf_cs231n.images import save_image
    from tf_cs231n.interruption import stoppable
    from tf_cs231n.plots import saliency as figures
    from tf_cs231n.squeezenet import class_id

    attack = _attack(method, options)
    rows = []
    with squeezenet(weights) as model, stoppable() as stop:
        wanted = None if target is None else class_id(target, model.class_names)
        for name, image in zip(images, loaded):
            goal = wanted if rank is None else _class_of_rank(image, rank, model)
            result, steps = _run(attack, image, goal, model, name, method, stop)
            rows.append(_report(name, image, result, goal, method, model))
            if gif and len(rows) == 1:
                plots.save_animation(gif, _frames(image, steps, model), fps=8, overwrite=overwrite)
            if image_out is not None:
                save_image(image_out, _rounded(result.X_fooling[0]), overwrite)
                click.echo(f"wrote {image_out}")
            if stop:
                break
        plots.save_figure(figures.fooling_figure(*zip(*rows)), out, overwrite)
        click.echo(f"wrote {out}" + (f" and {gif}" if gif else ""))


def _attack(method, options):
    """The library's function for this method, with the options that were given."""
    from tf_cs231n.adversarial import fast_gradient_sign, projected_gradient_descent
    from tf_cs231n.saliency import make_fooling_image

    function = {
        "steps": make_fooling_image,
        "fgsm": fast_gradient_sign,
        "pgd": projected_gradient_descent,
    }[method]
    refuse_unused([function], options, f"-m {method} does not use it")
    settings = given(function, options)
    if method == "steps":
        settings["details"] = True
    return functools.partial(function, **settings)


def _class_of_rank(image, rank, model):
    import numpy as np

    from tf_cs231n.errors import InputError

    scores = model.sess.run(model.scores, {model.image: as_batch(image)})[0]
    if rank > len(scores):
        raise InputError(f"--rank: got {rank}, expected at most {len(scores)}, the model's classes")
    return int(np.argsort(-scores, kind="stable")[rank - 1])


def _run(attack, image, goal, model, name, method, stop):
    """The attack's result on one image, and its steps: (step, X (H, W, 3), scores (K,))."""
    from tf_cs231n.terminal import progress_bar

    if method == "fgsm":
        return attack(as_batch(image), goal, model), []
    steps = []
    with progress_bar(desc=name, leave=False) as bar:

        def progress(step, x, scores):
            steps.append((step, x[0].copy(), scores[0].copy()))
            bar.set_postfix({"score": f"{scores[0, goal if goal is not None else 0]:.2f}"})
            bar.update()

        return attack(as_batch(image), goal, model, callback=progress, stop=stop), steps


def _report(name, image, result, goal, method, model):
    """Print what came of the attack; returns the image's row of the figure."""
    from tf_cs231n.saliency import PIXEL_LEVEL, perturbation_norm
    from tf_cs231n.squeezenet import describe_prediction

    describe = functools.partial(describe_prediction, names=model.class_names)
    X = as_batch(image)
    scores = model.sess.run(model.scores, {model.image: X})[0]
    after = result.scores[0]
    subject = goal if goal is not None else int(after.argmax())
    if result.fooled[0]:
        rounded = as_batch(_rounded(result.X_fooling[0]))
        again = model.sess.run(model.scores, {model.image: rounded})[0]
        holds = "also" if again.argmax() == after.argmax() else "but not"
        outcome = f"taken for {model.class_names[subject]} after {result.iterations[0]} steps"
        outcome += f" ({holds} when rounded to the levels of an image file)"
    else:
        outcome = f"NOT fooled after {result.iterations[0]} steps"
        outcome += ": raise --epsilon" if method != "steps" else ": raise --max-iterations"
    l2, linf = perturbation_norm(X, result.X_fooling, PIXEL_LEVEL)
    size = f"L2 {l2[0]:.0f}, Linf {linf[0]:.1f} of 255 levels"
    click.echo(f"{name}: {outcome}; change {size}")
    before = describe(scores) + "\n" + describe(scores, subject)
    after = describe(after) + "\n" + describe(after, int(scores.argmax()))
    return image, _levels(result.X_fooling[0]), before, after, size


def _frames(image, steps, model):
    from tf_cs231n.plots import saliency as figures
    from tf_cs231n.squeezenet import describe_prediction

    return [
        figures.frame(
            [_levels(x), figures.magnified(image, _levels(x))[0]],
            f"step {step}: {describe_prediction(scores, names=model.class_names)}",
        )
        for step, x, scores in thinned(steps)
    ]


def _levels(x):
    """Pixels in 0..255, not rounded: changes of a fooling image may be below one level."""
    from tf_cs231n.images import SQUEEZENET_MEAN, SQUEEZENET_STD

    return 255 * (x * SQUEEZENET_STD + SQUEEZENET_MEAN)


def _rounded(x):
    """Pixels as an image file has them, uint8."""
    import numpy as np

    return np.clip(np.round(_levels(x)), 0, 255).astype(np.uint8)
