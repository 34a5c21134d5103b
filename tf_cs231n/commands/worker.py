"""`tf-cs231n worker`: compute for a training that another machine leads."""

import click

from tf_cs231n.commands.library_defaults import library_command
from tf_cs231n.commands.option_types import Count
from tf_cs231n.terminal import echo


@library_command()
@click.option(
    "--port",
    type=Count(0, 65535),
    help="Where it listens; 0: a free port.  [default: TF_CONFIG's, else 2222]",
)
def worker(port):
    """Compute for `caption train` or `gan train --workers HOST:PORT,...` of another machine.

    It needs no data and keeps nothing. It ends when a training that it computed for is done, and
    waits for the same command where one broke off. Both machines need the same TensorFlow.

    Whoever reaches its port can run code here: close it to all but the chief (docs/scale.md).
    """
    from tf_cs231n.training.cluster import cluster_of_environment
    from tf_cs231n.training.servers import serve

    if port is None:
        found = cluster_of_environment("worker")
        port = int(found[2].rpartition(":")[2]) if found else 2222

    def started(port):
        echo(
            f"worker: listening on every interface, port {port}, without a password; whoever"
            " reaches it can run code here: let only the chief through (docs/scale.md)"
        )

    serve(port, started)
    echo("worker: the training is done")
