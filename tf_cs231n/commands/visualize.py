"""`tf-cs231n visualize CLASS...`: draw what a network looks for in a class."""

import click

from tf_cs231n.commands.explaining import (
    GIF,
    GIF_FRAMES,
    OVERWRITE,
    check_figure,
    check_gif,
)
from tf_cs231n.commands.library_defaults import given, library_command
from tf_cs231n.commands.networks import network_options
from tf_cs231n.commands.option_types import PATH, SEED, Count, Number, refuse_given
from tf_cs231n.commands.with_file import open_own, with_option, with_session
from tf_cs231n.terminal import echo

# The settings that the course's function has.
_COURSE = {"num_iterations", "learning_rate", "l2_reg", "blur_every", "max_jitter", "seed"}


@library_command("tf_cs231n.saliency:create_class_visualization")
@click.argument("classes", nargs=-1, required=True, metavar="CLASS...")
@click.option("--num-iterations", type=Count(), help="Steps, in each octave.")
@click.option("--learning-rate", type=Number(), help="The length of a step.")
@click.option("--l2-reg", type=Number(), help="Weight of the regularizer.")
@click.option("--blur-every", type=Count(0), help="Steps from blur to blur; 0: never.")
@click.option("--blur-sigma", type=Number(0), help="Standard deviation of the blur, pixels.")
@click.option("--max-jitter", type=Count(0), help="Maximum random shift, pixels.")
@click.option("--octaves", type=Count(), help="Number of sizes, from small to full.")
@click.option("--octave-scale", type=Number(above=1), help="Factor from size to size.")
@click.option(
    "--decorrelate/--pixels", default=None, help="Ascend in decorrelated frequencies and colors."
)
@click.option("--contrast", type=Number(), help="Contrast of the initial noise.")
@click.option("--size", type=Count(), help="Height and width, pixels.  [default: 224]")
@click.option("--seed", type=SEED, default=0, show_default=True)
@click.option(
    "--image",
    "image_out",
    type=PATH,
    metavar="FILE",
    help="Also write the images alone, side by side.",
)
@click.option(
    "-o", "--out", type=PATH, default="visualization.png", show_default=True, help="The figure."
)
@GIF
@with_option("create_class_visualization")
@OVERWRITE
@network_options(size=False)
def visualize(classes, image_out, out, gif, with_file, network, overwrite, **options):
    """Draw what SqueezeNet, or --graph, looks for in each CLASS, a number or a name.

    Gradient ascent on the score from noise, with the course's defaults. `--decorrelate
    --contrast 0.2` draws what a person recognizes best. Ctrl-C keeps what is drawn so far.
    """
    from tf_cs231n.files import check_distinct
    from tf_cs231n.images import check_image_path

    if options["octaves"] in (None, 1):
        refuse_given({"octave_scale"}, "there is only one size; give --octaves as well")
    if options["blur_every"] == 0:
        refuse_given({"blur_sigma"}, "--blur-every 0 never blurs")
    if with_file is not None:
        refuse_given({"gif", *(set(options) - _COURSE)}, "your own function does not take it")
        gif = "none"
    check_figure(out, overwrite)
    gif = check_gif(gif, out, overwrite)
    if image_out is not None:
        check_image_path(image_out, overwrite)
    check_distinct(out, gif, image_out)

    import numpy as np

    from tf_cs231n import plots
    from tf_cs231n.images import save_image
    from tf_cs231n.interruption import stoppable
    from tf_cs231n.plots import saliency as figures
    from tf_cs231n.saliency import create_class_visualization
    from tf_cs231n.squeezenet import class_id

    own = open_own(with_file, "saliency", ["create_class_visualization"])
    with network() as model, stoppable() as stop, own.telling():
        class_names = model.class_names
        numbers = [class_id(name, class_names) for name in classes]
        settings = given(create_class_visualization, options)
        if own.functions:
            X, frames = _draw_own(numbers, model, settings, own), []
        else:
            settings = model.settings(create_class_visualization, settings)
            X, frames = _draw(numbers, model, settings, stop)
        scores = model.run(X)
    drawn = list(model.rounded(X))
    titles = []
    for number, s in zip(numbers, scores):
        place = int((s > s[number]).sum()) + 1
        described = model.describe(s, number)
        echo(f"{class_names[number]}: rank {place}, {described}")
        titles.append(f"{class_names[number]}\nrank {place}, score {s[number]:.3g}")
    plots.save_figure(plots.image_grid([drawn], [titles]), out, overwrite)
    own.note([out], "visualize")
    if gif:
        names = ", ".join(class_names[number] for number in numbers)
        shown = [figures.frame(_fit(f, X.shape[1:3]), f"step {t}: {names}") for t, f in frames]
        plots.save_animation(gif, shown, fps=8, overwrite=overwrite)
    if image_out is not None:
        save_image(image_out, np.concatenate(drawn, axis=1), overwrite)
    echo("wrote " + ", ".join(file for file in (out, gif, image_out) if file))


def _draw_own(numbers, model, settings, own):
    """The learner's visualizations (N, H, W, 3): theirs takes its noise from NumPy's own stream."""
    import numpy as np

    function = with_session(own.functions["create_class_visualization"], "1 H W 3")
    np.random.seed(settings.pop("seed"))
    return np.concatenate([function(number, model, **settings) for number in numbers])


def _draw(numbers, model, settings, stop):
    """The visualizations (N, H, W, 3), and some of the steps to them: (step, images)."""
    import numpy as np

    from tf_cs231n.saliency import create_class_visualization
    from tf_cs231n.terminal import progress_bar

    total = _iterations(create_class_visualization, settings)
    every = max(1, total // GIF_FRAMES)
    frames, rows = [], np.arange(len(numbers))
    with progress_bar(total=total, leave=False) as bar:

        def progress(step, X, scores):
            if step % every == 0:
                frames.append((step, model.rounded(X)))
            bar.set_postfix({"score": f"{scores[rows, numbers].mean():.1f}"}, refresh=False)
            bar.update()

        X = create_class_visualization(numbers, model, callback=progress, stop=stop, **settings)
        return X, [*frames, (bar.n, model.rounded(X))]


def _fit(images, shape):
    """Images of an earlier octave, enlarged pixel by pixel."""
    from tf_cs231n.images import resize

    return [resize(image, shape, "nearest") for image in images]


def _iterations(function, settings):
    import inspect

    parameters = inspect.signature(function).parameters
    return int(
        settings.get("num_iterations", parameters["num_iterations"].default)
        * settings.get("octaves", parameters["octaves"].default)
    )
