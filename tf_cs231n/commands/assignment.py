"""`tf-cs231n assignment`: a folder of exercises, hints, and a page of what is done."""

import os

import click

from tf_cs231n.commands.groups import Group
from tf_cs231n.commands.option_types import PATH
from tf_cs231n.errors import InputError
from tf_cs231n.terminal import echo


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def assignment():
    """Exercises: write the functions yourself; `tf-cs231n check` says what is wrong."""


@assignment.command()
@click.argument("folder", type=PATH, metavar="FOLDER")
@click.option("--topics", metavar="LIST", help="Such as rnn,lstm; default: all.")
@click.option(
    "--overwrite", is_flag=True, help="Replace files that are there, and what is in them."
)
def new(folder, topics, overwrite):
    """Write skeletons, notebooks and a README into FOLDER."""
    from tf_cs231n.assignment.hinting import begin_record
    from tf_cs231n.assignment.skeletons import write_assignment

    paths = write_assignment(folder, chosen_topics(topics), overwrite)
    begin_record(folder)
    echo(f"wrote {len(paths)} files; {os.path.join(folder, 'README.md')} says what to do first")


@assignment.command("list")
def list_tasks():
    """List the tasks by topic."""
    from tf_cs231n.assignment.tasks import TASKS

    for task in TASKS.values():
        echo(f"{task.topic:14} {task.name}")


@assignment.command()
@click.argument("name", metavar="TASK")
@click.option("--folder", type=PATH, default=".", help="Where the record of hints is kept.")
@click.option("--again", is_flag=True, help="Show the hints that you had before; no new one.")
def hint(name, folder, again):
    """Give the next hint for TASK: where to look, the formula, the line's shape, the solution."""
    from tf_cs231n.assignment.hinting import next_hint
    from tf_cs231n.assignment.tasks import NAMES

    if name not in NAMES:
        raise InputError(f"there is no task {name}; tf-cs231n assignment list shows them")
    given = next_hint(folder, name, again)
    for level, text in given:
        echo(f"{level}:", "", *text.split("\n"), "")
    if not given:
        echo("no hint was asked for yet")


@assignment.command()
@click.argument("folder", type=PATH, default=".")
@click.option("--out", type=PATH, help="The page; default: progress.html in FOLDER.")
def progress(folder, out):
    """Write the page of what is done in FOLDER, from its last checks."""
    from tf_cs231n.assignment.progress import progress_page
    from tf_cs231n.files import write_bytes

    out = out or os.path.join(folder, "progress.html")
    write_bytes(out, progress_page(folder).encode(), overwrite=True)
    echo(f"wrote {out}")


@assignment.command()
@click.argument("kind", type=click.Choice(["gradescope", "nbgrader", "staff"]))
@click.argument("out", type=PATH, metavar="OUT")
@click.option("--topics", metavar="LIST", help="Such as rnn,lstm; default: all.")
@click.option("--points", type=PATH, metavar="FILE", help="What each task is worth, as for grade.")
@click.option("--staff", type=PATH, metavar="FILE", help="Hidden seeds; default: fresh ones.")
@click.option("--overwrite", is_flag=True, help="Replace what is there.")
def export(kind, out, topics, points, staff, overwrite):
    """Write what a class needs into OUT.

    gradescope: the autograder zip. nbgrader: a folder with the instructor's notebooks. staff: a
    file of hidden seeds, for `tf-cs231n grade --staff` and for the autograder.
    """
    from tf_cs231n.assignment import exporting
    from tf_cs231n.assignment.grading import Points

    chosen = chosen_topics(topics)
    table = Points.load(points) if points else None
    if kind == "gradescope":
        exporting.write_gradescope(out, chosen, table, staff, overwrite)
    elif kind == "nbgrader":
        exporting.write_nbgrader(out, chosen, table, overwrite)
    else:
        exporting.write_staff(out, overwrite=overwrite)
    echo(f"wrote {out}")


def chosen_topics(topics):
    """The topics of an option, all where it is missing."""
    from tf_cs231n.assignment.tasks import TOPIC_MODULES

    chosen = topics.split(",") if topics else list(TOPIC_MODULES)
    for topic in chosen:
        if topic not in TOPIC_MODULES:
            raise InputError(f"--topics: got {topic}, expected some of {','.join(TOPIC_MODULES)}")
    return chosen
