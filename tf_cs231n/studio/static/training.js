// A training that is watched: its losses and the samples that it draws, read as it writes them.

import { el, fill, resultBox, run, slider, state } from "./core.js";
import { shown } from "./live.js";

const EVERY = 2000; // milliseconds from one look to the next
const LINES = { D_loss: ["discriminator", "content"], G_loss: ["generator", "style"] };

// saved(step): told of the newest checkpoint, or null.
export function watch(saved) {
  let folder = null, version = null, timer, steps = [], newest = true;
  const image = el("img", { cls: "pixels", alt: "" });
  const chart = el("svg", { viewBox: "0 0 400 220", role: "img", "aria-label": "Losses" });
  const legend = el("p", { cls: "soft legend" });
  const said = el("p", { cls: "soft", role: "status" });
  const result = resultBox();
  const time = slider("Step", { min: 0, max: 0, step: 1, value: 0, show: (k) => (steps.length ? String(steps[k]) : "–"), input: (k) => {
    newest = k === steps.length - 1;
    run("gan", "gan-grid", "grid", { folder, step: steps[k] }, { grid: (event) => { image.src = event.image; image.alt = `Samples at step ${event.step}`; } }, true);
  } });
  const node = el("div", { cls: "card stack", hidden: true, "data-part": "training" }, el("h3", {}, "Its training"), el("div", { cls: "columns even" },
    el("div", { cls: "stack" }, image, time),
    el("div", { cls: "stack" }, chart, legend, said, el("p", { cls: "soft" }, "While a training runs, what it writes appears here; it is only read."), result)));

  function look() {
    clearTimeout(timer);
    if (!folder) return;
    const asked = folder;
    const idle = !state.connected || document.hidden || (version !== null && !node.offsetParent);
    if (idle) { timer = setTimeout(look, EVERY); return; }
    run("gan", "gan-look", "look", { folder, version }, {
      training: (event) => { if (asked === folder) { version = event.version; show(event); } },
      error: () => {}, // the samples' part says what is wrong
      finally: () => { if (asked === folder) timer = setTimeout(look, EVERY); },
    }, true);
  }

  function show(event) {
    node.hidden = !event.steps.length && !Object.keys(event.losses).length;
    steps = event.steps;
    time.hidden = image.hidden = !steps.length;
    time.input.max = String(Math.max(0, steps.length - 1));
    if (newest && steps.length) {
      image.src = event.image;
      image.alt = `Samples at step ${steps[steps.length - 1]}`;
      time.input.value = time.input.max;
      time.querySelector(".value").textContent = String(steps[steps.length - 1]);
      time.input.setAttribute("aria-valuetext", String(steps[steps.length - 1]));
    }
    draw(event.losses, event.balance);
    const last = Math.max(0, ...steps, ...Object.values(event.losses).map((points) => points[points.length - 1][0]));
    said.textContent = `Step ${last}${event.written ? `, written at ${new Date(1000 * event.written).toLocaleTimeString()}` : ""}. ${event.saved === null ? "No checkpoint yet." : `The newest checkpoint is of step ${event.saved}.`}`;
    saved(event.saved);
    result.show(event.equal, event.download, steps.length ? "samples.png" : null);
  }

  function draw(losses, balance) {
    const lines = Object.entries(losses).filter(([name, points]) => LINES[name] && points.length);
    const values = lines.flatMap(([, points]) => points.map((point) => point[1])).concat(balance === null ? [] : [balance]).filter(Number.isFinite);
    chart.hidden = legend.hidden = !lines.length;
    if (!lines.length) return;
    const low = Math.min(0, ...values), high = Math.max(...values, low + 1e-9);
    const most = Math.max(1, ...lines.map(([, points]) => points[points.length - 1][0]));
    const X = (step) => 46 + 344 * step / most, Y = (v) => 190 - 176 * (v - low) / (high - low);
    const rules = [low, (low + high) / 2, high].map((v) => [el("line", { class: "rule", x1: "46", x2: "390", y1: String(Y(v)), y2: String(Y(v)) }), el("text", { x: "40", y: String(Y(v) + 4), "text-anchor": "end" }, shown(v, 2))]);
    const places = [0, .5, 1].map((part) => el("text", { x: String(X(part * most)), y: "208", "text-anchor": "middle" }, String(Math.round(part * most))));
    fill(chart, rules, places, balance === null ? null : el("line", { class: "balance", x1: "46", x2: "390", y1: String(Y(balance)), y2: String(Y(balance)) }),
      lines.map(([name, points]) => el("polyline", { class: `loss ${LINES[name][1]}`, points: points.map(([step, v]) => `${X(step).toFixed(1)},${Y(v).toFixed(1)}`).join(" ") })));
    const now = lines.map(([name, points]) => [name, points[points.length - 1]]);
    fill(legend, now.map(([name, [, v]]) => el("span", { cls: `key ${LINES[name][1]}` }, `${LINES[name][0]} ${shown(v, 3)}`)),
      balance === null ? null : el("span", {}, `dashed: D cannot tell, ${shown(balance, 3)}`));
    chart.setAttribute("aria-label", `Losses after ${now[0][1][0]} steps: ${now.map(([name, [, v]]) => `${LINES[name][0]} ${shown(v, 3)}`).join(", ")}`);
  }

  const follow = (next) => {
    if (next !== folder) { node.hidden = true; steps = []; newest = true; }
    folder = next; version = null;
    look();
  };
  return { node, follow };
}
