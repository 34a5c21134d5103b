"""`tf-cs231n gan train|sample|evaluate|interpolate`: generative adversarial networks on digits."""

import click

from tf_cs231n.commands.groups import Group
from tf_cs231n.commands.library_defaults import all_arguments, library_command
from tf_cs231n.commands.option_types import OUTPUT, PATH, SEED, Count, Number
from tf_cs231n.commands.results import results_options
from tf_cs231n.commands.with_file import PROVES_NOTHING, open_gan, with_option
from tf_cs231n.terminal import echo

_HELP = {"help_option_names": ["-h", "--help"]}


def _mnist_option(command):
    return click.option(
        "--mnist",
        type=PATH,
        metavar="PATH",
        help="IDX files or mnist.npz, or 'builtin'.  [default: the usual places, then builtin]",
    )(command)


def _folder_option(command):
    return click.option(
        "--folder", type=PATH, help="The training's folder.  [default: outputs/gan-fc-lsgan]"
    )(command)


def _output_options(command):
    command = click.option("--overwrite", is_flag=True, help="Replace OUT if it exists.")(command)
    return click.option("--seed", type=SEED, default=0, show_default=True)(command)


@click.group(cls=Group, context_settings=_HELP)
def gan():
    """Train a GAN on MNIST, draw samples from it, and score them.

    A training lives in a folder: checkpoints, settings.json, TensorBoard's events, sample grids.
    The same `train` command continues where it stopped.
    """


@library_command("tf_cs231n.gan_training.train:train_gan")
@click.option(
    "--folder",
    type=PATH,
    help="Where the training is kept.  [default: outputs/gan-ARCHITECTURE-LOSS]",
)
@click.option(
    "--architecture", type=click.Choice(["fc", "dcgan"]), help="Fully connected or convolutional."
)
@click.option(
    "--loss",
    type=click.Choice(["lsgan", "vanilla", "hinge", "wgan-gp"]),
    help="What D and G minimize.  [default: fc lsgan, dcgan vanilla]",
)
@click.option(
    "--steps",
    type=Count(),
    help="Total, including earlier runs.  [default: fc 6000, dcgan 1450]",
)
@click.option("--batch-size", type=Count(2), help="Real images for each update.")
@click.option("--noise-dim", type=Count(), help="Length of a noise vector.")
@click.option("--learning-rate", type=Number(0), help="Adam's.")
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
@click.option("--draw-every", type=Count(), help="Steps from one grid of samples to the next.")
@click.option("--save-seconds", type=Number(0), help="Time from one checkpoint to the next.")
@click.option(
    "--histogram-steps",
    type=Count(),
    help="Steps between TensorBoard's histograms of the weights.  [default: none]",
)
@_mnist_option
@click.option("--seed", type=SEED, help="Of the initial weights and the noise.")
@with_option("the networks and the loss")
def train(folder, mnist, with_file, **options):
    """Train in a folder, or continue there; Ctrl-C saves and stops.

    Every --draw-every steps a grid of samples, always of the same noise, is written to
    FOLDER/samples and shown by TensorBoard (`tensorboard --logdir FOLDER`); at the end they become
    samples.gif, beside losses.png. Signs of collapse are printed during training.

    --with FILE takes D, G and the loss from FILE where it has them; that training is kept beside
    FILE, in a folder of its own for each version of it.
    """
    import os

    from tf_cs231n.datasets import load_mnist
    from tf_cs231n.files import check_output
    from tf_cs231n.gan import default_critic_steps
    from tf_cs231n.gan_training.train import LOSS, STEPS, train_gan

    options = all_arguments(train_gan, options)
    architecture = options["architecture"]
    own, loss, functions = open_gan(with_file, architecture, options["loss"] or LOSS[architecture])
    options["critic_steps"] = options["critic_steps"] or default_critic_steps(loss)
    options.update({"loss": loss, **functions})
    folder = folder or own.folder(f"gan-{architecture}-{loss}")
    folder = folder or _default_folder(architecture, loss)
    steps = options["steps"] = options["steps"] or STEPS[architecture]
    digits = load_mnist(mnist)
    grids = os.path.join(folder, "samples")
    check_output(os.path.join(grids, "step.png"))  # before the classifier is trained
    echo(f"data: {digits.source}", err=True)
    options["draw"] = 256  # of which a grid shows 64; the others show whether G collapses
    with own.telling():
        trained = _train_with_grids(digits, folder, grids, loss, options)
    written = _summarize(folder, grids, loss)
    own.note(written, "gan train")
    look = " and ".join(os.path.basename(path) for path in written)
    done = f"trained for {steps} steps" if trained else f"nothing to do, it has its {steps} steps"
    echo(f"{folder}: {done}" + (f"; look at {look} there" if look else ""))
    if own.functions:
        echo(PROVES_NOTHING)


