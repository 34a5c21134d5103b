"""`tf-cs231n fool IMAGE...`: change a picture unseen until SqueezeNet sees another class."""

import sys

import click

from tf_cs231n.commands.explaining import (
    GIF,
    OVERWRITE,
    SIZE,
    WEIGHTS,
    as_batch,
    check_figure,
    check_gif,
    find_class,
    open_pictures,
    sees,
    some,
    squeezenet,
)
from tf_cs231n.commands.library_defaults import given, library_command, refuse_unused
from tf_cs231n.commands.option_types import PATH, SEED, Count, Number, refuse_given


@library_command(
    "tf_cs231n.saliency:make_fooling_image",
    "tf_cs231n.adversarial:projected_gradient_descent",
)
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option("--target", help="The class to be taken for, number or name.")
@click.option("--rank", type=Count(1, 1000), help="Or: this number of its own ranking.")
@click.option("--any", "untargeted", is_flag=True, help="Or: any other class (fgsm, pgd).")
@click.option(
    "-m",
    "--method",
    type=click.Choice(["steps", "fgsm", "pgd"]),
    default="steps",
    show_default=True,
    help="The course's steps of equal length, or attacks within a norm.",
)
@click.option(
    "--learning-rate", type=Number(), help="steps: a step's L2 length in the model's units."
)
@click.option("--max-iterations", type=Count(0), help="steps or pgd.")
@click.option(
    "--epsilon", type=Number(above=0), help="fgsm, pgd: most change, in levels of 0..255."
)
@click.option("--norm", type=click.Choice(["linf", "l2"]), help="pgd: of the change.")
@click.option("--step-size", type=Number(above=0), help="pgd: in levels.  [default: epsilon / 4]")
@click.option("--seed", type=SEED, help="pgd: of the start.")
@click.option(
    "--image", "image_out", type=PATH, metavar="FILE", help="Also the fooled picture alone (.png)."
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
    """Change each IMAGE, a file or `sample:NAME`, a little until SqueezeNet sees another class.

    Writes original, fooled and difference magnified with the scores before and after, and for the
    first IMAGE the way there as a GIF. Prints iterations and the size of the change.
    """
    from tf_cs231n.errors import InputError
    from tf_cs231n.files import check_distinct, check_output, extension

    if (target is not None) + (rank is not None) + untargeted != 1:
        raise InputError("give one of --target CLASS, --rank NUMBER, --any")
    if untargeted and method == "steps":
        raise InputError("--any needs -m fgsm or -m pgd")
    if method == "fgsm" and gif != "none":
        refuse_given({"gif"}, "-m fgsm takes one step, which is no way to show")
    wanted = find_class(target)
    pictures = open_pictures(images, size)
    check_figure(out, overwrite)
    gif = None if method == "fgsm" else check_gif(gif, out, overwrite)
    if image_out is not None:
        if len(images) > 1 or extension(image_out) != ".png":
            raise InputError("--image: give one IMAGE and a .png, which keeps every pixel")
        check_output(image_out, overwrite)
    check_distinct(out, gif, image_out)

    import numpy as np
    from tqdm.auto import tqdm

    from tf_cs231n import adversarial, plots
    from tf_cs231n.images import SQUEEZENET_MEAN, SQUEEZENET_STD, save_image
    from tf_cs231n.plots import saliency as figures
    from tf_cs231n.saliency import PIXEL_LEVEL, change_size, make_fooling_image
    from tf_cs231n.squeezenet import class_names

    function = {
        "steps": make_fooling_image,
        "fgsm": adversarial.fast_gradient_sign,
        "pgd": adversarial.projected_gradient_descent,
    }[method]
    refuse_unused([function], options, f"-m {method} does not use it")
    settings = given(function, options)
    if method == "steps":
        settings["details"] = True

    def levels(x):  # 0..255, not rounded: a fooled picture's changes may be below one level
        return 255 * (x * SQUEEZENET_STD + SQUEEZENET_MEAN)

    rows = []
    with squeezenet(weights) as model:
        for number, picture in enumerate(pictures):
            X = as_batch(picture)
            scores = model.sess.run(model.scores, {model.image: X})[0]
            goal = wanted
            if rank is not None:
                goal = int(np.argsort(-scores, kind="stable")[rank - 1])
            way = []
            with tqdm(desc=images[number], leave=False, file=sys.stderr) as bar:

                def progress(step, x, s, way=way, goal=goal, bar=bar, number=number):
                    way.append((step, x[0].copy() if not way or number == 0 else None, s[0].copy()))
                    bar.set_postfix({"score": f"{s[0, goal if goal is not None else 0]:.2f}"})
                    bar.update()

                extra = {} if method == "fgsm" else {"callback": progress}
                result = function(X, goal, model, **extra, **settings)
            l2, linf = change_size(X, result.X_fooling, PIXEL_LEVEL)
            rounded = np.clip(np.round(levels(result.X_fooling[0])), 0, 255).astype(np.uint8)
            again = model.sess.run(model.scores, {model.image: as_batch(rounded)})[0]
            after = result.scores[0]
            subject = goal if goal is not None else int(after.argmax())
            if result.fooled[0]:
                holds = "also" if again.argmax() == after.argmax() else "but not"
                outcome = f"taken for {class_names[subject]} after {result.iterations[0]} steps"
                outcome += f" ({holds} when rounded to a picture file)"
            else:
                outcome = f"NOT fooled after {result.iterations[0]} steps"
                outcome += ": raise --epsilon" if method != "steps" else ": raise --max-iterations"
            size_text = f"L2 {l2[0]:.0f}, Linf {linf[0]:.1f} of 255 levels"
            click.echo(f"{images[number]}: {outcome}; change {size_text}")
            before_text = sees(scores) + "\n" + sees(scores, subject)
            after_text = sees(after) + "\n" + sees(after, int(scores.argmax()))
            rows.append((picture, levels(result.X_fooling[0]), before_text, after_text, size_text))
            if number == 0 and gif:
                frames = [
                    figures.frame(
                        [levels(x), figures.magnified(picture, levels(x))[0]],
                        f"step {step}: {sees(s)}",
                    )
                    for step, x, s in some(way)
                ]
                plots.save_animation(gif, frames, fps=8, overwrite=overwrite)
            if image_out is not None:
                save_image(image_out, rounded, overwrite)
                click.echo(f"wrote {image_out}")
        plots.save_figure(figures.fooling_figure(*zip(*rows)), out, overwrite)
    click.echo(f"wrote {out}" + (f" and {gif}" if gif else ""))
