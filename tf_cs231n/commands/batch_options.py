"""The options of commands that take many inputs, and who does the work: this process or others."""

import functools
import re

import click

from tf_cs231n.commands import shares
from tf_cs231n.commands.batches import Batch
from tf_cs231n.commands.option_types import PATH, Count, refuse_given
from tf_cs231n.commands.results import results_options
from tf_cs231n.ops.cores import limit

FORMATS = ("png", "svg", "npy", "npz")
FOLDER = ("out_dir", "format", "resume", "jobs", "scheduler", "threads")  # `folder_options`


def batch_options(*columns, alone=()):
    """Give a command IMAGE... and the options of many; its function gets a `Batch` as ``batch``.

    Args:
      *columns: of its rows of results, some of `results.COLUMNS`.
      alone: names of options that need one process.
    """
    options = (
        click.argument("images", nargs=-1, required=True, metavar="IMAGE...", type=PATH),
        *folder_options(),
        results_options("input", "output", *columns),
    )

    def decorate(function):
        @functools.wraps(function)
        def command(*args, images, results, **arguments):
            folder = {name: arguments.pop(name) for name in FOLDER}
            batch = open_batch(images, results=results, alone=alone, **folder)
            if not batch.shared():
                function(*args, batch=batch, **arguments)

        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def jobs_options(function):
    """Give a command --jobs and --scheduler, as for `jobs.share`, and --threads."""
    jobs = click.option(
        "--jobs", type=Count(), default=1, show_default=True, help="How many processes."
    )
    scheduler = click.option(
        "--scheduler",
        callback=_address,
        metavar="ADDRESS",
        help="Or: of a Dask cluster that does it, such as tcp://one:8786.",
    )
    threads = click.option(
        "--threads", type=Count(), help="Of each process.  [default: the cores it may use]"
    )
    return jobs(scheduler(threads(function)))


def _address(context, option, address):
    if address is not None and not re.fullmatch(r"(\w+://)?[^/]+:\d+", address):
        raise click.BadParameter(f"got {address}, expected an address such as tcp://one:8786")
    return address


def folder_options():
    """The options of a folder with a file for each input: what `open_batch` takes of them."""
    return (
        click.option("--out-dir", type=PATH, metavar="DIR", help="Write a file for each IMAGE."),
        click.option(
            "--format", type=click.Choice(FORMATS), default=FORMATS[0], show_default=True,
            help="Of the files in DIR.",
        ),
        click.option("--resume", is_flag=True, help="Skip what DIR has from these settings."),
        jobs_options,
    )  # fmt: skip


def open_batch(names, out_dir, format, resume, jobs, scheduler, threads, **arguments):
    """A `Batch`, or in a worker process the `shares.Share` of one.

    Args:
      names, out_dir, format, resume, **arguments: as for `Batch`.
      jobs, scheduler: as for `jobs.share`.
      threads: of TensorFlow in each process; None: as many as it may use cores.
    """
    limit(threads)
    arguments.update(names=names, out_dir=out_dir, format=format, resume=resume)
    worker = click.get_current_context().find_object(shares.CommandWorker)
    if worker is not None:
        return shares.Share(worker, **arguments)
    if out_dir is None:
        refuse_given({"jobs", "scheduler", "threads"}, "is for --out-dir; name a folder there")
    if jobs == 1 and scheduler is None:
        return Batch(**arguments)
    return shares.SharedBatch(jobs, scheduler, **arguments)