gan.add_command(train)


def _train_with_grids(digits, folder, grids, loss, options):
    """Train with a progress bar, write sample grids, warn of collapse; whether a step was done."""
    import collections
    import os

    from tf_cs231n.gan_training.scores import digit_histogram, signs_of_collapse
    from tf_cs231n.gan_training.train import train_gan
    from tf_cs231n.images import save_image
    from tf_cs231n.plots.gan import tile
    from tf_cs231n.terminal import progress_bar
    from tf_cs231n.training.loop import passing_errors

    steps, recent, told = options["steps"], collections.deque(maxlen=100), []
    training = train_gan(digits, folder, **options)
    with _classifier(digits) as classifier, passing_errors(training), progress_bar(
        total=steps, unit="step"
    ) as bar:
        for step, values, samples in training:
            if not recent:
                bar.initial = bar.n = step - 1
                bar.set_description("resumed" if step > 1 else "training")
            bar.update()
            bar.set_postfix(values, refresh=False)
            recent.append(values["D_loss"])
            if samples is None:
                continue
            save_image(os.path.join(grids, f"step-{step:07d}.png"), tile(samples[:64]))
            if step < min(1000, steps / 4):  # too early to tell
                continue
            histogram = digit_histogram(classifier(samples)[0])
            signs = signs_of_collapse(samples, digits.train_images, recent, loss, histogram)
            for sign in (sign for sign in signs if sign not in told):
                bar.write(f"step {step}: {sign}")
            told = signs
    return bool(recent)


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


@gan.command(context_settings=_HELP)
@_folder_option
@click.option("--out", type=OUTPUT, default="samples.png", show_default=True, help="An image file.")
@click.option("--number", type=Count(1, 10000), default=100, show_default=True)
@_output_options
def sample(folder, out, number, seed, overwrite):
    """Draw a grid of new samples."""
    from tf_cs231n.images import check_image_path, save_image
    from tf_cs231n.plots.gan import tile

    check_image_path(out, overwrite)
    samples = _draw(folder, number, seed)
    save_image(out, tile(samples), overwrite)
    echo(out)


@gan.command(context_settings=_HELP)
@_folder_option
@click.option(
    "--out", type=PATH, default="interpolation.gif", show_default=True, help="GIF, MP4 or PNG."
)
@click.option("--rows", type=Count(1, 100), default=8, show_default=True)
@click.option("--frames", type=Count(2, 1000), default=12, show_default=True)
@_output_options
def interpolate(folder, out, rows, frames, seed, overwrite):
    """Walk between random points on the sphere of noise: each row from one to another and back."""
    import numpy as np

    from tf_cs231n.files import ANIMATIONS, check_output, extension
    from tf_cs231n.gan import slerp
    from tf_cs231n.images import check_image_path, save_image
    from tf_cs231n.plots import save_animation
    from tf_cs231n.plots.gan import tile

    is_animation = extension(out) in ANIMATIONS
    check = check_output if is_animation else check_image_path
    check(out, overwrite)

    def walks(noise):
        return np.concatenate([slerp(a, b, frames) for a, b in zip(noise[:rows], noise[rows:])])

    samples = _draw(folder, 2 * rows, seed, walks).reshape(rows, frames, 28, 28)
    if is_animation:
        there_and_back = [*range(frames), *range(frames - 2, 0, -1)]
        images = [tile(samples[:, t], scale=4) for t in there_and_back]
        save_animation(out, images, fps=10, hold=0, overwrite=overwrite)
    else:
        save_image(out, tile(samples.reshape(-1, 28, 28), columns=frames), overwrite)
    echo(out)


