"""Hints, one at a time, and a record of what was asked for and what the checks said.

The record is one JSON file beside the learner's work, ``.tf-cs231n-progress.json``.
"""

import json
import os
import time

from tf_cs231n.assignment.mistakes import text_of
from tf_cs231n.assignment.tasks import NAMES, hints
from tf_cs231n.files import write_bytes

RECORD = ".tf-cs231n-progress.json"
LEVELS = ["where to look", "the formula", "the shape of the line", "the solution"]


def read_record(folder):
    """The record of a folder: {"hints": {task: level}, "checks": {task: {...}}, "images": ...}."""
    try:
        with open(os.path.join(folder, RECORD), encoding="utf-8") as file:
            record = json.load(file)
    except (OSError, ValueError):
        record = {}
    known = record if isinstance(record, dict) else {}
    return {part: dict(known.get(part, {})) for part in ("hints", "checks", "images")}


def _write_record(folder, record):
    text = json.dumps(record, indent=1) + "\n"
    write_bytes(os.path.join(folder, RECORD), text.encode(), overwrite=True)


def next_hint(folder, name, again=False):
    """The next hint of a task, which the folder's record notes.

    Args:
      folder: the learner's.
      name: of a task.
      again: show those that were asked for before once more, and no new one.

    Returns:
      Pairs (level in words, text), one, or with ``again`` several.
    """
    task = NAMES[name]
    record = read_record(folder)
    level = record["hints"].get(task.name, 0)
    texts = list(hints(task)) + [text_of(task.name, task.module)]
    if again:
        return list(zip(LEVELS, texts))[:level]
    level = min(level + 1, len(LEVELS))
    record["hints"][task.name] = level
    _write_record(folder, record)
    return [(LEVELS[level - 1], texts[level - 1])]


def note_report(folder, report):
    """Note a check's outcomes, where the folder is one that keeps a record."""
    if not os.path.exists(os.path.join(folder, RECORD)):
        return
    record = read_record(folder)
    for row in report.rows:
        record["checks"][row.task.name] = {
            "outcome": row.outcome,
            "mistake": row.mistake.name if row.mistake else None,
            "message": row.message,
            "when": time.strftime("%Y-%m-%d %H:%M"),
        }
    _write_record(folder, record)


def note_images(folder, paths, command, functions):
    """Note images that the learner's own functions made, where the folder keeps a record."""
    if not os.path.exists(os.path.join(folder, RECORD)):
        return
    record = read_record(folder)
    for path in paths:
        name = os.path.relpath(path, folder).replace(os.sep, "/")
        record["images"].pop(name, None)  # the newest stand last
        record["images"][name] = {
            "command": command,
            "functions": list(functions),
            "when": time.strftime("%Y-%m-%d %H:%M"),
        }
    _write_record(folder, record)


def begin_record(folder):
    """Begin a folder's record, if it has none."""
    if not os.path.exists(os.path.join(folder, RECORD)):
        _write_record(folder, {"hints": {}, "checks": {}, "images": {}})
