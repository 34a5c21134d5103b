"""`tf-cs231n style`, `invert`, `texture`: images made by minimizing losses of features."""

import click

from tf_cs231n.commands.batch_options import FOLDER, folder_options
from tf_cs231n.commands.library_defaults import library_command
from tf_cs231n.commands.option_types import (
    OUTPUT,
    PATH,
    PIXELS,
    SEED,
    Count,
    Number,
    refuse_given,
)
from tf_cs231n.commands.results import results_options
from tf_cs231n.commands.style_many import (
    contents_and_styles,
    from_standard_input,
    paint,
    paint_many,
)
from tf_cs231n.commands.with_file import PROVES_NOTHING, open_own, with_option
from tf_cs231n.terminal import echo

_LIBRARY = "tf_cs231n.style_transfer:"
_FUNCTIONS = {
    "style": "style_transfer",
    "invert": "invert_features",
    "texture": "synthesize_texture",
}


def _numbers(type):
    def parse(ctx, option, text):
        if text is None:
            return None
        try:
            return [type(number) for number in text.replace(",", " ").split()]
        except ValueError:
            raise click.BadParameter(f"got {text!r}, expected numbers such as '1 4 6'") from None

    return parse


def _list_option(name, type, help):
    return click.option(name, callback=_numbers(type), metavar="NUMBERS", help=help)


_OUT = click.option(
    "-o", "--out", type=OUTPUT, required=True, help="The image to write: .png, .jpg, ..."
)
_IMAGE_SIZE = click.option("--image-size", type=PIXELS, help="The shorter side, pixels.")
_OWN_SIZE = click.option(
    "--image-size",
    type=PIXELS,
    help="The shorter side, pixels.  [default: that of CONTENT, at most 1024]",
)
_STYLE_SIZE = click.option("--style-size", type=PIXELS, help="The style's shorter side, pixels.")
_CONTENT = [
    _list_option("--content-layer", int, "Layers of SqueezeNet, 0 to 12."),
    _list_option("--content-weight", float, "A weight for each of them."),
]
_STYLE = [
    _list_option("--style-layers", int, "Layers of SqueezeNet, 0 to 12."),
    _list_option("--style-weights", float, "A weight for each of them."),
    _list_option("--style-blend", float, "How much of each style.  [default: equal]"),
]
_COMMON = [
    click.option("--tv-weight", type=Number(0), help="More is smoother."),
    click.option("--init", type=PATH, help="'content', 'noise', or an image."),
    click.option("--optimizer", help="'lbfgs', 'lbfgs-b' (SciPy's), 'adam' (the course's)."),
    click.option("--max-evaluations", type=Count(), help="Of the loss; iterations of Adam."),
    click.option(
        "--reference-size", type=PIXELS, help="The image size that weights and styles are for."
    ),
    click.option("--initial-size", type=PIXELS, help="Begin this small and double."),
    click.option("--weights", type=PATH, help="A file of SqueezeNet's weights."),
    click.option("--seed", type=SEED, help="Of the noise."),
    click.option(
        "--frames", type=PATH, metavar="FILE", help="Also write a progress animation, .gif or .mp4."
    ),
    click.option("--frame-every", default=5, show_default=True, type=Count()),
    click.option(
        "--tensorboard", type=PATH, metavar="FOLDER", help="Show the losses and previews there."
    ),
    click.option(
        "--again",
        type=PATH,
        metavar="FILE",
        help="Take the settings from this .json or .png that a run wrote.",
    ),
    with_option("content_loss, gram_matrix, style_loss, tv_loss"),
]
_OF_ONE = ("frames", "frame_every", "tensorboard")
_OVERWRITE = click.option("--overwrite", is_flag=True, help="Replace files that exist.")


def _options(*options):
    def decorate(function):
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


