"""`tf-cs231n gan train|sample|evaluate|interpolate`: generative adversarial networks."""

import click

from tf_cs231n.commands.devices import CLUSTER, device_options, open_devices
from tf_cs231n.commands.gan_data import default_folder, open_data, open_judge, places, squares
from tf_cs231n.commands.gan_draw import interpolate, sample
from tf_cs231n.commands.gan_evaluate import evaluate
from tf_cs231n.commands.groups import Group
from tf_cs231n.commands.library_defaults import all_arguments, library_command
from tf_cs231n.commands.option_types import PATH, SEED, Count, Number, refuse_given
from tf_cs231n.commands.with_file import PROVES_NOTHING, open_gan, with_option
from tf_cs231n.terminal import echo

_HELP = {"help_option_names": ["-h", "--help"]}


@click.group(cls=Group, context_settings=_HELP)
def gan():
    """Train a GAN on MNIST or your own images, draw samples from it, and score them.

    A training lives in a folder: checkpoints, settings.json, TensorBoard's events, sample grids.
    The same `train` command continues where it stopped.
    """


@library_command("tf_cs231n.gan_training.train:train_gan", CLUSTER)
@click.option(
    "--folder",
    type=PATH,
    help="Where the training is kept."
    "  [default: outputs/gan-ARCHITECTURE-LOSS, for images outputs/gan-FOLDER-SIZE]",
)
@click.option(
    "--architecture",
    type=click.Choice(["fc", "dcgan"]),
    help="Fully connected or convolutional.  [default: fc; dcgan unless images are 28x28 and gray]",
)
@click.option(
    "--loss",
    type=click.Choice(["lsgan", "vanilla", "hinge", "wgan-gp"]),
    help="What D and G minimize.  [default: fc lsgan, dcgan vanilla]",
)
@click.option(
    "--steps",
    type=Count(),
    help="Total, including earlier runs.  [default: fc 6000, dcgan 1450; images 5000]",
)
@click.option("--batch-size", type=Count(2), help="Real images for each update.")
@click.option("--noise-dim", type=Count(), help="Length of a noise vector.")
@click.option("--learning-rate", type=Number(0), help="Adam's.  [default: 0.001, images 0.0002]")
@click.option("--beta1", type=Number(0, most=1), help="Adam's.")
@click.option(
    "--decay",
    type=Number(0, most=1),
    help="The fraction of the steps, at the end, in which the learning rate falls to 0.",
)
@click.option(
    "--critic-steps",
    type=Count(),
    help="Updates of D for each update of G.  [default: wgan-gp 5, the others 1]",
)
@click.option("--width", type=Count(), help="Channels next to the image, in the paper's DCGAN.")
@click.option("--draw-every", type=Count(), help="Steps from one grid of samples to the next.")
@click.option("--save-seconds", type=Number(0), help="Time from one checkpoint to the next.")
@click.option(
    "--histogram-steps",
    type=Count(),
    help="Steps between TensorBoard's histograms of the weights.  [default: none]",
)
@places
@squares
@click.option("--seed", type=SEED, help="Of the initial weights and the noise.")
@device_options
@with_option("the networks and the loss")
def train(folder, mnist, images, size, color, crop, with_file, **options):
    """Train in a folder, or continue there; Ctrl-C saves and stops.

    On MNIST's digits, or with --images on your own: they become squares of 28, 32 or 64 pixels, and
    unless these are 28x28 and gray, the networks are those of the DCGAN paper.

    Every --draw-every steps a grid of samples, always of the same noise, is written to
    FOLDER/samples and shown by TensorBoard (`tensorboard --logdir FOLDER`); at the end they become
    samples.gif, beside losses.png. Signs of collapse are printed during training.

    --with FILE takes D, G and the loss from FILE where it has them, for MNIST; that training is
    kept beside FILE, in a folder of its own for each version of it.
    """
    import os

    from tf_cs231n.files import check_output
    from tf_cs231n.gan import default_critic_steps
    from tf_cs231n.gan_training.train import choose_defaults, train_gan

    refuse_given({"with_file"} if images else set(), "its functions are for MNIST's images")
    cluster = {name: options.pop(name) for name in ("workers", "chief", "step_timeout")}
    options["devices"] = open_devices(options["devices"], **cluster)
    options = all_arguments(train_gan, options)
    digits = open_data(mnist, images, size, color, crop)
    options.update(choose_defaults(digits.train_images, options))
    architecture, steps = options["architecture"], options["steps"]
    own, loss, functions = open_gan(with_file, architecture, options["loss"])
    options["critic_steps"] = options["critic_steps"] or default_critic_steps(loss)
    options.update({"loss": loss, **functions})
    folder = folder or own.folder(f"gan-{architecture}-{loss}")
    folder = folder or default_folder(architecture, loss, digits)
    grids = os.path.join(folder, "samples")
    check_output(os.path.join(grids, "step.png"))  # before the classifier is trained
    options["draw"] = 256  # of which a grid shows 64; the others show whether G collapses
    with own.telling():
        trained = _train_with_grids(digits, folder, grids, options)
    written = _summarize(folder, grids, loss)
    own.note(written, "gan train")
    look = " and ".join(os.path.basename(path) for path in written)
    done = f"trained for {steps} steps" if trained else f"nothing to do, it has its {steps} steps"
    echo(f"{folder}: {done}" + (f"; look at {look} there" if look else ""))
    if own.functions:
        echo(PROVES_NOTHING)


gan.add_command(train)


def _train_with_grids(digits, folder, grids, options):
    """Train with a progress bar, write sample grids, warn of collapse; whether a step was done."""
    import contextlib
    import os

    from tf_cs231n.gan_training.train import train_gan
    from tf_cs231n.images import save_image
    from tf_cs231n.plots.gan import tile
    from tf_cs231n.terminal import progress_bar
    from tf_cs231n.training.loop import passing_errors

    steps, begun = options["steps"], False
    has_classes = digits.train_labels is not None
    with open_judge(digits) if has_classes else contextlib.nullcontext() as classifier:
        bar = progress_bar(total=steps, unit="step")
        options.update(classifier=classifier, warn=bar.write)
        training = train_gan(digits, folder, **options)
        with passing_errors(training), bar:
            for step, values, samples in training:
                if not begun:
                    bar.initial = bar.n = step - 1
                    bar.set_description("resumed" if step > 1 else "training")
                begun = True
                bar.update()
                bar.set_postfix(values, refresh=False)
                if samples is not None:
                    save_image(os.path.join(grids, f"step-{step:07d}.png"), tile(samples[:64]))
    return begun


def _summarize(folder, grids, loss):
    """Write samples.gif and losses.png of all the training's runs; returns their paths."""
    import os

    from tf_cs231n.gan import D_LOSS_AT_BALANCE
    from tf_cs231n.images import load_image
    from tf_cs231n.plots import save_animation, save_figure
    from tf_cs231n.plots.gan import loss_curves
    from tf_cs231n.training.events import read_summaries

    names = [name for name in sorted(os.listdir(grids)) if name.startswith("step-")]
    frames = [load_image(os.path.join(grids, name)) for name in names]
    history = read_summaries(folder)
    written = []
    if frames:  # somebody may have removed them
        written.append(save_animation(os.path.join(folder, "samples.gif"), frames, fps=4))
    if history:
        figure = loss_curves(history, D_LOSS_AT_BALANCE.get(loss))
        written.append(save_figure(figure, os.path.join(folder, "losses.png")))
    return written


gan.add_command(sample)
gan.add_command(interpolate)
gan.add_command(evaluate)
