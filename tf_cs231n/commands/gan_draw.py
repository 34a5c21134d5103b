"""`tf-cs231n gan sample` and `gan interpolate`: images from noise, and from ways through it."""

import click

from tf_cs231n.commands.gan_data import draw
from tf_cs231n.commands.option_types import OUTPUT, PATH, SEED, Count, Number, refuse_given
from tf_cs231n.terminal import echo

_HELP = {"help_option_names": ["-h", "--help"]}


def _folder_option(command):
    return click.option(
        "--folder", type=PATH, help="The training's folder.  [default: outputs/gan-fc-lsgan]"
    )(command)


def _output_options(command):
    command = click.option("--overwrite", is_flag=True, help="Replace OUT if it exists.")(command)
    return click.option("--seed", type=SEED, default=0, show_default=True)(command)


@click.command(context_settings=_HELP)
@_folder_option
@click.option("--out", type=OUTPUT, default="samples.png", show_default=True, help="An image file.")
@click.option("--number", type=Count(1, 10000), default=100, show_default=True)
@_output_options
def sample(folder, out, number, seed, overwrite):
    """Draw a grid of new samples."""
    from tf_cs231n.images import check_image_path, save_image
    from tf_cs231n.plots.gan import tile

    check_image_path(out, overwrite)
    samples = draw(folder, number, seed)
    save_image(out, tile(samples), overwrite)
    echo(out)


@click.command(context_settings=_HELP)
@_folder_option
@click.option(
    "--out",
    type=PATH,
    help="GIF, MP4 or PNG; of a square an image.  [default: interpolation.gif; square.png]",
)
@click.option("--rows", type=Count(1, 100), default=8, show_default=True)
@click.option("--frames", type=Count(2, 1000), default=12, show_default=True)
@click.option(
    "--corners",
    type=Count(0, 9999),
    nargs=4,
    metavar="A B C D",
    help="A square between four samples, FRAMES a side, as one image.",
)
@click.option(
    "--at",
    type=Number(0, most=1),
    nargs=2,
    metavar="X Y",
    help="Only this place of the square: 0 0 is A, 1 0 is B, 0 1 is C.",
)
@_output_options
def interpolate(folder, out, rows, frames, corners, at, seed, overwrite):
    """Walk between random points on the sphere of noise: each row from one to another and back.

    With --corners the way is a square: between the samples with these numbers, from 0, in the order
    in which `gan sample` draws them with the same --seed.
    """
    from tf_cs231n.files import ANIMATIONS, check_output, extension
    from tf_cs231n.images import check_image_path
    from tf_cs231n.plots import save_animation
    from tf_cs231n.plots.gan import tile

    if corners:
        refuse_given({"rows"}, "--corners makes a square")
    else:
        refuse_given({"at"}, "it is for --corners A B C D")
    out = out or ("square.png" if corners else "interpolation.gif")
    is_animation = extension(out) in ANIMATIONS and not corners
    check = check_output if is_animation else check_image_path
    check(out, overwrite)
    if corners:
        _draw_square(folder, out, frames, corners, at, seed, overwrite)
    else:
        samples = _draw_walks(folder, rows, frames, seed)
        if is_animation:
            there_and_back = [*range(frames), *range(frames - 2, 0, -1)]
            images = [tile(samples[:, t], scale=4) for t in there_and_back]
            save_animation(out, images, fps=10, hold=0, overwrite=overwrite)
        else:
            _save(out, tile(samples.reshape(-1, *samples.shape[2:]), columns=frames), overwrite)
    echo(out)


def _draw_walks(folder, rows, frames, seed):
    """Samples (rows, frames, H, W[, 3])."""
    import numpy as np

    from tf_cs231n.gan import slerp

    def walks(noise):
        return np.concatenate([slerp(a, b, frames) for a, b in zip(noise[:rows], noise[rows:])])

    samples = draw(folder, 2 * rows, seed, walks)
    return samples.reshape(rows, frames, *samples.shape[1:])


def _draw_square(folder, out, frames, corners, at, seed, overwrite):
    import numpy as np

    from tf_cs231n.gan_training.codes import square
    from tf_cs231n.plots.gan import tile

    places = [[place] for place in at] if at else [np.linspace(0, 1, frames)] * 2

    def codes(noise):
        found = square(noise[list(corners)], *places)
        return found.reshape(-1, found.shape[2])

    samples = draw(folder, max(corners) + 1, seed, codes)
    _save(out, samples[0] if at else tile(samples, columns=frames), overwrite)


def _save(out, image, overwrite):
    from tf_cs231n.images import save_image

    save_image(out, image, overwrite)