@library_command(_LIBRARY + "style_transfer")
@click.argument("images", nargs=-1, metavar="CONTENT STYLE...", type=PATH)
@click.option("-o", "--out", type=OUTPUT, help="The image to write: .png, .jpg, ...")
@click.option(
    "--style",
    "styles",
    type=PATH,
    multiple=True,
    metavar="STYLE",
    help="Repeatable; then all other images are CONTENTs.",
)
@_options(*folder_options(), _OWN_SIZE, _STYLE_SIZE, *_CONTENT, *_STYLE)
@click.option("--preset", help="The course's weights: composition, scream or starry.")
@click.option(
    "--mask", "masks", type=PATH, multiple=True, help="Where a style goes; one for each, or 'all'."
)
@click.option("--keep-colors", help="'no', 'luminance', or 'match'.")
@click.option("--no-alpha", is_flag=True, help="Lay a transparent CONTENT on white.")
@_options(*_COMMON)
@results_options("input", "output", "metric", "value")
def style(images, styles, out, preset, masks, no_alpha, results, **options):
    """Paint CONTENT in the style of one or more STYLE images: files, or `sample:NAME`.

    It goes from coarse to fine. OUT.preview.png shows every 20 evaluations how far it is.

    OUT.json beside the image, and the text in a PNG, record how to make it again (--again).

    With --out-dir and --style there may be many CONTENTs, also folders and patterns in quotes; each
    gets a file in DIR: png the styled image, svg a figure of it with CONTENT and styles, npy and
    npz its pixels.
    """
    from tf_cs231n import checks
    from tf_cs231n.errors import InputError
    from tf_cs231n.style_transfer import LOSSES, PRESETS

    if preset is not None:
        checks.one_of(PRESETS, preset=preset)
    arguments = {k: v for k, v in PRESETS.get(preset, {}).items() if k != "image_size"}
    if masks:
        options["masks"] = [None if mask == "all" else mask for mask in masks]
    if no_alpha:
        options["keep_alpha"] = False
    folder = {name: options.pop(name) for name in FOLDER}
    if (out is None) == (folder["out_dir"] is None):
        raise InputError("give one of --out FILE and --out-dir DIR")
    contents, styles = contents_and_styles(images, styles, options["again"], out is None)
    if styles:
        arguments["style_image"] = styles
    if out is None:
        refuse_given(_OF_ONE, "is for one image; leave --out-dir out")
        options = {k: v for k, v in options.items() if k not in _OF_ONE}
        function, arguments = _arguments("style", arguments, options)
        own = open_own(arguments.get("with_file"), "style_transfer", vars(LOSSES))
        paint_many(contents, folder, results, function, own, arguments)
        return
    refuse_given(set(FOLDER), "is for --out-dir; name a folder there")
    if contents:
        arguments["content_image"] = contents[0]
    with results:
        losses = _make("style", out, arguments, {**options, "overwrite": results.overwrite})
        for metric, value in losses._asdict().items():
            results.add(input=(contents or [None])[0], output=out, metric=metric, value=value)


@library_command(_LIBRARY + "invert_features", base=_LIBRARY + "style_transfer")
@click.argument("image", required=False, metavar="IMAGE")
@_options(_OUT, _IMAGE_SIZE, *_CONTENT, *_COMMON, _OVERWRITE)
def invert(image, out, **options):
    """Show what a layer keeps of IMAGE: find, from noise, pixels with the same features."""
    _make("invert", out, _one("content_image", image, options), options)


@library_command(_LIBRARY + "synthesize_texture", base=_LIBRARY + "style_transfer")
@click.argument("image", required=False, metavar="STYLE")
@_options(_OUT, _IMAGE_SIZE, _STYLE_SIZE, *_STYLE, *_COMMON, _OVERWRITE)
def texture(image, out, **options):
    """Make, from noise, an image with the texture of STYLE."""
    _make("texture", out, _one("style_image", image, options), options)


def _one(name, image, options):
    from tf_cs231n.errors import InputError

    if image is None and not options["again"]:
        raise InputError("give an image, a file or sample:NAME")
    return {} if image is None else {name: image}


def _arguments(task, arguments, options):
    """The library's function and its arguments: those of --again, the command's, its options."""
    from tf_cs231n import style_transfer as library
    from tf_cs231n.commands import style_files as files

    again = options.pop("again")
    given = {name: value for name, value in options.items() if value is not None}
    for name in ("content_layer", "content_weight"):  # one is a number, as the course has it
        if name in given and len(given[name]) == 1:
            given[name] = given[name][0]
    function = getattr(library, _FUNCTIONS[task])
    arguments = {**(files.read_settings(again, task) if again else {}), **arguments, **given}
    if again:
        files.check_settings(again, arguments, function, options)
    return function, arguments


def _make(task, out, arguments, options):
    """Run a task, write the image, its JSON, and the frames if asked for; returns the losses."""
    from tf_cs231n.commands import style_files as files
    from tf_cs231n.interruption import Stopped
    from tf_cs231n.style_transfer import LOSSES

    frames_file, frame_every = options.pop("frames"), options.pop("frame_every")
    overwrite, tensorboard = options.pop("overwrite"), options.pop("tensorboard")
    if not frames_file:
        refuse_given({"frame_every"}, "there are no frames; give --frames as well")
    function, arguments = _arguments(task, arguments, options)
    settings = {"task": task, **arguments}
    if frames_file:
        settings["frame_every"] = frame_every
    outputs = files.StyleOutputs(out, frames_file, frame_every, settings, overwrite, tensorboard)
    own = open_own(arguments.get("with_file"), "style_transfer", vars(LOSSES))
    opened = {**arguments, **from_standard_input(arguments)}
    result = paint(function, own, opened, outputs.show)
    outputs.write(result, files.make_record(task, function, arguments, result))
    own.note([out], task)
    echo(f"{out}: loss {result.losses.total:.6g} after {result.evaluations} evaluations")
    if own.functions:
        echo(PROVES_NOTHING)
    if result.stopped:
        raise Stopped(f"stopped; {out} holds the best image so far")
    return result.losses
