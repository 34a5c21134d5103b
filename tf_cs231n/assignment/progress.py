"""The progress page: one HTML file without links to anywhere."""

import base64
import glob
import html
import os

from tf_cs231n.assignment.checking import NOT_ATTEMPTED, RAISED, RIGHT, WRONG
from tf_cs231n.assignment.hinting import LEVELS, read_record
from tf_cs231n.assignment.skeletons import TITLES
from tf_cs231n.assignment.tasks import TASKS

_IMAGES = (".png", ".gif", ".jpg")
_MOST_BYTES, _MOST_IMAGES = 2**22, 24
_OUTCOMES = [RIGHT, WRONG, RAISED, NOT_ATTEMPTED]
_SHORT = {outcome: outcome.replace(" ", "-") for outcome in _OUTCOMES}  # as a class of CSS

_STYLE = """
:root { color-scheme: light dark; --page: #fff; --text: #1f2328; --soft: #656d76; --line: #d8dee4;
  --card: #f6f8fa; --right: #1a7f37; --wrong: #cf222e; --raised: #9a6700; --not-attempted: #8c959f }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --text: #e6edf3; --soft: #8d96a0;
  --line: #30363d; --card: #161b22; --right: #3fb950; --wrong: #f85149; --raised: #d29922;
  --not-attempted: #6e7681 } }
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; background: var(--page); color: var(--text);
  max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem }
h1 { margin: 0 } h2 { font-size: 1.2rem; margin: 2.2rem 0 .5rem }
h2 small { font-weight: normal; color: var(--soft); margin-left: .5em }
p { margin: .3rem 0 } .soft { color: var(--soft) }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere }
.bar { display: flex; height: 14px; border-radius: 7px; overflow: hidden; background: var(--line);
  margin: .7rem 0 .4rem }
.legend span { margin-right: 1.2em; white-space: nowrap }
.legend i { display: inline-block; width: .7em; height: .7em; border-radius: 50%;
  margin-right: .4em }
ul { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line) }
li { display: grid; grid-template-columns: 15rem 7.5rem 1fr; gap: .2rem 1rem; padding: .55rem 0;
  border-bottom: 1px solid var(--line); align-items: baseline }
li.idle { grid-template-columns: 15rem 1fr } .idle .note code { background: none; border: 0;
  padding: 0 }
.badge { font-size: .85rem; font-weight: 600; white-space: nowrap }
.badge::before { content: "● " }
.note { overflow-wrap: anywhere; font-size: .93rem }
.note code { background: var(--card); border: 1px solid var(--line); border-radius: 4px;
  padding: 0 .3em }
.hints { color: var(--soft); font-size: .85rem }
.images { display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); gap: 1rem;
  align-items: start }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: .6rem }
figure img { width: 100%; display: block; border-radius: 4px; background: #fff }
figcaption { font-size: .85rem; margin-top: .4rem; overflow-wrap: anywhere }
@media (max-width: 44rem) { li, li.idle { grid-template-columns: 1fr auto }
  .note { grid-column: 1 / -1 } }
"""
_RULES = "".join(
    f".{short} {{ color: var(--{short}) }}\n"
    f".bar .{short}, .legend .{short} i {{ background: var(--{short}) }}\n"
    for short in _SHORT.values()
)


def progress_page(folder):
    """The page of a folder: tasks done, last complaints, hints used, images made."""
    record = read_record(folder)
    known = [task for task in TASKS.values() if task.name in record["checks"]]
    topics = dict.fromkeys(task.topic for task in known)
    body = "".join(
        _topic(topic, [task for task in known if task.topic == topic], record) for topic in topics
    )
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Progress</title>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<style>{_STYLE}{_RULES}</style><h1>Progress</h1>{_summary(known, record)}{body}"
        f"{_images(folder, record)}\n"
    )


