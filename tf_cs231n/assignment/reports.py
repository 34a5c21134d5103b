"""Show a report: as text, as JSON, or as tables with the wrong cells marked."""

import html
import json

import numpy as np

from tf_cs231n.assignment.checking import NOT_ATTEMPTED, RAISED, RIGHT, WRONG

SIGNS = {RIGHT: "right", WRONG: "WRONG", RAISED: "RAISED", NOT_ATTEMPTED: "-"}
# Colors that can be read on white and on a notebook's dark background.
_COLORS = {RIGHT: "#3c9a3c", WRONG: "#dc4a4a", RAISED: "#c87f0a", NOT_ATTEMPTED: "#8a8a8a"}
_MOST_ROWS, _MOST_COLUMNS = 12, 16
_MOST_LINES, _MOST_NUMBERS = 3, 6  # on the terminal


def as_dict(report):
    """``{"seed": ..., "tasks": [{"task", "outcome", "mistake", "message"}]}``."""
    return {
        "seed": report.seed,
        "tasks": [
            {
                "task": row.task.name,
                "outcome": row.outcome,
                "mistake": row.mistake.name if row.mistake else None,
                "message": row.message,
            }
            for row in report.rows
        ],
    }


def as_json(report):
    return json.dumps(as_dict(report), indent=1)


def line(row):
    """A row as text: one line, and the learner's own lines where the code raised."""
    name = f" [{row.mistake.name}]" if row.mistake else ""
    text = f"{row.task.name:26} {SIGNS[row.outcome]:7}{name} {row.message}".rstrip()
    if row.error and len(row.error["lines"]) > 1:  # the last is in the message
        text += "".join(f"\n    {place}" for place in row.error["lines"])
    if row.also:
        text += f"\n    (the same numbers as {', '.join(m.name for m in row.also)})"
    if row.finding is not None and row.finding.wrong is not None:
        text += cells_text(row.finding)
    return text


def cells_text(finding):
    """The first wrong cells of the smallest failing case, with what is around them.

    A wrong number has a mark, and what was expected below it.
    """
    yours, expected, wrong, at = _flat(finding)
    if wrong.size == 1:
        return ""
    top, left = (max(0, i - 1) for i in np.argwhere(wrong)[0])
    window = np.s_[top : top + _MOST_LINES, left : left + _MOST_NUMBERS]
    columns = f"columns {left} to {left + wrong[window].shape[1] - 1}"
    text = f"\n    {finding.output}{at}, {columns}; ! is wrong, below it what was expected"
    several = len(wrong) > 1
    for r, cells in enumerate(zip(yours[window], expected[window], wrong[window]), top):
        marked = "".join(f"{a:11.4g}{'!' if bad else ' '}" for a, _, bad in zip(*cells))
        below = "".join(f"{b:11.4g} " if bad else " " * 12 for _, b, bad in zip(*cells))
        text += f"\n    {f'row {r}' if several else '':8}{marked}".rstrip()
        text += f"\n    {'':8}{below}".rstrip() if cells[2].any() else ""
    return text


def summary(report):
    """The last line: how many are right, and how to see the same inputs again."""
    right = sum(row.outcome == RIGHT for row in report.rows)
    return f"{right} of {len(report.rows)} right (seed {report.seed}; --seed repeats its inputs)"


def as_html(report, title="Check"):
    """A page of its own, without links to anywhere."""
    return (
        f"<!doctype html><meta charset='utf-8'><title>{html.escape(title)}</title>"
        "<meta name='viewport' content='width=device-width'>"
        "<style>:root{color-scheme:light dark}"
        "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}</style>"
        f"<h1>{html.escape(title)}</h1>{fragment(report)}\n"
    )


def fragment(report):
    """The report as HTML, to be put into a page or shown by a notebook."""
    rows = "".join(_row(row) for row in report.rows)
    return f"<div>{rows}<p style='color:#8a8a8a'>{html.escape(summary(report))}</p></div>"


def _row(row):
    color = _COLORS[row.outcome]
    name = f" <code>{html.escape(row.mistake.name)}</code>" if row.mistake else ""
    text = (
        f"<p style='border-left:4px solid {color};padding-left:0.6em'>"
        f"<b>{html.escape(row.task.name)}</b> "
        f"<span style='color:{color}'>{row.outcome}</span>{name}<br>{html.escape(row.message)}</p>"
    )
    if row.error and len(row.error["lines"]) > 1:
        lines = "\n".join(row.error["lines"])
        text += f"<pre>{html.escape(lines)}</pre>"
    if row.finding is not None and row.finding.wrong is not None:
        text += cells(row.finding)
    return text


def cells(finding):
    """The smallest failing case: the output with the wrong cells marked, yours above expected."""
    yours, expected, wrong, at = _flat(finding)
    body = []
    for r in range(min(len(wrong), _MOST_ROWS)):
        body.append("<tr>" + "".join(
            f"<td style='padding:2px 6px;text-align:right;color:#111;background:"
            f"{'#f6c1c1' if bad else '#e4f2e4'}'>{a:.4g}"
            + (f"<br><span style='color:#555'>{b:.4g}</span>" if bad else "") + "</td>"
            for a, b, bad in list(zip(yours[r], expected[r], wrong[r]))[:_MOST_COLUMNS]
        ) + "</tr>")  # fmt: skip
    more = " (part of it)" if wrong.shape[0] > _MOST_ROWS or wrong.shape[1] > _MOST_COLUMNS else ""
    caption = (
        f"{finding.output}{at}{more}: yours; in red what is wrong, with what was expected below"
    )
    return (
        f"<div style='overflow-x:auto'><table style='border-collapse:collapse;font-size:13px;"
        "font-variant-numeric:tabular-nums'><caption style='text-align:left;white-space:nowrap'>"
        f"{html.escape(caption)}</caption>{''.join(body)}</table></div>"
    )


def _flat(finding):
    """The output as a matrix: of more axes the slice that has the first wrong cell."""
    yours, expected, wrong = (
        np.atleast_1d(a) for a in (finding.yours, finding.expected, finding.wrong)
    )
    at = ""
    if wrong.ndim > 2:
        first = np.argwhere(wrong)[0][: wrong.ndim - 2]
        at = "[" + ", ".join(map(str, first)) + "]"
        yours, expected, wrong = (a[tuple(first)] for a in (yours, expected, wrong))
    return (*(np.atleast_2d(a) for a in (yours, expected, wrong)), at)


class Shown:
    """A report that prints as text, and that a notebook shows as HTML."""

    def __init__(self, report):
        self.report, self.rows, self.seed = report, report.rows, report.seed

    def __repr__(self):
        return "\n".join([line(row) for row in self.rows] + [summary(self.report)])

    def _repr_html_(self):
        return fragment(self.report)
