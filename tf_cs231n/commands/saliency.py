"""`tf-cs231n saliency IMAGE...`: which pixels made the score of a class, and can we trust it?"""

import os

import click

from tf_cs231n.commands.explaining import (
    OVERWRITE,
    SIZE,
    WEIGHTS,
    as_batch,
    check_figure,
    open_images,
    squeezenet,
)
from tf_cs231n.commands.library_defaults import given, library_command, refuse_unused
from tf_cs231n.commands.option_types import PATH, SEED, Count, Number

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
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
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
    "-o", "--out", type=PATH, default="saliency.png", show_default=True, help="The figure."
)
@SIZE
@WEIGHTS
@OVERWRITE
def saliency(images, name, methods, check, baseline, out, size, weights, overwrite, **options):
    """Show which pixels of each IMAGE, a file or `sample:NAME`, made the score of a class.

    Writes image, map and overlay. --check adds deletion and insertion curves as OUT-check, prints
    their areas, and prints the rank correlations of the maps with those of a network whose last
    kernels are shuffled: for a method that explains the network they fall towards 0.
    """
    loaded = open_images(images, size)
    check_out = "-check".join(os.path.splitext(out))
    check_figure(out, overwrite)
    if check:
        check_figure(check_out, overwrite)

    from tf_cs231n import attribution, plots
    from tf_cs231n.interruption import stoppable
    from tf_cs231n.plots import saliency as figures
    from tf_cs231n.squeezenet import class_id, describe_prediction

    methods = list(dict.fromkeys(methods)) or ["gradient"]
    methods = list(_METHODS) if "all" in methods else methods
    options["baseline"] = _baseline(baseline)
    functions = [attribution.METHODS[method][0] for method in methods]
    refuse_unused(functions, options, f"--method {' or '.join(methods)} does not use it")
    with squeezenet(weights) as model, stoppable() as stop:
        target = None if name is None else class_id(name, model.class_names)
        X = [as_batch(image) for image in loaded]
        scores = [model.sess.run(model.scores, {model.image: x}) for x in X]
        y = [int(s.argmax()) if target is None else target for s in scores]
        maps = _maps(methods, options, images, X, y, model, stop)
        titles = [describe_prediction(s[0], c, model.class_names) for s, c in zip(scores, y)]
        plots.save_figure(figures.saliency_figure(loaded, maps, titles), out, overwrite)
        click.echo(f"wrote {out}")
        if check:
            curves = _curves(X, y, maps, model, stop)
            _print_check(methods, *curves, _randomized(methods, options, X, y, model, stop))
            plots.save_figure(figures.curves_figure(*curves), check_out, overwrite)
            click.echo(f"wrote {check_out}")


def _maps(methods, options, images, X, y, model, stop):
    """Method: list of maps (H, W), one per image."""
    from tf_cs231n import attribution
    from tf_cs231n.terminal import progress_bar

    maps = {method: [] for method in methods}
    work = [(method, n) for method in methods for n in range(len(X))]
    for method, n in progress_bar(work, leave=False, disable=len(work) < 4):
        stop.check()
        function, to_maps = attribution.METHODS[method]
        result = function(X[n], y[n], model, stop=stop, **given(function, options))
        maps[method].append(to_maps(result)[0])
        if method == "integrated":
            click.echo(
                f"{images[n]}: integrated gradients sum to the score's difference "
                f"{result.score_difference[0]:.3f} with an error of "
                f"{result.completeness_error[0]:+.3f}"
            )
    return maps


def _curves(X, y, maps, model, stop):
    """Deletion and insertion: dicts of method to the curves of all images."""
    from tf_cs231n.faithfulness import deletion_curves, insertion_curves

    return [
        {
            method: _joined(
                [curve(x, c, m[None], model, stop=stop) for x, c, m in zip(X, y, heats)]
            )
            for method, heats in maps.items()
        }
        for curve in (deletion_curves, insertion_curves)
    ]


def _baseline(name):
    from tf_cs231n.saliency import PIXEL_BOUNDS

    return {"mean": 0, "black": PIXEL_BOUNDS[0], "white": PIXEL_BOUNDS[1]}[name]


def _joined(curves):
    """Curves of single images as those of a batch."""
    import numpy as np

    probabilities, areas = (
        np.concatenate([getattr(curve, name) for curve in curves])
        for name in ("probabilities", "areas")
    )
    shortest = min(curves, key=lambda curve: len(curve.fractions))
    return shortest._replace(probabilities=probabilities, areas=areas)


def _randomized(methods, options, X, y, model, stop):
    """Method: dict of kernel to rank correlation, the mean over images."""
    import functools

    import numpy as np

    from tf_cs231n import attribution
    from tf_cs231n.faithfulness import weight_randomization_test
    from tf_cs231n.ops.subgraph import weight_tensors
    from tf_cs231n.terminal import progress_bar

    kernels = len(weight_tensors(model.image, model.scores))
    stages = sorted({1, *(int(round(kernels**share)) for share in (0.25, 0.5, 0.75, 1))})
    correlations = {}
    for method in progress_bar(methods, "randomized weights", leave=False):
        settings = given(attribution.METHODS[method][0], options)
        explain = functools.partial(attribution.attribution_maps, method, **settings)
        seed = options.get("seed") or 0
        results = [
            weight_randomization_test(explain, x, c, model, seed=seed, stages=stages, stop=stop)
            for x, c in zip(X, y)
        ]
        correlations[method] = {
            stage: float(np.mean([result[kernel] for result in results]))
            for stage, kernel in zip(stages, results[0])
        }
    return correlations


def _print_check(methods, deletion, insertion, correlations):
    stages = list(correlations[methods[0]])
    click.echo(
        "\nareas under the curves, and rank correlations after the last k kernels are shuffled"
    )
    heads = "".join(f"{'k = ' + str(stage):>8}" for stage in stages)
    click.echo(f"{'method':<15} {'deletion':>9} {'insertion':>10}  {heads}")
    for method in methods:
        values = "".join(f"{correlations[method][stage]:8.2f}" for stage in stages)
        areas = f"{deletion[method].areas.mean():9.3f} {insertion[method].areas.mean():10.3f}"
        click.echo(f"{method:<15} {areas}  {values}")
