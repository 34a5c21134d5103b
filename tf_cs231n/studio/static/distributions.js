// Two distributions over a few outcomes, dragged as bars, and their entropies and divergences.

import { choice, el, fill, resultBox, slider } from "./core.js";
import { clamp, draggable, fixed, live } from "./live.js";

const WHOLE = 1000; // probabilities are counts of thousandths, so that they sum to 1 exactly
const FIRST = { p: [500, 250, 150, 100], q: [200, 300, 300, 200] };
const NAMES = "ABCDEFGHIJKL";

// Counts in proportion to weights that sum to `whole`; what rounding leaves goes to the largest rests.
function shared(weights, whole) {
  const total = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((w) => (total ? whole * w / total : whole / weights.length));
  const counts = exact.map(Math.floor);
  const order = exact.map((v, i) => [v - counts[i], i]).sort((a, b) => b[0] - a[0]);
  for (let left = whole - counts.reduce((a, b) => a + b, 0), k = 0; left > 0; left--, k++) counts[order[k][1]]++;
  return counts;
}

export function distributions() {
  const counts = { p: FIRST.p.slice(), q: FIRST.q.slice() };
  let unit = "nats", from = null, told = null;
  const bars = el("div", { cls: "distribution", role: "group", "aria-label": "Two distributions, p and q; arrow keys change a bar" });
  const table = el("div", { cls: "stack", role: "status", "data-name": "information" });
  const identity = el("div", { cls: "stack" });
  const result = resultBox();
  const size = slider("Outcomes", { min: 2, max: 8, step: 1, value: 4, input: (K) => { for (const name of "pq") resize(name, K); build(); ask(); } });
  const units = choice("Unit", [["nats", "nats (base e)"], ["bits", "bits (base 2)"]], "nats", (name) => { unit = name; ask(); });
  const set = (name, values) => { counts[name] = values; draw(); ask(); };
  const tools = el("div", { cls: "row" },
    el("button", { type: "button", cls: "small", on: { click: () => set("q", counts.p.slice()) } }, "q = p"),
    el("button", { type: "button", cls: "small", on: { click: () => set("q", shared(counts.q.map(() => 1), WHOLE)) } }, "q uniform"),
    el("button", { type: "button", cls: "small", on: { click: () => { [counts.p, counts.q] = [counts.q, counts.p]; draw(); ask(); } } }, "Exchange p and q"));

  const question = live("theory", "theory-information", "information", {
    information: (event) => { told = event; result.show(event.equal, event.download); write(); },
  });
  const ask = () => question({ p: counts.p.map((c) => c / WHOLE), q: counts.q.map((c) => c / WHOLE), unit });

  function resize(name, K) {
    const kept = counts[name].slice(0, K);
    while (kept.length < K) kept.push(Math.round(WHOLE / K));
    counts[name] = shared(kept, WHOLE);
  }

  // The bar takes what it is given; the others share what is left as they did when the drag began.
  function change(name, k, share, base = counts[name]) {
    const count = clamp(Math.round(share * WHOLE), 0, WHOLE);
    const others = shared(base.filter((_, i) => i !== k), WHOLE - count);
    counts[name] = [...others.slice(0, k), count, ...others.slice(k)];
    draw(); ask();
  }

  function build() {
    fill(bars, counts.p.map((_, k) => el("div", { cls: "outcome-bars" }, ["p", "q"].map((name) => {
      const bar = el("div", { cls: `track ${name}`, role: "slider", tabindex: "0", "data-bar": `${name}${k}`, "aria-label": `${name} of ${NAMES[k]}`, "aria-orientation": "vertical", "aria-valuemin": "0", "aria-valuemax": "100" }, el("i"), el("span"));
      draggable(bar, (_, top) => change(name, k, Math.round(100 * (1 - top)) / 100, from), () => { from = counts[name].slice(); });
      bar.addEventListener("keydown", (event) => {
        const now = counts[name][k] / WHOLE;
        const to = { ArrowUp: now + .01, ArrowRight: now + .01, ArrowDown: now - .01, ArrowLeft: now - .01, PageUp: now + .1, PageDown: now - .1, Home: 0, End: 1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        change(name, k, to);
      });
      return bar;
    }), el("b", { "aria-hidden": "true" }, NAMES[k]))));
    draw();
  }

  function draw() {
    for (const bar of bars.querySelectorAll(".track")) {
      const name = bar.dataset.bar[0], share = counts[name][Number(bar.dataset.bar.slice(1))] / WHOLE;
      bar.style.setProperty("--share", `${100 * share}%`);
      bar.setAttribute("aria-valuenow", String(Number((100 * share).toFixed(1))));
      bar.setAttribute("aria-valuetext", `${(100 * share).toFixed(1)}%`);
      bar.lastChild.textContent = share.toFixed(2).replace(/^0/, "");
    }
  }

  function write() {
    const v = told.values;
    const row = (name, text, note) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, text), el("td", {}, el("small", {}, note)));
    fill(table, el("table", { cls: "numbers" }, el("tbody", {},
      row("H(p)", fixed(v.entropy_p), "entropy of p"),
      row("H(q)", fixed(v.entropy_q), "entropy of q"),
      row("H(p, q)", fixed(v.cross_entropy), "cross-entropy: p coded by q"),
      row("H(q, p)", fixed(v.cross_entropy_back), "q coded by p"),
      row("KL(p ‖ q)", fixed(v.kl), v.kl === "inf" ? "p has what q says is impossible" : "what q's code costs more"),
      row("KL(q ‖ p)", fixed(v.kl_back), v.kl_back === "inf" ? "q has what p says is impossible" : "not the same the other way"),
      row("JS(p, q)", fixed(v.js), "symmetric, always finite"))));
    const finite = v.kl !== "inf", whole = finite ? v.cross_entropy : 1;
    const share = (part) => `${(100 * (finite && whole > 0 ? part / whole : 0)).toFixed(2)}%`;
    fill(identity, el("h3", {}, "H(p, q) = H(p) + KL(p ‖ q)"),
      el("div", { cls: "identity", role: "img", "aria-label": `H(p, q) ${fixed(v.cross_entropy)} is H(p) ${fixed(v.entropy_p)} and KL ${fixed(v.kl)}` },
        el("i", { cls: "entropy", vars: { "--share": share(v.entropy_p) } }), el("i", { cls: "divergence", vars: { "--share": finite ? share(v.kl) : "100%" } })),
      el("p", { cls: "soft legend" }, el("span", { cls: "key entropy" }, `H(p) ${fixed(v.entropy_p)}`), el("span", { cls: "key divergence" }, `KL(p ‖ q) ${fixed(v.kl)}`), el("span", {}, `together ${fixed(v.cross_entropy)} ${told.unit}`)));
  }

  build();
  const node = el("div", { cls: "card stack", "data-part": "information" }, el("h3", {}, "Two distributions"), el("div", { cls: "columns even" },
    el("div", { cls: "stack" }, bars, el("p", { cls: "soft legend" }, el("span", { cls: "key entropy" }, "p"), el("span", { cls: "key divergence" }, "q"), el("span", {}, "Drag a bar, or use the arrow keys; the others share what is left.")), el("div", { cls: "fields" }, size, units), tools),
    el("div", { cls: "stack" }, table, identity, result)));
  return { node, ask };
}
