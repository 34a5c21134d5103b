"""The demo's section on style transfer."""

import contextlib
import io
import os
import shlex
import time

from tf_cs231n.cli import tf_cs231n
from tf_cs231n.datasets import sample_image
from tf_cs231n.demo import Entry
from tf_cs231n.images import load_image
from tf_cs231n.interruption import Stopped
from tf_cs231n.plots import save_figure
from tf_cs231n.plots.style import loss_curves, transfer_grid

TITLE = "Style transfer"
TEXT = (
    "What an image shows is in the features of a network, how it is painted in their Gram "
    "matrices. Both can be asked of the pixels of a new image, and gradient descent finds it."
)

CONTENTS = ("palace", "cat")
STYLES = {"flower": "", "galaxies": "--content-weight 0.02"}
EVALUATIONS = 80


def entries(folder):
    """Make the images, their files into ``folder``, and yield an `Entry` for each."""
    yield _grid(folder)
    yield _optimizers(folder)
    command = "invert sample:cat --content-layer 6 --max-evaluations 120"
    yield Entry(
        "inversion.png",
        "What layer 6 keeps of the cat: from noise, an image with the same features.",
        "without a style; 120 evaluations",
        _run(command, folder, "inversion.png"),
        f"tf-cs231n {command} -o inversion.png",
    )
    command = "texture sample:flower --max-evaluations 120"
    seconds = _run(command, folder, "texture.png", "--frames", os.path.join(folder, "texture.gif"))
    for file, caption in (
        ("texture.png", "The flower's texture: from noise, an image with its Gram matrices."),
        ("texture.gif", "Its progress animation."),
    ):
        yield Entry(
            file,
            caption,
            "without a content; 120 evaluations",
            seconds,
            f"tf-cs231n {command} -o texture.png --frames texture.gif",
        )


def _grid(folder):
    seconds, images, command = 0, [], ""
    for content in CONTENTS:
        images.append([])
        for style, options in STYLES.items():
            file = f"{content}-{style}.png"
            command = f"style sample:{content} sample:{style} --preset starry {options}".rstrip()
            command += f" --image-size 192 --max-evaluations {EVALUATIONS}"
            seconds += _run(command, folder, file)
            images[-1].append(load_image(os.path.join(folder, file)))
    contents = {name: sample_image(name, 192) for name in CONTENTS}
    styles = {name: sample_image(name, 192) for name in STYLES}
    save_figure(transfer_grid(contents, styles, images), os.path.join(folder, "style.png"))
    return Entry(
        "style.png",
        "Two photographs, each painted in the colors and textures of two others.",
        f"preset starry, for galaxies content weight 0.02; {EVALUATIONS} evaluations, 192 pixels",
        seconds,
        f"tf-cs231n {command} -o {file}",
    )


def _optimizers(folder):
    from tf_cs231n.style_transfer import PRESETS, style_transfer

    start = time.time()
    labels = {
        "lbfgs": "L-BFGS",
        "lbfgs-b": "L-BFGS-B of SciPy",
        "adam": "Adam, the course's recipe",
    }
    histories = {}
    for optimizer, label in labels.items():
        result = style_transfer(
            "sample:palace", "sample:flower", **PRESETS["starry"], optimizer=optimizer
        )
        if result.stopped:
            raise Stopped
        histories[label] = result.history
    figure = loss_curves(histories, "the palace in the flower's style")
    save_figure(figure, os.path.join(folder, "style-optimizers.png"))
    return Entry(
        "style-optimizers.png",
        "Three ways down. L-BFGS reaches in a quarter of the evaluations what Adam, with the "
        "course's learning rates, reaches in 200, and goes on to two thirds of it.",
        "preset starry, 200 evaluations, 192 pixels",
        time.time() - start,
        "tf-cs231n style sample:palace sample:flower --preset starry --image-size 192"
        " --optimizer adam -o adam.png",
    )


def _run(command, folder, file, *more):
    """Run a command line that makes a file in the folder; returns the seconds it took."""
    start = time.time()
    arguments = [*shlex.split(command), "-o", os.path.join(folder, file), *more, "--overwrite"]
    with contextlib.redirect_stdout(io.StringIO()):
        tf_cs231n.main(arguments, prog_name="tf-cs231n", standalone_mode=False)
    return time.time() - start
