"""What the training commands share: on which devices and machines they compute."""

import click

from tf_cs231n.commands.option_types import Number
from tf_cs231n.terminal import echo

CLUSTER = "tf_cs231n.training.cluster:Cluster"  # whose defaults the options have


class _Names(click.ParamType):
    """Names with commas between, a tuple."""

    name = "names"

    def convert(self, value, param, ctx):
        return value if isinstance(value, tuple) else tuple(filter(None, value.split(",")))


def device_options(command):
    """--devices, --workers, --chief and --step-timeout."""
    for option in (
        click.option("--step-timeout", type=Number(above=0),
                     help="Seconds that a step may take, or a worker to come, with --workers."),
        click.option("--chief", metavar="HOST:PORT",
                     help="Where workers reach this machine.  [default: found, with a free port]"),
        click.option("--workers", type=_Names(), metavar="HOST:PORT,...",
                     help="Where `tf-cs231n worker` runs.  [default: TF_CONFIG's, else none]"),
        click.option("--devices", type=_Names(), metavar="gpu:0,...",
                     help="Devices of this machine that share each step."),
    ):  # fmt: skip
        command = option(command)
    return command


def open_devices(devices, workers, chief, step_timeout):
    """``devices=`` of a training: this machine's, or a cluster once all its workers are there."""
    from tf_cs231n.commands.option_types import refuse_given
    from tf_cs231n.training.cluster import Cluster, cluster_of_environment
    from tf_cs231n.training.towers import Towers

    if not workers:
        found = cluster_of_environment()
        if not found:
            refuse_given({"chief", "step_timeout"}, "it is for --workers")
            return None if devices is None else Towers(devices)
        chief, workers, _ = found
    timeout = {} if step_timeout is None else {"step_timeout": step_timeout}
    cluster = Cluster(workers, devices or (), chief, **timeout)
    echo(cluster.connect(), err=True)
    return cluster
