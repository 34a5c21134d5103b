"""`tf-cs231n style`, `invert`, `texture`: images made by minimizing losses of features."""

import click

from tf_cs231n.commands.library_defaults import library_command
from tf_cs231n.commands.option_types import PATH, PIXELS, SEED, Count, Number, refuse_given
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
    "-o", "--out", type=PATH, required=True, help="The image to write: .png, .jpg, ..."
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
    click.option("--overwrite", is_flag=True, help="Replace files that exist."),
]


def _options(*options):
    def decorate(function):
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


@library_command(_LIBRARY + "style_transfer")
@click.argument("images", nargs=-1, metavar="CONTENT STYLE...")
@_options(_OUT, _OWN_SIZE, _STYLE_SIZE, *_CONTENT, *_STYLE)
@click.option("--preset", help="The course's weights: composition, scream or starry.")
@click.option(
    "--mask", "masks", type=PATH, multiple=True, help="Where a style goes; one for each, or 'all'."
)
@click.option("--keep-colors", help="'no', 'luminance', or 'match'.")
@click.option("--no-alpha", is_flag=True, help="Lay a transparent CONTENT on white.")
@_options(*_COMMON)
def style(images, out, preset, masks, no_alpha, **options):
    """Paint CONTENT in the style of one or more STYLE images: files, or `sample:NAME`.

    It goes from coarse to fine. OUT.preview.png shows every 20 evaluations how far it is.

    OUT.json beside the image, and the text in a PNG, record how to make it again (--again).
    """
    from tf_cs231n import checks
    from tf_cs231n.errors import InputError
    from tf_cs231n.style_transfer import PRESETS

    if preset is not None:
        checks.one_of(PRESETS, preset=preset)
    arguments = {k: v for k, v in PRESETS.get(preset, {}).items() if k != "image_size"}
    if masks:
        options["masks"] = [None if mask == "all" else mask for mask in masks]
    if no_alpha:
        options["keep_alpha"] = False
    if len(images) == 1 or (not images and not options["again"]):
        raise InputError("give a CONTENT image and at least one STYLE, files or sample:NAME")
    if images:
        arguments.update(content_image=images[0], style_image=list(images[1:]))
    _make("style", out, arguments, options)


@library_command(_LIBRARY + "invert_features", base=_LIBRARY + "style_transfer")
@click.argument("image", required=False, metavar="IMAGE")
@_options(_OUT, _IMAGE_SIZE, *_CONTENT, *_COMMON)
def invert(image, out, **options):
    """Show what a layer keeps of IMAGE: find, from noise, pixels with the same features."""
    _make("invert", out, _one("content_image", image, options), options)


@library_command(_LIBRARY + "synthesize_texture", base=_LIBRARY + "style_transfer")
@click.argument("image", required=False, metavar="STYLE")
@_options(_OUT, _IMAGE_SIZE, _STYLE_SIZE, *_STYLE, *_COMMON)
def texture(image, out, **options):
    """Make, from noise, an image with the texture of STYLE."""
    _make("texture", out, _one("style_image", image, options), options)


def _one(name, image, options):
    from tf_cs231n.errors import InputError

    if image is None and not options["again"]:
        raise InputError("give an image, a file or sample:NAME")
    return {} if image is None else {name: image}


def _make(task, out, arguments, options):
    """Run a task and write the image, its JSON, and the frames if asked for."""
    from tf_cs231n import style_transfer as library
    from tf_cs231n.commands import style_files as files
    from tf_cs231n.commands.explaining import printed_warnings
    from tf_cs231n.interruption import Stopped

    frames_file, frame_every = options.pop("frames"), options.pop("frame_every")
    overwrite, again = options.pop("overwrite"), options.pop("again")
    tensorboard = options.pop("tensorboard")
    if not frames_file:
        refuse_given({"frame_every"}, "there are no frames; give --frames as well")
    given = {name: value for name, value in options.items() if value is not None}
    for name in ("content_layer", "content_weight"):  # one is a number, as the course has it
        if name in given and len(given[name]) == 1:
            given[name] = given[name][0]
    function = getattr(library, _FUNCTIONS[task])
    arguments = {**(files.read_settings(again, task) if again else {}), **arguments, **given}
    if again:
        files.check_settings(again, arguments, function, options)
    settings = {"task": task, **arguments}
    if frames_file:
        settings["frame_every"] = frame_every
    outputs = files.StyleOutputs(out, frames_file, frame_every, settings, overwrite, tensorboard)
    own = open_own(arguments.get("with_file"), "style_transfer", vars(library.LOSSES))
    called = {name: value for name, value in arguments.items() if name != "with_file"}
    with files.Bar() as bar, printed_warnings(bar.say), own.telling():

        def callback(progress):
            bar.show(progress)
            outputs.show(progress)

        result = function(**called, losses=own.functions or None, callback=callback)
    outputs.write(result, files.make_record(task, function, arguments, result))
    own.note([out], task)
    echo(f"{out}: loss {result.losses.total:.6g} after {result.evaluations} evaluations")
    if own.functions:
        echo(PROVES_NOTHING)
    if result.stopped:
        raise Stopped(f"stopped; {out} holds the best image so far")
