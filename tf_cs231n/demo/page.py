"""The gallery: one HTML file with its images inside, so that it can be mailed or moved."""

import base64
import collections
import html
import os
import platform

from tf_cs231n.compat import tf
from tf_cs231n.files import whole_file

# title, text: str; entries: list of `tf_cs231n.demo.Entry`.
Section = collections.namedtuple("Section", "title text entries")

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>tf_cs231n: what it makes</title>
<style>
:root {{ --ink: #1c2128; --soft: #5d6673; --line: #dde1e6; --card: #fff; --page: #f6f7f9; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --ink: #e3e6ea; --soft: #98a1ad; --line: #343b44; --card: #f4f5f7; --page: #181b20; }}
}}
* {{ box-sizing: border-box; }}
body {{ margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }}
header, section, footer {{ max-width: 68rem; margin: 0 auto; padding: 1.5rem 1.25rem; }}
h1 {{ font-size: 1.7rem; margin: .5rem 0 .25rem; }}
h2 {{ font-size: 1.25rem; margin: 1rem 0 .25rem; }}
p {{ max-width: 44rem; margin: .25rem 0 1rem; }}
nav a {{ margin-right: 1rem; color: inherit; }}
.grid {{ display: flex; flex-wrap: wrap; gap: 1.25rem; align-items: flex-start; }}
figure {{ margin: 0; border: 1px solid var(--line); border-radius: 6px; overflow: hidden;
  max-width: 100%; background: var(--page); }}
figure img {{ display: block; max-width: 100%; height: auto; background: #fff; }}
figcaption {{ padding: .6rem .8rem; contain: inline-size; }}
small {{ display: block; color: var(--soft); }}
code {{ display: block; font-size: .8rem; color: var(--soft); white-space: pre-wrap;
  overflow-wrap: anywhere; margin-top: .25rem; }}
footer {{ color: var(--soft); font-size: .85rem; }}
</style>
<header>
<h1>tf_cs231n: what it makes</h1>
<p>Every image on this page was computed on this machine, from data and weights that come with
the installed packages. Below each: what it shows, its settings, how long it took, and the command
that makes it again.</p>
<nav>{nav}</nav>
</header>
{sections}
<footer>TensorFlow {tensorflow}, Python {python}, {machine}, {cores} cores.</footer>
</html>
"""


def write_page(path, sections, folder):
    """Write the page; images are read from ``folder`` and put into it."""
    nav = "".join(
        f'<a href="#s{number}">{html.escape(section.title)}</a>'
        for number, section in enumerate(sections)
    )
    content = _PAGE.format(
        nav=nav,
        sections="\n".join(_section(n, section, folder) for n, section in enumerate(sections)),
        tensorflow=tf.__version__,
        python=platform.python_version(),
        machine=html.escape(f"{platform.system()} {platform.machine()}"),
        cores=os.cpu_count(),
    )
    with whole_file(path, overwrite=True) as whole, open(whole, "w", encoding="utf-8") as file:
        file.write(content)


def _section(number, section, folder):
    figures = "\n".join(_figure(entry, folder) for entry in section.entries)
    return (
        f'<section id="s{number}"><h2>{html.escape(section.title)}</h2>\n'
        f"<p>{html.escape(section.text)}</p>\n"
        f'<div class="grid">\n{figures}\n</div></section>'
    )


def _figure(entry, folder):
    with open(os.path.join(folder, entry.image), "rb") as file:
        data = base64.b64encode(file.read()).decode("ascii")
    kind = os.path.splitext(entry.image)[1].lstrip(".").lower()
    facts = " · ".join(part for part in (entry.settings, f"{entry.seconds:.1f} s") if part)
    return (
        f'<figure><img src="data:image/{kind};base64,{data}" alt="{html.escape(entry.caption)}">'
        f"<figcaption>{html.escape(entry.caption)}<small>{html.escape(facts)}</small>"
        f"<code>{html.escape(entry.command)}</code></figcaption></figure>"
    )