def _summary(known, record):
    """How many are right, as words and as a bar, and what is next."""
    if not known:
        return "<p>Nothing was checked yet: <code>tf-cs231n check .</code></p>"
    outcomes = [record["checks"][task.name]["outcome"] for task in known]
    counts = {outcome: outcomes.count(outcome) for outcome in _OUTCOMES}
    bar = "".join(
        f"<div class='{_SHORT[o]}' style='width:{100 * n / len(known):.2f}%'></div>"
        for o, n in counts.items() if o != NOT_ATTEMPTED
    )  # fmt: skip
    legend = "".join(
        f"<span class='{_SHORT[o]}'><i></i>{n} {o}</span>" for o, n in counts.items() if n
    )
    left = [task.name for task, outcome in zip(known, outcomes) if outcome != RIGHT]
    hints = sum(record["hints"].values())
    asked = f"{hints} hint{'s' * (hints != 1)} asked for. " if hints else ""
    then = f"Next: <code>{html.escape(left[0])}</code>" if left else "All done."
    return (
        f"<p>{counts[RIGHT]} of {len(known)} functions are right. {asked}{then}</p>"
        f"<div class='bar'>{bar}</div><p class='legend'>{legend}</p>"
    )


def _topic(topic, tasks, record):
    outcomes = {task: record["checks"][task.name]["outcome"] for task in tasks}
    right = list(outcomes.values()).count(RIGHT)
    idle = [t for t in tasks if outcomes[t] == NOT_ATTEMPTED and t.name not in record["hints"]]
    rows = "".join(_row(task, record) for task in tasks if task not in idle)
    if idle:
        names = ", ".join(f"<code>{html.escape(task.name)}</code>" for task in idle)
        rows += (
            f"<li class='idle'><span class='badge {_SHORT[NOT_ATTEMPTED]}'>{NOT_ATTEMPTED}</span>"
            f"<div class='note'>{names}</div></li>"
        )
    title = f"{html.escape(TITLES[topic])}<small>{right} of {len(tasks)}</small>"
    return f"<h2>{title}</h2><ul>{rows}</ul>"


def _row(task, record):
    check = record["checks"][task.name]
    outcome = check["outcome"] if check["outcome"] in _OUTCOMES else NOT_ATTEMPTED
    mistake = f"<code>{html.escape(check['mistake'])}</code> " if check.get("mistake") else ""
    said = "" if outcome == NOT_ATTEMPTED else mistake + html.escape(str(check["message"]))
    level = min(record["hints"].get(task.name, 0), len(LEVELS))
    used = f"<div class='hints'>hints: {', '.join(LEVELS[:level])}</div>" if level else ""
    return (
        f"<li><code>{html.escape(task.name)}</code>"
        f"<span class='badge {_SHORT[outcome]}'>{outcome}</span>"
        f"<div class='note'>{said}{used}</div></li>"
    )


# --- Images ---


def _images(folder, record):
    """The images that the learner's functions made, inside the page itself, then all others."""
    made = [name for name in record["images"] if os.path.isfile(os.path.join(folder, name))][::-1]
    others = sorted(
        os.path.relpath(path, folder).replace(os.sep, "/")
        for path in glob.glob(os.path.join(folder, "**", "*"), recursive=True)
        if path.lower().endswith(_IMAGES) and "/samples/" not in path.replace(os.sep, "/")
    )
    others = [name for name in others if name not in record["images"]]
    page = ""
    if made:
        page += (
            "<h2>Images your code made</h2><p class='soft'>A falling loss or a good image proves "
            "nothing: wrong functions make them, too. Only the check compares numbers.</p>"
            + _figures(folder, made, record)
        )
    if others:
        page += "<h2>Other images in this folder</h2>" + _figures(folder, others, record)
    return page


def _figures(folder, names, record):
    shown = "".join(_figure(folder, name, record) for name in names[:_MOST_IMAGES])
    return f"<div class='images'>{shown}</div>"


def _figure(folder, name, record):
    path = os.path.join(folder, name)
    caption = f"<code>{html.escape(name)}</code>"
    if name in record["images"]:
        by = record["images"][name]
        functions = ", ".join(f"<code>{html.escape(f)}</code>" for f in by["functions"])
        caption += (
            f"<br>{html.escape(by['command'])} with your {functions}"
            f"<br><span class='soft'>{html.escape(by['when'])}</span>"
        )
    if not name.lower().endswith(_IMAGES) or os.path.getsize(path) > _MOST_BYTES:
        return f"<figure><figcaption>{caption}<br>(not shown)</figcaption></figure>"
    with open(path, "rb") as file:
        data = base64.b64encode(file.read()).decode()
    kind = os.path.splitext(path)[1][1:].replace("jpg", "jpeg").lower()
    return (
        f"<figure><img alt='{html.escape(name)}' src='data:image/{kind};base64,{data}'>"
        f"<figcaption>{caption}</figcaption></figure>"
    )