@gan.command(context_settings=_HELP)
@_folder_option
@click.option(
    "--out",
    type=PATH,
    help="A folder for digits.png, nearest.png and their record, figures.json.  [default: none]",
)
@click.option("--number", type=Count(100, 100000), default=1000, show_default=True)
@_mnist_option
@click.option("--seed", type=SEED, default=0, show_default=True)
@results_options("input", "subject", "metric", "at", "value")
def evaluate(folder, out, number, mnist, seed, results):
    """Score samples: MNIST score, Frechet distance, digits made, nearest training images.

    Each score stands beside that of as many real digits, and of pure noise.
    """
    import os

    from tf_cs231n.datasets import load_mnist
    from tf_cs231n.files import Outputs
    from tf_cs231n.gan_training.scores import compare_samples, memorization, signs_of_collapse
    from tf_cs231n.plots import save_figure
    from tf_cs231n.plots.gan import digit_bars, nearest_grid

    folder = folder or _default_folder()
    if out:
        bars, grid = os.path.join(out, "digits.png"), os.path.join(out, "nearest.png")
        settings = {"folder": folder, "number": number, "seed": seed, "mnist": mnist}
        record = os.path.join(out, "figures.json")
        outputs = Outputs(record, [bars, grid], settings, results.overwrite)
    digits = load_mnist(mnist)
    samples = _draw(folder, number, seed)
    with _classifier(digits) as classifier:
        table = compare_samples(classifier, samples, digits, seed)
    echo(f"{folder}: {number} samples beside {digits.source}", "")
    echo(f"{'':<18}{'MNIST score':>12}{'Frechet distance':>19}")
    for name, scores in table.items():
        echo(f"{name:<18}{scores.score:>12.2f}{scores.distance:>19.2f}")
    shares = table["samples"].histogram
    echo("", "digit     " + "".join(f"{digit:>7}" for digit in range(10)))
    echo("share [%] " + "".join(f"{100 * share:>7.1f}" for share in shares))
    copied = memorization(samples, digits)
    echo(
        "",
        f"copies of training images: {copied.copies:.1%} of the samples are closer to one than"
        f" {copied.usual:.1%} of held-out digits are (median distance {copied.sample_distance:.3f},"
        f" held-out {copied.real_distance:.3f})",
    )
    with results:
        for row in _rows(table, copied):
            results.add(input=folder, **row)
    for sign in signs_of_collapse(samples[:1000], digits.train_images, [], histogram=shares):
        echo(f"collapse: {sign}")
    if out:
        outputs.begin()
        save_figure(digit_bars(shares), bars, outputs.overwrite)
        nearest = digits.train_images[copied.nearest[:12]]
        figure = nearest_grid(samples[:12], nearest, copied.distances[:12])
        save_figure(figure, grid, outputs.overwrite)
        outputs.finish()
        echo(f"figures in {out}")


def _rows(table, copied):
    """The numbers of `evaluate` as rows of results."""
    for subject, scores in table.items():
        yield {"subject": subject, "metric": "mnist_score", "value": scores.score}
        yield {"subject": subject, "metric": "frechet_distance", "value": scores.distance}
    for digit, share in enumerate(table["samples"].histogram):
        yield {"subject": "samples", "metric": "share", "at": digit, "value": share}
    values = {
        ("samples", "copies"): copied.copies,
        ("held-out digits", "copies"): copied.usual,
        ("samples", "distance_to_training"): copied.sample_distance,
        ("held-out digits", "distance_to_training"): copied.real_distance,
    }
    for (subject, metric), value in values.items():
        yield {"subject": subject, "metric": metric, "value": value}


def _default_folder(architecture="fc", loss="lsgan"):
    """Where a training is kept; where earlier versions kept it, if it lies there alone."""
    import os

    from tf_cs231n.files import pretrained_dir

    name = f"gan-{architecture}-{loss}"
    folder, before = (os.path.join(home, name) for home in ("outputs", pretrained_dir()))
    return before if os.path.isdir(before) and not os.path.isdir(folder) else folder


def _draw(folder, number, seed, choose=lambda noise: noise):
    """The images of so many noise vectors, or of what ``choose`` makes of them."""
    from sessions import graph_session
    from tf_cs231n.gan_training.train import fixed_noise, load_sampler

    with graph_session() as sess:
        sampler, _ = load_sampler(folder or _default_folder(), sess)
        return sampler.sample(choose(fixed_noise(number, sampler.noise_dim, seed)))


def _classifier(digits):
    """The classifier that judges; the first time it trains, with a progress bar."""
    from tf_cs231n.gan_training.classifier import STEPS, DigitClassifier
    from tf_cs231n.terminal import progress_bar

    def progress(steps):
        with progress_bar(steps, total=STEPS, desc="classifier", unit="step") as bar:
            for step, values in bar:
                bar.set_postfix(values, refresh=False)
                yield step, values

    return DigitClassifier(digits, progress=progress)
