"""The progress page: one HTML file without links to anywhere."""

import base64
import glob
import html
import os

from tf_cs231n.assignment.checking import RIGHT
from tf_cs231n.assignment.hinting import LEVELS, read_record
from tf_cs231n.assignment.tasks import TASKS

_IMAGES = (".png", ".gif", ".jpg")
_COLORS = {"right": "#2a7d2a", "wrong": "#b32424", "raised": "#b36b00", "not attempted": "#999999"}


def progress_page(folder):
    """The page of a folder: tasks done, last complaints, hints used, images made."""
    record = read_record(folder)
    known = [task for task in TASKS.values() if task.name in record["checks"]]
    done = sum(record["checks"][task.name]["outcome"] == RIGHT for task in known)
    topics = dict.fromkeys(task.topic for task in known)
    body = "".join(
        _topic(topic, [task for task in known if task.topic == topic], record) for topic in topics
    )
    if not known:
        body = "<p>Nothing was checked yet: <code>tf-cs231n check .</code></p>"
    share = 100 * done // max(1, len(known))
    return (
        "<!doctype html><meta charset='utf-8'><title>Progress</title>"
        "<body style='font-family:sans-serif;max-width:60em;margin:2em auto'><h1>Progress</h1>"
        f"<p>{done} of {len(known)} functions are right.</p>"
        "<div style='background:#eee;height:12px'>"
        f"<div style='background:#2a7d2a;height:12px;width:{share}%'></div></div>"
        f"{body}{_images(folder)}</body>\n"
    )


def _topic(topic, tasks, record):
    rows = "".join(_row(task, record) for task in tasks)
    return (
        f"<h2>{html.escape(topic)}</h2><table style='border-collapse:collapse;width:100%'>"
        "<tr style='text-align:left'><th>function</th><th>outcome</th><th>what the last check said"
        f"</th><th>hints</th></tr>{rows}</table>"
    )


def _row(task, record):
    check = record["checks"][task.name]
    level = record["hints"].get(task.name, 0)
    used = LEVELS[min(level, len(LEVELS)) - 1] if level else ""
    cells = [
        f"<code>{html.escape(task.name)}</code>",
        f"<span style='color:{_COLORS.get(check['outcome'], '#000')}'>{check['outcome']}</span>",
        html.escape(str(check["message"])),
        html.escape(used),
    ]
    style = "padding:4px 8px 4px 0;vertical-align:top;border-top:1px solid #ddd"
    return "<tr>" + "".join(f"<td style='{style}'>{cell}</td>" for cell in cells) + "</tr>"


def _images(folder):
    """The images in the folder, inside the page itself."""
    paths = sorted(
        path
        for path in glob.glob(os.path.join(folder, "**", "*"), recursive=True)
        if path.lower().endswith(_IMAGES) and os.path.getsize(path) < 2**22
    )[:24]
    figures = []
    for path in paths:
        with open(path, "rb") as file:
            data = base64.b64encode(file.read()).decode()
        kind = os.path.splitext(path)[1][1:].replace("jpg", "jpeg").lower()
        name = html.escape(os.path.relpath(path, folder))
        figures.append(
            f"<figure style='display:inline-block;margin:0.5em'><img alt='{name}' width='240' "
            f"src='data:image/{kind};base64,{data}'><figcaption>{name}</figcaption></figure>"
        )
    return "<h2>Images your code made</h2>" + "".join(figures) if figures else ""
