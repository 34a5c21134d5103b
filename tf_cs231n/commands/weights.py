"""`tf-cs231n weights`: inspect SqueezeNet's weights, or convert their format."""

import click

from tf_cs231n.commands.groups import Group
from tf_cs231n.commands.option_types import PATH
from tf_cs231n.commands.results import results_options
from tf_cs231n.terminal import echo


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def weights():
    """Inspect SqueezeNet's weights (`info`), or convert their format (`convert`)."""


@weights.command()
@click.argument("file", type=PATH, required=False)
@results_options("input", "metric", "value")
def info(file, results):
    """Print what FILE holds; without FILE, the default weights, which are made if missing."""
    from tf_cs231n.squeezenet.weights import weights_info

    facts = weights_info(file)
    with results:
        for key, value in facts.items():
            echo(f"{key:20} {value}")
            results.add(input=facts["path"], metric=key, value=value)


@weights.command()
@click.argument("src", type=PATH)
@click.argument("dst", type=PATH)
@click.option("--overwrite", is_flag=True, help="Replace DST if it exists.")
def convert(src, dst, overwrite):
    """Read SRC and write the same weights as DST.

    SRC: a course checkpoint of 2017-18 or 2019, a torchvision squeezenet1_1 state dict (.pth),
    .npz, .safetensors, or `default`. DST: .npz, .safetensors, or a TensorFlow checkpoint.
    """
    from tf_cs231n.squeezenet.formats import read_weights, write_weights
    from tf_cs231n.squeezenet.weights import default_checkpoint

    write_weights(dst, read_weights(default_checkpoint() if src == "default" else src), overwrite)
    echo(f"wrote {dst}")
