"""`tf-cs231n check FILE`: say which functions are right, and name what is wrong."""

import contextlib
import os

import click

from tf_cs231n.commands.option_types import PATH, SEED, Count
from tf_cs231n.terminal import echo


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("path", type=PATH, metavar="FILE|NOTEBOOK|FOLDER")
@click.option("--task", "names", multiple=True, metavar="NAME", help="Only this one; repeatable.")
@click.option(
    "--json", "json_path", type=PATH, help="Write the outcomes as JSON; - for standard output."
)
@click.option("--html", "html_path", type=PATH, help="Write a page that marks the wrong cells.")
@click.option("--watch", is_flag=True, help="Check again each time a file changes.")
@click.option(
    "--full", is_flag=True, help="Run the visualization tasks on SqueezeNet, not on a tiny network."
)
@click.option("--seed", type=SEED, help="Of the random inputs; default: fresh ones each time.")
@click.option(
    "--jobs", type=Count(1), default=2, show_default=True, help="Child processes at a time."
)
def check(path, names, json_path, html_path, watch, full, seed, jobs):
    """Check the functions of the assignment in a file, a notebook, or all files of a folder.

    Each is run in a child process on random inputs and compared with the reference. An outcome is
    "not attempted", "raised", "wrong" or "right"; a mistake that is known is named.
    """
    from tf_cs231n.assignment.checking import check_sources, wanted_tasks
    from tf_cs231n.assignment.source import read

    tasks = _task_names(names)

    def once():
        quiet = json_path == "-"
        refused = []
        sources = read(path, refused)
        for line in refused:
            echo(f"passed over: {line}", err=True)
        show = None if quiet else _in_order([t.name for t in wanted_tasks(sources, tasks)])
        report = check_sources(sources, tasks, seed, full, jobs, done=show)
        _hand_over(report, path, json_path, html_path)

    once()
    if watch:
        _watch(path, once)


def _task_names(names):
    from tf_cs231n.assignment.tasks import NAMES
    from tf_cs231n.errors import InputError

    for name in names:
        if name not in NAMES:
            raise InputError(
                f"--task: there is no task {name}; tf-cs231n assignment list shows them"
            )
    return list(names) or None


def _in_order(names):
    """A function that prints rows, each as soon as all before it are printed."""
    from tf_cs231n.assignment.reports import line

    waiting, known = list(names), {}

    def show(row):
        known[row.task.name] = row
        while waiting and waiting[0] in known:
            echo(*line(known[waiting.pop(0)]).split("\n"))

    return show


def _hand_over(report, path, json_path, html_path):
    from tf_cs231n.assignment import reports
    from tf_cs231n.assignment.hinting import note_report
    from tf_cs231n.files import write_bytes

    if json_path == "-":
        echo(*reports.as_json(report).split("\n"))
    else:
        echo(reports.summary(report))
        if json_path:
            write_bytes(json_path, reports.as_json(report).encode(), overwrite=True)
    note_report(path if os.path.isdir(path) else os.path.dirname(path) or ".", report)
    if html_path:
        write_bytes(html_path, reports.as_html(report, f"Check of {path}").encode(), overwrite=True)


def _watch(path, once):
    """Check again whenever something below the path is newer, until Ctrl-C."""
    import time

    from tf_cs231n.errors import InputError
    from tf_cs231n.interruption import stoppable

    with stoppable() as stop:
        before = _changed_last(path)
        while not stop:
            time.sleep(0.3)
            now = _changed_last(path)
            if now != before:
                before = now
                echo("")
                try:
                    once()
                except InputError as error:  # half-saved, or Python 2 for now
                    echo(str(error))


def _changed_last(path):
    files = [path]
    if os.path.isdir(path):
        files = [
            os.path.join(d, f)
            for d, _, names in os.walk(path)
            for f in names
            if f.endswith((".py", ".ipynb"))
        ]
    times = []
    for file in files:
        with contextlib.suppress(OSError):  # being saved
            times.append((file, os.stat(file).st_mtime_ns))
    return times
