"""`tf-cs231n demo`: every task on built-in data, gathered in one page."""

import click

from tf_cs231n.commands.option_types import PATH
from tf_cs231n.terminal import echo


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--out", type=PATH, default="outputs", show_default=True, help="The folder for the page."
)
@click.option("--only", multiple=True, metavar="SUBJECT", help="Only this subject; repeatable.")
def demo(out, only):
    """Run every task on built-in data and write OUT/index.html, one self-contained page."""
    import importlib
    import os
    import sys
    import time

    from tf_cs231n import checks
    from tf_cs231n.demo import SUBJECTS
    from tf_cs231n.demo.page import Section, write_page
    from tf_cs231n.files import check_output

    for name in only:
        checks.one_of(SUBJECTS, **{"--only": name})
    subjects = only or SUBJECTS
    page = check_output(os.path.join(out, "index.html"), overwrite=True)
    start = time.time()
    sections = []
    try:
        for number, name in enumerate(subjects, start=1):
            module = importlib.import_module(f"tf_cs231n.demo.{name}")
            echo(f"[{number}/{len(subjects)}] {module.TITLE}", err=True)
            entries = []
            sections.append(Section(module.TITLE, module.TEXT, entries))
            for entry in module.entries(out):
                entries.append(entry)
    finally:  # Ctrl-C keeps the sections that there are
        if any(section.entries for section in sections):
            write_page(page, sections, out)
    sys.stderr.flush()
    images = sum(len(section.entries) for section in sections)
    echo(f"{images} images in {time.time() - start:.0f} s: open {page}")
