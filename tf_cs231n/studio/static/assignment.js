// Assignment: a row for each function; saving a file checks it again, and its row changes.

import { el, fill, onState, resultBox, run, say, state } from "./core.js";

export const TITLE = "Assignment";

const EVERY = 700; // milliseconds from one look at the folder to the next

export function open(panel) {
  let version = -1, looking = false, rows = new Map(), levels = [], checking = new Set(), shownHints = new Map();

  const share = el("div", { cls: "share", role: "img" }, el("i"));
  const count = el("p", { "aria-live": "polite" });
  const problem = el("p", { cls: "note", hidden: true });
  const body = el("div", { cls: "stack" });
  const result = resultBox();
  const summary = el("div", { cls: "card stack", hidden: true }, count, share, problem, result);
  const beginning = el("div", { cls: "card stack", hidden: true });
  panel.append(el("div", { cls: "intro" }, el("h2", {}, "Write the functions yourself"),
    el("p", {}, "Edit a file in your own editor and save it: it is checked at once, and its rows change here.")),
  beginning, summary, body);

  setInterval(look, EVERY);
  onState(() => { if (!state.connected) looking = false; });
  look();

  function look() {
    if (looking || document.hidden || panel.hidden || !state.connected) return;
    looking = true;
    run("assignment", "assignment-look", "look", { version }, {
      checking: (event) => { checking = new Set(event.tasks); draw(); },
      row: (event) => {
        checking.delete(event.row.task);
        const before = rows.get(event.row.task);
        rows.set(event.row.task, { hints: 0, ...before, ...event.row, fresh: true });
        draw();
      },
      rows: (event) => {
        const before = rows;
        rows = new Map(event.rows.map((row) => [row.task, { ...row, fresh: before.has(row.task) && before.get(row.task).fresh }]));
        ({ version, levels } = event);
        checking.clear();
        problem.hidden = !event.problem;
        problem.textContent = event.problem || "";
        result.show(event.equal, event.download, event.download && "progress.html");
        begin(event);
        draw();
        for (const row of rows.values()) row.fresh = false;
      },
      error: (event) => { problem.hidden = false; problem.textContent = event.text; },
      finally: () => { looking = false; },
    }, true);
  }

  function begin(event) {
    const none = !event.rows.length;
    beginning.hidden = !none;
    summary.hidden = none && !event.problem;
    if (!none || beginning.children.length) return;
    const boxes = event.topics.map((topic) => el("label", { cls: "row" }, el("input", { type: "checkbox", checked: true, value: topic }), topic));
    const write = el("button", { type: "button", cls: "main" }, "Write the exercises");
    write.addEventListener("click", () => {
      const topics = boxes.map((box) => box.firstChild).filter((box) => box.checked).map((box) => box.value);
      if (!topics.length) { say("Choose at least one topic."); return; }
      run("assignment", "assignment-new", "new", { topics }, { written: (news) => say(`Wrote ${news.files.length} files; README.md says what to do first.`), error: (news) => say(news.text) });
    });
    fill(beginning, el("h3", {}, "No exercises here yet"), el("p", { cls: "soft" }, `They are written into ${event.folder}: a file of functions without their bodies and a notebook for each topic. Another folder: tf-cs231n studio --assignment FOLDER.`),
      el("div", { cls: "row" }, boxes), write);
  }

  function draw() {
    const all = [...rows.values()], right = all.filter((row) => row.outcome === "right").length;
    count.textContent = `${right} of ${all.length} functions ${right === 1 ? "is" : "are"} right.${checking.size ? ` Checking ${checking.size}…` : ""}`;
    share.firstChild.style.setProperty("--share", `${100 * right / Math.max(1, all.length)}%`);
    share.setAttribute("aria-label", count.textContent);
    const topics = [...new Set(all.map((row) => row.topic))];
    fill(body, topics.map((topic) => {
      const own = all.filter((row) => row.topic === topic);
      return el("section", { cls: "card stack" }, el("h3", {}, topic.toUpperCase() === topic || topic.length < 5 ? topic.toUpperCase() : topic[0].toUpperCase() + topic.slice(1), el("small", {}, ` ${own.filter((row) => row.outcome === "right").length} of ${own.length}`)),
        el("ul", { cls: "tasks" }, own.map(taskRow)));
    }));
  }

  function taskRow(row) {
    const outcome = checking.has(row.task) ? "checking" : row.outcome;
    const more = shownHints.get(row.task);
    const done = row.hints >= levels.length;
    const button = el("button", { type: "button", cls: "small", "aria-label": `Hint for ${row.task}`, on: { click: () => ask(row.task, done && !more) } }, row.hints ? `Hint (${row.hints} of ${levels.length})` : "Hint");
    return el("li", { cls: row.fresh ? "fresh" : "", "data-task": row.task },
      el("code", {}, row.task), el("span", { cls: `outcome ${outcome}` }, outcome),
      el("div", { cls: "said" }, row.mistake ? el("code", {}, `${row.mistake}: `) : null, row.outcome === "right" || row.outcome === "not attempted" ? "" : row.message,
        row.lines.length ? el("pre", {}, row.lines.join("\n")) : null, row.cells ? cells(row.cells) : null),
      row.outcome === "right" ? el("span") : button,
      more ? el("div", { cls: "hint" }, more.map((each) => [el("small", {}, each.level), el("pre", {}, each.text)])) : null);
  }

  function cells(found) {
    return el("table", { cls: "cells" }, el("caption", {}, `${found.name}: yours; what is wrong is outlined, with what was expected below`),
      el("tbody", {}, found.rows.map((row) => el("tr", {}, row.map(([yours, expected]) => el("td", { cls: expected === null ? "" : "wrong" }, yours, expected === null ? null : el("small", {}, expected)))))));
  }

  function ask(task, again) {
    run("assignment", "assignment-hint", "hint", { task, again }, {
      hint: (event) => {
        shownHints.set(task, again ? event.hints : [...(shownHints.get(task) || []), ...event.hints].filter((each, n, list) => list.findIndex((other) => other.level === each.level) === n));
        if (!again) rows.get(task).hints = Math.min(levels.length, rows.get(task).hints + 1);
        draw();
      },
      error: (event) => say(event.text),
    });
  }
}
