"""`tf-cs231n caption prepare|train|sample|evaluate`: images into sentences."""

import click

from tf_cs231n.commands.caption_data import CAPTIONER, format_scores, open_data, warn_if_alike
from tf_cs231n.commands.caption_evaluate import evaluate
from tf_cs231n.commands.caption_numpy import train_in_numpy
from tf_cs231n.commands.caption_prepare import prepare
from tf_cs231n.commands.caption_sample import sample
from tf_cs231n.commands.devices import CLUSTER, device_options, open_devices
from tf_cs231n.commands.groups import Group
from tf_cs231n.commands.library_defaults import given, library_command
from tf_cs231n.commands.option_types import AXIS, PATH, SEED, Count, Number
from tf_cs231n.terminal import echo

_HELP = {"help_option_names": ["-h", "--help"]}
_data = click.option(
    "--data",
    type=PATH,
    metavar="FOLDER",
    help="Data in the course's layout: from `caption prepare`, or COCO's."
    "  [default: the built-in images of shapes]",
)


@click.group(cls=Group, context_settings=_HELP)
def caption():
    """Train a captioner, caption images, score captions.

    Without --data everything runs on built-in images of shapes, made at first use.
    """


@library_command("tf_cs231n.captioning.train:train", CLUSTER)
@CAPTIONER
@_data
@click.option("--steps", type=Count(), help="Total, including earlier runs.")
@click.option("--cell", "cell_type", type=click.Choice(["lstm", "rnn"]), help="Recurrent cell.")
@click.option("--wordvec-dim", type=AXIS, help="Size of a word vector.")
@click.option("--hidden-dim", type=AXIS, help="Size of the hidden state.")
@click.option("--batch-size", type=AXIS, help="Captions per step.")
@click.option("--learning-rate", type=Number(above=0), help="Adam's learning rate.")
@click.option("--lr-decay", type=Number(above=0), help="Factor on it every --decay-steps.")
@click.option("--decay-steps", type=Count(), help="Steps in which it decays by that factor.")
@click.option("--clip-norm", type=Number(above=0), help="Maximum norm of the gradients.")
@click.option("--validate-every", type=Count(), help="Steps between validations.")
@click.option("--num-val", type=Count(), help="Validation images.")
@click.option(
    "--patience", type=Count(), help="Validations without a better CIDEr before it stops."
)
@click.option("--save-seconds", type=Number(0), help="Seconds between checkpoints.")
@click.option(
    "--histogram-steps",
    type=Count(),
    help="Steps between TensorBoard's histograms of the weights.  [default: none]",
)
@click.option("--seed", type=SEED, help="Seed of the weights and the order of captions.")
@device_options
@click.option("--numpy", "in_numpy", is_flag=True, help="Train the NumPy captioner by its solver.")
@click.option("--with", "layers", type=PATH, metavar="FILE", help="Your layers, with --numpy.")
def train(folder, data, in_numpy, layers, **options):
    """Train a captioner, or resume a training; Ctrl-C saves and stops.

    The captioner with the best validation CIDEr is FOLDER/captioner.npz; losses.png and TensorBoard
    (`tensorboard --logdir FOLDER`) show how the training went.
    """
    if in_numpy or layers:
        train_in_numpy(folder, data, layers, in_numpy, options)
        return
    import inspect
    import os

    from tf_cs231n.captioning import train as library
    from tf_cs231n.plots import save_figure
    from tf_cs231n.plots.captioning import validation_curves
    from tf_cs231n.terminal import progress_bar
    from tf_cs231n.training.loop import passing_errors

    cluster = {name: options.pop(name) for name in ("workers", "chief", "step_timeout")}
    options["devices"] = open_devices(options["devices"], **cluster)
    options = given(library.train, options)
    data_folder, data = open_data(data)
    total = options.get("steps") or inspect.signature(library.train).parameters["steps"].default
    progress = None
    data_folder = os.path.abspath(data_folder)  # evaluate finds it from wherever it runs
    steps = library.train(folder, data, data_folder=data_folder, preview=_preview, **options)
    with progress_bar(total=total, unit="step") as bar, passing_errors(steps):
        for progress in steps:
            if not bar.n:
                bar.initial = bar.n = progress.step - 1
                bar.set_description("resumed" if progress.step > 1 else "training")
            bar.update()
            bar.set_postfix(
                loss=f"{progress.values['loss']:.3f}", CIDEr=f"{progress.best:.2f}", refresh=False
            )
            if progress.scores:
                bar.write(f"step {progress.step}: {format_scores(progress.scores)}")
                warn_if_alike(*progress.commonest, bar.write)
    history = library.read_history(folder)
    if history:
        save_figure(validation_curves(history), os.path.join(folder, "losses.png"))
    if progress is None:
        echo(
            f"{folder}: nothing to do, it has its {total} steps or stopped early; "
            "a greater --steps or --patience continues"
        )
        return
    end = "" if progress.step >= total else ", stopped early since CIDEr no longer grew"
    echo(f"{folder}: {progress.step} steps, best validation CIDEr {progress.best:.2f}{end}")


def _preview(name, caption):
    """A validation image with its caption below, or None where there is no such file."""
    from tf_cs231n.captioning.features import load_square
    from tf_cs231n.captioning.shapes import open_image
    from tf_cs231n.errors import InputError
    from tf_cs231n.plots.saliency import strip

    try:
        return strip([load_square(open_image(name), 128)], caption)
    except InputError:  # COCO's images are addresses in the internet
        return None


caption.add_command(prepare)
caption.add_command(train)
caption.add_command(sample)
caption.add_command(evaluate)
