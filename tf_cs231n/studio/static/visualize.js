// Class visualization: a class by typing, and what the network looks for in it, growing from noise.

import { classInput, el, fill, onState, percent, progressLine, resultBox, run, say, slider } from "./core.js";

export const TITLE = "Class visualization";

export function open(panel) {
  let target = null, ready = false, recognizable = {}, job = 0;
  const of = {};

  const goal = classInput("Class", (name) => { target = name; start(); });
  const go = el("button", { type: "button", cls: "main", on: { click: () => { target = goal.input.value.trim(); start(); } } }, "Draw it");
  const easy = el("input", { type: "checkbox", checked: true });
  const settings = el("div", { cls: "fields" });
  const line = progressLine();
  const drawing = el("img", { alt: "The drawing so far" });
  const chart = el("svg", { viewBox: "0 0 400 220", role: "img", "aria-label": "The score so far" });
  const said = el("p", { cls: "verdict", role: "status" });
  const now = el("p", { cls: "soft" });
  const result = resultBox();
  const output = el("div", { cls: "columns even", hidden: true },
    el("div", { cls: "card stack" }, el("h3", {}, "The drawing"), el("div", { cls: "layers small-stage" }, drawing), now),
    el("div", { cls: "card stack" }, el("h3", {}, "The score of the class"), chart, said, result));
  panel.append(el("div", { cls: "intro" }, el("h2", {}, "What does it look for in a class?"),
    el("p", {}, "Type a class: an image grows from noise until it shows what raises the score of that class. Stop when it is good.")),
  el("div", { cls: "card stack" }, goal, settings,
    el("label", { cls: "row check" }, easy, el("span", {}, "Draw what a person recognizes best (decorrelated colors; off: as in the course)")), el("div", { cls: "row" }, go), line), output);

  onState((state) => {
    if (state.ready && !ready) run("visualize", "visualize-describe", "describe", {}, { defaults: (event) => { recognizable = event.recognizable; controls(event.defaults); } });
    ready = state.ready;
  });

  function controls(defaults) {
    Object.assign(of, { seed: 0, num_iterations: defaults.num_iterations, l2_reg: defaults.l2_reg, max_jitter: defaults.max_jitter });
    fill(settings,
      slider("Steps at most", { min: 10, max: 500, step: 10, value: of.num_iterations, input: (v) => { of.num_iterations = v; } }),
      slider("Regularizer", { min: -2, max: 2, step: .1, value: 0, show: (v) => `${Number((defaults.l2_reg * 10 ** v).toPrecision(2))}`, input: (v) => { of.l2_reg = Number((defaults.l2_reg * 10 ** v).toPrecision(2)); } }),
      slider("Shift of each step", { min: 0, max: 32, step: 1, value: of.max_jitter, show: (v) => `up to ${v} pixels`, input: (v) => { of.max_jitter = v; } }),
      slider("Seed of the noise", { min: 0, max: 20, step: 1, value: 0, input: (v) => { of.seed = v; } }));
  }

  function start() {
    if (!target) { say("Type a class first."); goal.input.focus(); return; }
    const mine = ++job;
    said.textContent = "";
    line.begin(run("visualize", "visualize", "draw", { target, ...of, ...(easy.checked ? recognizable : {}) }, {
      waiting: line.waiting,
      preview: (event) => {
        show(event, event.total);
        result.clear();
        now.textContent = `Step ${event.step}: ${told(event.of)}`;
        line.at(event.step / event.total, `Step ${event.step} of at most ${event.total}`);
      },
      result: (event) => {
        show(event, event.steps);
        now.textContent = `${event.of.name}, ${event.steps} ${event.steps === 1 ? "step" : "steps"}: ${told(event.of)}`;
        const rank = event.rank === 1 ? `The network takes the drawing for ${event.of.name}` : `${event.of.name} is number ${event.rank} among the classes that the network sees in it`;
        said.textContent = `${event.stopped ? `Stopped after ${event.steps} steps; this is what was drawn. ` : ""}${rank} (${percent(event.of.probability)}).`;
        result.show(event.equal, event.download, "class.png");
      },
      error: (event) => say(event.text),
      finally: () => { if (mine === job) line.end(); },
    }), "Making noise…");
  }

  const told = (each) => `score ${each.score.toPrecision(3)}, ${percent(each.probability)}`;

  function show(event, most) {
    output.hidden = false;
    drawing.src = event.image;
    drawing.alt = `What the network looks for in ${event.of.name}`;
    draw(event.curve, most);
  }

  // The score of the class over steps.
  function draw(curve, most) {
    const scores = curve.map((row) => row[1]);
    const low = Math.min(0, ...scores), high = Math.max(1, ...scores);
    const X = (step) => 46 + 338 * step / Math.max(1, most), Y = (v) => 190 - 176 * (v - low) / (high - low);
    const rules = [low, (low + high) / 2, high].map((v) => [
      el("line", { x1: "46", x2: "384", y1: String(Y(v)), y2: String(Y(v)), class: "rule" }),
      el("text", { x: "40", y: String(Y(v) + 4), "text-anchor": "end" }, String(Number(v.toPrecision(2))))]);
    const steps = [0, .5, 1].map((part) => el("text", { x: String(X(part * most)), y: "210", "text-anchor": "middle" }, String(Math.round(part * most))));
    fill(chart, rules, steps, el("polyline", { class: "loss content", points: curve.map((row) => `${X(row[0]).toFixed(1)},${Y(row[1]).toFixed(1)}`).join(" ") }));
    chart.setAttribute("aria-label", `The score after ${curve.length} steps: ${scores[scores.length - 1].toPrecision(3)}`);
  }
}
