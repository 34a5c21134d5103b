// A likelihood: samples, a parameter that is dragged, and where the log-likelihood has its maximum.

import { choice, el, fill, resultBox, slider } from "./core.js";
import { clamp, draggable, live, shown } from "./live.js";

const FAMILIES = {
  bernoulli: { title: "Tosses of a coin", parameters: { p: { label: "p, the probability of heads", min: 0, max: 1, step: .005, value: .4 } } },
  gaussian: { title: "Measurements, Gaussian", parameters: { mean: { label: "Mean", min: -3, max: 4, step: .05, value: -.5 }, std: { label: "Standard deviation", min: .3, max: 4, step: .05, value: 1 } } },
};
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 392, 10, 150]; // of a curve in its drawing, 400 by 180

export function likelihood() {
  let family = "bernoulli", seed = 0, told = null, sliders = {};
  const at = { p: .4, mean: -.5, std: 1 };
  const controls = el("div", { cls: "fields" });
  const samples = el("svg", { viewBox: "0 0 400 60", role: "img", class: "samples-line" });
  const counted = el("p", { cls: "soft" });
  const value = el("p", { cls: "figure", role: "status", "data-name": "likelihood" });
  const best = el("p", { cls: "soft" });
  const charts = el("div", { cls: "stack" });
  const result = resultBox();
  const kinds = choice("Samples", Object.entries(FAMILIES).map(([name, each]) => [name, each.title]), family, (name) => { family = name; told = null; build(); ask(); });
  const number = slider("How many", { min: 5, max: 100, step: 5, value: 20, input: () => ask() });
  const again = el("button", { type: "button", cls: "small", on: { click: () => { seed += 1; ask(); } } }, "Draw new samples");
  const climb = el("button", { type: "button", cls: "small", on: { click: () => { if (told) put(told.best); } } }, "Go to the maximum");

  const question = live("theory", "theory-likelihood", "likelihood", {
    likelihood: (event) => { if (event.curves[0].name in FAMILIES[family].parameters) { told = event; result.show(event.equal, event.download); draw(); } },
  });
  const ask = () => question({ family, seed, number: Number(number.input.value), ...Object.fromEntries(Object.keys(FAMILIES[family].parameters).map((name) => [name, at[name]])) });

  function put(values) {
    for (const [name, to] of Object.entries(values)) {
      const { min, max } = FAMILIES[family].parameters[name];
      at[name] = clamp(Number(to.toPrecision(4)), min, max);
      sliders[name].input.value = String(at[name]);
      sliders[name].querySelector(".value").textContent = shown(at[name]);
      sliders[name].input.setAttribute("aria-valuetext", shown(at[name]));
    }
    ask();
  }

  function build() {
    sliders = {};
    for (const [name, each] of Object.entries(FAMILIES[family].parameters)) {
      sliders[name] = slider(each.label, { ...each, value: at[name], show: (v) => shown(v), input: (v) => { at[name] = v; ask(); } });
    }
    fill(controls, Object.values(sliders));
    fill(charts, Object.keys(sliders).map((name) => {
      const chart = el("svg", { viewBox: "0 0 400 180", role: "img", class: "curve", "data-curve": name });
      draggable(chart, (left) => {
        const { min, max, step } = FAMILIES[family].parameters[name];
        put({ [name]: clamp(Math.round((min + (max - min) * (400 * left - LEFT) / (RIGHT - LEFT)) / step) * step, min, max) });
      });
      return chart;
    }));
  }

  function draw() {
    fill(value, "log L = ", shown(told.now, 5), el("small", {}, ` at ${Object.keys(sliders).map((name) => `${name} = ${shown(at[name])}`).join(", ")}`));
    const maximum = Object.entries(told.best).map(([name, v]) => `${name} = ${shown(v)}`).join(", ");
    best.textContent = `The maximum is ${shown(told.highest, 5)}, at ${maximum}: ${family === "bernoulli" ? "the share of heads" : "the samples' mean and deviation"}.`;
    drawSamples();
    for (const curve of told.curves) drawCurve(charts.querySelector(`[data-curve="${curve.name}"]`), curve);
  }

  function drawSamples() {
    const x = told.samples, ones = x.reduce((a, b) => a + b, 0);
    if (family === "bernoulli") {
      const step = Math.min(18, 392 / x.length), r = Math.min(7, .42 * step);
      fill(samples, x.map((v, n) => el("circle", { cx: String(8 + step * n), cy: "30", r: r.toFixed(2), class: v ? "one" : "zero" })));
      counted.textContent = `${ones} heads (filled) in ${x.length} tosses.`;
    } else {
      const place = (v) => LEFT + (RIGHT - LEFT) * (v + 3) / 7;
      fill(samples, el("line", { class: "axis", x1: String(LEFT), x2: String(RIGHT), y1: "34", y2: "34" }),
        x.map((v) => el("circle", { cx: place(v).toFixed(1), cy: "34", r: "5", class: "one faint" })),
        [-3, -2, -1, 0, 1, 2, 3, 4].map((v) => el("text", { x: place(v).toFixed(1), y: "56", "text-anchor": "middle" }, shown(v))));
      counted.textContent = `${x.length} measurements, on the scale of the mean.`;
    }
    samples.setAttribute("aria-label", counted.textContent);
  }

  // The axis goes from the maximum down as far as the curve does, but no farther than is of interest.
  function drawCurve(chart, curve) {
    const finite = curve.values.filter((v) => typeof v === "number"), high = Math.max(...finite, Number(told.highest));
    const low = Math.max(Math.min(...finite), high - 3 * told.samples.length), { min, max, label } = FAMILIES[family].parameters[curve.name];
    const X = (v) => LEFT + (RIGHT - LEFT) * (v - min) / (max - min), Y = (v) => TOP + (BOTTOM - TOP) * (high - Math.max(low, Number(v))) / (high - low || 1);
    const points = curve.at.map((v, n) => [v, curve.values[n]]).filter(([, v]) => typeof v === "number").map(([v, l]) => `${X(v).toFixed(1)},${Y(l).toFixed(1)}`);
    const top = curve.values.indexOf(Math.max(...finite));
    fill(chart, [high, (high + low) / 2, low].map((v) => [el("line", { class: "rule", x1: String(LEFT), x2: String(RIGHT), y1: String(Y(v)), y2: String(Y(v)) }), el("text", { x: String(LEFT - 5), y: String(Y(v) + 4), "text-anchor": "end" }, shown(v, 3))]),
      [min, (min + max) / 2, max].map((v) => el("text", { x: String(X(v)), y: "166", "text-anchor": "middle" }, shown(v))),
      el("text", { x: String((LEFT + RIGHT) / 2), y: "179", "text-anchor": "middle" }, label),
      el("line", { class: "best", x1: String(X(curve.best)), x2: String(X(curve.best)), y1: String(TOP), y2: String(BOTTOM) }),
      el("polyline", { class: "loss content", points: points.join(" ") }),
      told.now === "-inf" ? null : el("circle", { class: "handle", cx: String(X(curve.now)), cy: String(Y(told.now)), r: "7" }));
    chart.setAttribute("aria-label", `Log-likelihood over ${label}: highest near ${shown(curve.at[top])}`);
  }

  build();
  const node = el("div", { cls: "card stack", "data-part": "likelihood" }, el("h3", {}, "Maximum likelihood"), el("div", { cls: "columns even" },
    el("div", { cls: "stack" }, el("div", { cls: "fields" }, kinds, number), el("div", { cls: "row" }, again, climb), samples, counted, controls, value, best, result),
    el("div", { cls: "stack" }, charts, el("p", { cls: "soft" }, "The log-likelihood over a parameter; drag in it, or move the slider. The dashed line is where it is highest of all."))));
  return { node, ask };
}
