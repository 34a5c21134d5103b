"""`tf-cs231n saliency IMAGE...`: which pixels made the score of a class, and can we trust it?"""

import collections
import functools
import os

import click

from tf_cs231n.commands.batch_options import batch_options
from tf_cs231n.commands.explaining import check_figure
from tf_cs231n.commands.library_defaults import given, library_command, refuse_unused
from tf_cs231n.commands.networks import network_options
from tf_cs231n.commands.option_types import OUTPUT, SEED, Count, Number
from tf_cs231n.commands.outputs import PAGE_ROWS
from tf_cs231n.commands.saliency_check import Check
from tf_cs231n.commands.with_file import open_own, with_option, with_session
from tf_cs231n.terminal import echo

_METHODS = (
    "gradient",
    "gradient-input",
    "smoothgrad",
    "integrated",
    "guided",
    "gradcam",
    "occlusion",
)
_BASELINES = ("mean", "black", "white")


@library_command(
    "tf_cs231n.attribution:smooth_grad",
    "tf_cs231n.attribution:integrated_gradients",
    "tf_cs231n.attribution:occlusion",
)
@batch_options(
    *("method", "class", "class_name", "score", "probability", "metric", "at", "value"),
    alone=("check", "with_file"),
)
@click.option("--class", "name", help="Number or name.  [default: the predicted class]")
@click.option(
    "-m",
    "--method",
    "methods",
    multiple=True,
    type=click.Choice((*_METHODS, "all")),
    help="Repeatable.  [default: gradient]",
)
@click.option("--samples", type=Count(), help="SmoothGrad: noisy copies.")
@click.option(
    "--noise", type=Number(0), help="SmoothGrad: standard deviation, as a fraction of the range."
)
@click.option("--steps", type=Count(), help="Integrated gradients: points on the path.")
@click.option(
    "--patch", type=Count(), help="Occlusion: side of the patch in pixels.  [default: a seventh]"
)
@click.option(
    "--stride", type=Count(), help="Occlusion: pixels from patch to patch.  [default: PATCH/2]"
)
@click.option("--baseline", type=click.Choice(_BASELINES), default="mean", show_default=True)
@click.option("--check", is_flag=True, help="Test the maps: curves and randomized weights.")
@click.option("--seed", type=SEED, help="Seed of the noise and of the randomized weights.")
@click.option(
    "-o", "--out", type=OUTPUT, default="saliency.png", show_default=True, help="The figure."
)
@with_option("compute_saliency_maps, for the method 'gradient'")
@network_options
def saliency(batch, name, methods, check, baseline, out, with_file, network, **options):
    """Show which pixels of each IMAGE made the score of a class, by SqueezeNet or --graph.

    An IMAGE is a file, a folder, a pattern in quotes, `sample:NAME`, or -, standard input. The
    figure shows image, map and overlay, of many images in pages of 50 rows. With --out-dir each
    gets a file: png and svg show the same, npy holds the map, npz a map for each method.

    --check adds deletion and insertion curves as OUT-check, prints their areas, and prints the rank
    correlations of the maps with those of a network whose last kernels are shuffled: for a method
    that explains the network they fall towards 0.
    """
    from tf_cs231n import attribution, plots
    from tf_cs231n.errors import InputError
    from tf_cs231n.interruption import stoppable
    from tf_cs231n.plots import saliency as figures
    from tf_cs231n.plots import shortened
    from tf_cs231n.squeezenet import class_id

    methods = list(dict.fromkeys(methods)) or ["gradient"]
    methods = list(_METHODS) if "all" in methods else methods
    sheet = batch.pages(out, _sheet, max(1, PAGE_ROWS // figures.rows_each(methods)))
    check_out = check and sheet.paths and "-check".join(os.path.splitext(out))
    if check_out:
        check_figure(check_out, batch.overwrite)
    options["baseline"] = baseline
    functions = [attribution.METHODS[method][0] for method in methods]
    refuse_unused(functions, options, f"--method {' or '.join(methods)} does not use it")
    if with_file is not None and (check or "gradient" not in methods):
        why = "--check tests our methods" if check else "your function is -m gradient's; add that"
        raise InputError(f"--with: {why}")
    own = open_own(with_file, "saliency", ["compute_saliency_maps"])
    with batch, sheet, network() as model, stoppable() as stop, own.telling():
        options["baseline"] = model.baseline(baseline)
        target = None if name is None else class_id(name, model.class_names)
        explain = functools.partial(_explain, methods, options, target, model, stop, own)
        checks = Check(methods, options, model, stop) if check else None
        for each, found in batch.run(explain, model.load, stop):
            for line in found.notes:
                batch.echo(f"{each.name}: {line}")
            rows = [{**found.row, "method": method} for method in methods]
            if check:
                rows += checks.add(model.batch(each.image), found)
            title = f"{shortened(each.label)}\n{found.title}" if len(batch) > 1 else found.title
            sheet.add(each.image, found.maps, title)
            _keep(batch, each, found, rows)
    own.note(sheet.paths, "saliency")
    if check:
        checks.print_table()
        if check_out:
            plots.save_figure(checks.figure(), check_out, batch.overwrite)
            echo(f"wrote {check_out}")


# y: the class explained. row: class, name, score and probability, as results. maps: method to map
# (H, W). notes: lines to print.
Explained = collections.namedtuple("Explained", "y title row maps notes")


def _explain(methods, options, target, model, stop, own, inputs):
    """An `Explained` for each of the inputs, whose images have one size."""
    import numpy as np

    from tf_cs231n.saliency import explain_predictions
    from tf_cs231n.terminal import progress_bar

    X = model.batch(*(each.image for each in inputs))
    maps, notes = {}, [[] for _ in inputs]
    if target is None and "gradient" in methods and not own.functions:
        scores, maps["gradient"] = explain_predictions(X, model, stop=stop)
    else:
        scores = model.run(X, stop)
    y = scores.argmax(axis=1) if target is None else np.full(len(X), target)
    quiet = len(inputs) > 1 or len(methods) < 4
    for method in progress_bar(methods, unit="method", leave=False, disable=quiet):
        if method in maps:
            continue
        if method == "gradient" and own.functions:
            explain = with_session(own.functions["compute_saliency_maps"], "N H W")
            maps[method] = explain(X, np.int32(y), model)  # int32 as tf.range
        else:
            maps[method] = _maps(method, options, X, y, model, stop, notes)
    names, found = model.class_names, []
    for n, number in enumerate(map(int, y)):
        row = {
            "class": number,
            "class_name": names[number],
            "score": scores[n, number],
            "probability": model.probabilities(scores[n : n + 1])[0, number],
        }
        title = model.describe(scores[n], number)
        found.append(Explained(number, title, row, {m: maps[m][n] for m in methods}, notes[n]))
    return found


def _maps(method, options, X, y, model, stop, notes):
    """Maps (N, H, W) of a method; what it has to say goes to each image's notes."""
    import numpy as np

    from tf_cs231n import attribution

    function, to_maps = attribution.METHODS[method]
    run = functools.partial(function, model=model, stop=stop, **given(function, options))
    if method == "smoothgrad":  # the noise of an image does not depend on the images beside it
        return np.concatenate([to_maps(run(X[n : n + 1], y[n : n + 1])) for n in range(len(X))])
    result = run(X, y)
    if method == "integrated":
        for lines, difference, error in zip(
            notes, result.score_difference, result.completeness_error
        ):
            lines.append(
                f"integrated gradients sum to the score's difference {difference:.3f} with an "
                f"error of {error:+.3f}"
            )
    return to_maps(result)


def _sheet(rows):
    from tf_cs231n.plots.saliency import saliency_figure

    images, maps, titles = zip(*rows)
    return saliency_figure(images, {m: [each[m] for each in maps] for m in maps[0]}, titles)


def _keep(batch, each, found, rows):
    """Write the input's file in --out-dir, and its rows."""
    import numpy as np

    from tf_cs231n.plots import saliency as figures

    def figure():
        return _sheet([(each.image, found.maps, found.title)])

    def png():
        if len(found.maps) > 1:
            return figure()
        (heat,) = found.maps.values()
        shown = [each.image, figures.heat_image(heat), figures.heat_overlay(each.image, heat)]
        return figures.strip(shown, found.title)

    def npy():
        heats = np.stack(list(found.maps.values()))
        return heats[0] if len(heats) == 1 else heats

    batch.keep(each, *rows, png=png, svg=figure, npy=npy, npz=lambda: found.maps)
