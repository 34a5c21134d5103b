"""`tf-cs231n grade SUBMISSIONS`: grade a class."""

import json
import os

import click

from tf_cs231n.commands.option_types import PATH, SEED, Count
from tf_cs231n.terminal import echo


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("submissions", type=PATH, metavar="SUBMISSIONS")
@click.option("--csv", "csv_path", type=PATH, required=True, help="Grades, a line a submission.")
@click.option(
    "--feedback", type=PATH, required=True, metavar="DIR", help="A page for each submission."
)
@click.option(
    "--points",
    type=PATH,
    metavar="FILE",
    help="What each task is worth; where FILE is missing it is written, for you to edit.",
)
@click.option("--topics", metavar="LIST", help="Such as rnn,lstm; default: what anybody has begun.")
@click.option("--staff", type=PATH, metavar="FILE", help="Hidden seeds: `assignment export staff`.")
@click.option("--seed", type=SEED, help="Of the hidden inputs, where there is no staff file.")
@click.option("--full", is_flag=True, help="Run the visualization tasks on SqueezeNet, too.")
@click.option("--jobs", type=Count(1), default=2, show_default=True, help="Submissions at a time.")
def grade(submissions, csv_path, feedback, points, topics, staff, seed, full, jobs):
    """Check every folder, zip, notebook or .py file in SUBMISSIONS.

    The same command goes on after Ctrl-C; with another table of points it only adds up again.
    Grade in a container: see docs/grading.md.
    """
    from tf_cs231n.assignment import grading
    from tf_cs231n.files import check_output
    from tf_cs231n.terminal import progress_bar

    check_output(csv_path, overwrite=True)
    table = grading.Points.load(points) if points and os.path.exists(points) else None
    names = list(table.rows) if table else _names(topics)
    seeds = _seeds(staff, seed)
    with progress_bar(unit="submission") as bar:

        def done(graded, number, total):
            bar.total = total
            bar.update()

        graded, names, others = grading.grade(
            submissions, feedback, names, seeds, full, jobs, done=done
        )
    table = table or grading.Points.one_each(names)
    _write(graded, names, others, table, csv_path, feedback, points)


def _names(topics):
    from tf_cs231n.assignment.tasks import TASKS
    from tf_cs231n.commands.assignment import chosen_topics

    if topics is None:
        return None
    chosen = chosen_topics(topics)
    return [name for name, task in TASKS.items() if task.topic in chosen]


def _seeds(staff, seed):
    from tf_cs231n.assignment.exporting import read_staff

    if staff is not None:
        return read_staff(staff)
    return None if seed is None else [seed]


def _write(graded, names, others, table, csv_path, feedback, points):
    from tf_cs231n.assignment import grading
    from tf_cs231n.files import write_bytes

    text = grading.grades_table(graded, names, table)
    write_bytes(csv_path, text.encode(), overwrite=True)
    if points and not os.path.exists(points):
        write_bytes(points, table.text().encode())
        echo(f"{points}: what each task is worth; edit it and run the same command again")
    mistakes = grading.count_mistakes(graded)
    equal = grading.equal_functions(graded)
    summary = {
        "mistakes": [{"task": t, "mistake": m, "submissions": n} for t, m, n in mistakes],
        "equal functions": [{"task": t, "submissions": who} for t, who in equal],
        "not submissions": others,
    }
    path = os.path.join(feedback, "class.json")
    write_bytes(path, (json.dumps(summary, indent=1) + "\n").encode(), overwrite=True)
    for one in graded:
        for note in one.notes:
            echo(f"{one.name}: {note}")
    if others:
        echo(f"not submissions, passed over: {', '.join(others)}")
    for task, mistake, number in mistakes[:10]:
        echo(f"{number:4} x {task}: {grading.says(task, mistake)}")
    for task, who in equal[:10]:
        more = f" and {len(who) - 6} more" if len(who) > 6 else ""
        echo(f"equal after renaming: {task} of {', '.join(who[:6])}{more}")
    echo(f"{csv_path}: {len(graded)} submissions; a page each, and class.json, in {feedback}")
