"""What the GAN commands share: the data's options, whoever judges, warnings in lines."""

import contextlib
import os
import warnings

import click

from tf_cs231n.commands.option_types import PATH, refuse_given
from tf_cs231n.terminal import echo

FEW = 3  # unreadable files that are named


def places(command):
    """--mnist and --images."""
    command = click.option(
        "--images",
        type=PATH,
        metavar="FOLDER",
        help="Image files in a folder and in the folders in it, of any size.",
    )(command)
    return click.option(
        "--mnist",
        type=PATH,
        metavar="PATH",
        help="IDX files, mnist.npz, or torchvision's or Keras' folder; or 'builtin'."
        "  [default: the usual places, then builtin]",
    )(command)


def squares(command):
    """How images become squares of one size."""
    for option in (
        click.option("--crop/--squeeze", default=None, help="The middle square of each, or all.  "
                                                            "[default: crop]"),
        click.option("--color/--gray", default=None, help="[default: gray if all images are]"),
        click.option("--size", type=click.Choice(["28", "32", "64"]), help="Their new side.  "
                                                                            "[default: 32]"),
    ):  # fmt: skip
        command = option(command)
    return command


def open_data(mnist, images, size=None, color=None, crop=None):
    """The data to train on; says where it is from, and what is odd about it."""
    from tf_cs231n.datasets import load_mnist
    from tf_cs231n.gan_training.data import load_images, looks_transposed

    refuse_given({"mnist"} if images else set(), "--images takes its place")
    if not images:
        refuse_given({"size", "color", "crop"}, "it is for --images FOLDER")
        digits = load_mnist(mnist)
        echo(f"data: {digits.source}", err=True)
        if looks_transposed(digits):
            echo(
                "warning: these digits have rows and columns exchanged, as EMNIST's files have"
                " them; name the files emnist-digits-train-images-idx3-ubyte and so on, and they"
                " are turned upright",
                err=True,
            )
        return digits
    given = {"size": size and int(size), "color": color, "crop": crop}
    skipped = []
    how = {name: value for name, value in given.items() if value is not None}
    data = load_images(images, skipped=skipped, progress=_bar, **how)
    echo(f"data: {data.source}", err=True)
    tell_skipped(skipped)
    return data


def open_trained_on(settings, mnist, images):
    """The data that a GAN was trained on, or an error that says where it should be."""
    from tf_cs231n.gan_training.data import load_trained_on

    refuse_given({"mnist"} if images else set(), "--images takes its place")
    skipped = []
    data = load_trained_on(settings, mnist, images, skipped=skipped, progress=_bar)
    tell_skipped(skipped)
    return data


def tell_skipped(skipped):
    """Name the first files that could not be read."""
    for _, reason in skipped[:FEW]:
        echo(f"skipped: {reason}", err=True)
    if len(skipped) > FEW:
        echo(f"skipped: {len(skipped) - FEW} more files that cannot be read", err=True)


def _bar(paths):
    from tf_cs231n.terminal import progress_bar

    return progress_bar(paths, desc="reading", unit="image")


def open_judge(data):
    """The classifier of digits, which trains the first time; of other images SqueezeNet."""
    from tf_cs231n.gan_training.classifier import STEPS, DigitClassifier
    from tf_cs231n.gan_training.features import ImageFeatures
    from tf_cs231n.terminal import progress_bar

    def progress(steps):
        with progress_bar(steps, total=STEPS, desc="classifier", unit="step") as bar:
            for step, values in bar:
                bar.set_postfix(values, refresh=False)
                yield step, values

    if data.train_labels is None:
        return ImageFeatures()
    return DigitClassifier(data, progress=progress)


def default_folder(architecture="fc", loss="lsgan", data=None):
    """Where a training is kept; where earlier versions kept it, if it lies there alone.

    One of one's own images is named by their folder.
    """
    from tf_cs231n.files import pretrained_dir

    origin = data.origin or {} if data else {}
    name = f"gan-{architecture}-{loss}"
    if "images" in origin:
        name = f"gan-{os.path.basename(origin['images'])}-{origin['size']}"
    folder, before = (os.path.join(home, name) for home in ("outputs", pretrained_dir()))
    return before if os.path.isdir(before) and not os.path.isdir(folder) else folder


@contextlib.contextmanager
def warnings_in_lines():
    """The library's warnings are printed, each in a line."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", RuntimeWarning)
        warnings.showwarning = lambda message, *_, **__: echo(f"warning: {message}", err=True)
        yield


def draw(folder, number, seed, choose=lambda noise: noise):
    """The images of so many noise vectors, or of what ``choose`` makes of them."""
    from sessions import graph_session
    from tf_cs231n.gan_training.train import fixed_noise, load_sampler

    with graph_session() as sess, warnings_in_lines():
        sampler, _ = load_sampler(folder or default_folder(), sess)
        return sampler.sample(choose(fixed_noise(number, sampler.noise_dim, seed)))
