"""`tf-cs231n style`, `invert`, `texture`: pictures made by minimising losses of features."""

import click

from tf_cs231n.commands.library_defaults import library_command
from tf_cs231n.commands.option_types import PATH, PIXELS, SEED, Count, Number, refuse_given

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
    "-o", "--out", type=PATH, required=True, help="The picture to write: .png, .jpg, ..."
)
_IMAGE_SIZE = click.option("--image-size", type=PIXELS, help="The shorter side, pixels.")
_STYLE_SIZE = click.option("--style-size", type=PIXELS, help="The style's shorter side, pixels.")
_CONTENT = [
    _list_option("--content-layer", int, "Layers of SqueezeNet, 0 to 12."),
    _list_option("--content-weight", float, "A weight for each of them."),
]
_STYLE = [
    _list_option("--style-layers", int, "Layers of SqueezeNet, 0 to 12."),
    _list_option("--style-weights", float, "A weight for each of them."),
    _list_option("--style-shares", float, "Each style's share.  [default: equal]"),
]
_COMMON = [
    click.option("--tv-weight", type=Number(0), help="More is smoother."),
    click.option("--init", type=PATH, help="'content', 'noise', or a picture."),
    click.option("--optimizer", help="'lbfgs', 'lbfgs-b' (SciPy's), 'adam' (the course's)."),
    click.option("--num-evaluations", type=Count(), help="Of the loss; iterations of Adam."),
    click.option("--weights-at", type=PIXELS, help="The size that content and TV weights are for."),
    click.option("--start-size", type=PIXELS, help="Begin this small and double up."),
    click.option("--weights", type=PATH, help="A file of SqueezeNet's weights."),
    click.option("--seed", type=SEED, help="Of the noise."),
    click.option(
        "--frames", type=PATH, metavar="FILE", help="Also write the way there, .gif or .mp4."
    ),
    click.option("--frame-every", default=5, show_default=True, type=Count()),
    click.option(
        "--again", type=PATH, metavar="FILE", help="Take settings from this .json or .png of ours."
    ),
    click.option("--overwrite", is_flag=True, help="Replace files that exist."),
]


def _options(*options):
    def decorate(function):
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


@library_command(_LIBRARY + "style_transfer")
@click.argument("pictures", nargs=-1, metavar="CONTENT STYLE...")
@_options(_OUT, _IMAGE_SIZE, _STYLE_SIZE, *_CONTENT, *_STYLE)
@click.option("--preset", help="The course's settings: composition, scream or starry.")
@click.option(
    "--mask", "masks", type=PATH, multiple=True, help="Where a style goes; one for each, or 'all'."
)
@click.option("--keep-colors", help="'no', 'luminance', or 'match'.")
@click.option("--no-alpha", is_flag=True, help="Lay a transparent CONTENT on white.")
@_options(*_COMMON)
def style(pictures, out, preset, masks, no_alpha, **options):
    """Paint CONTENT in the manner of one or more STYLE pictures: files, or `sample:NAME`.

    OUT.json beside the picture, and the text in a PNG, tell how to make it again (--again).
    """
    from tf_cs231n.errors import InputError
    from tf_cs231n.style_transfer.settings import find_preset

    arguments = {} if preset is None else find_preset(preset)
    if masks:
        options["masks"] = [None if mask == "all" else mask for mask in masks]
    if no_alpha:
        options["keep_alpha"] = False
    if len(pictures) == 1 or (not pictures and not options["again"]):
        raise InputError("give a CONTENT picture and at least one STYLE, files or sample:NAME")
    if pictures:
        arguments.update(content_image=pictures[0], style_image=list(pictures[1:]))
    _make("style", out, arguments, options)


@library_command(_LIBRARY + "invert_features", base=_LIBRARY + "style_transfer")
@click.argument("picture", required=False, metavar="PICTURE")
@_options(_OUT, _IMAGE_SIZE, *_CONTENT, *_COMMON)
def invert(picture, out, **options):
    """Show what a layer keeps of PICTURE: find, from noise, pixels with the same features."""
    _make("invert", out, _one("content_image", picture, options), options)


@library_command(_LIBRARY + "synthesize_texture", base=_LIBRARY + "style_transfer")
@click.argument("picture", required=False, metavar="STYLE")
@_options(_OUT, _IMAGE_SIZE, _STYLE_SIZE, *_STYLE, *_COMMON)
def texture(picture, out, **options):
    """Make, from noise, a picture with the texture of STYLE."""
    _make("texture", out, _one("style_image", picture, options), options)


def _one(name, picture, options):
    from tf_cs231n.errors import InputError

    if picture is None and not options["again"]:
        raise InputError("give a picture, a file or sample:NAME")
    return {} if picture is None else {name: picture}


def _make(task, out, arguments, options):
    """Run a task and write the picture, its JSON, and the frames if asked for."""
    from tf_cs231n import style_transfer as library
    from tf_cs231n.commands import style_files as files

    frames_file, frame_every = options.pop("frames"), options.pop("frame_every")
    overwrite, again = options.pop("overwrite"), options.pop("again")
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
    files.check_outputs(out, frames_file, overwrite)

    frames = []
    with files.Bar() as bar:

        def callback(progress):
            bar.show(progress)
            if frames_file and progress.evaluation % frame_every == 1 % frame_every:
                frames.append(progress.picture)

        result = function(**arguments, callback=callback)
    record = files.make_record(task, function, arguments, result)
    files.write_picture(out, result.image, record, overwrite)
    if frames_file:
        files.write_frames(frames_file, frames + [result.image], overwrite)
    click.echo(f"{out}: loss {result.losses.total:.6g} after {result.evaluations} evaluations")
    if result.stopped:
        raise KeyboardInterrupt
