// Norms and likelihood: a vector and its unit ball, two distributions, and a likelihood's maximum.

import { el, fill, onState, resultBox, slider } from "./core.js";
import { distributions } from "./distributions.js";
import { likelihood } from "./likelihood.js";
import { arrows, clamp, draggable, live, shown } from "./live.js";

export const TITLE = "Norms and likelihood";

export function open(panel) {
  const parts = [norms(), distributions(), likelihood()];
  panel.append(el("div", { cls: "intro" }, el("h2", {}, "What do the losses measure?"),
    el("p", {}, "How long a vector is, how far two distributions are from each other, and which parameters make samples most likely. Drag, and watch the numbers.")),
  ...parts.map((part) => part.node));
  // All again whenever the server is there anew.
  let there = false;
  onState((now) => {
    const before = there;
    there = now.ready || Boolean(now.problem);
    if (there && !before) for (const part of parts) part.ask();
    if (!now.connected) there = false;
  });
}

// ---- Norms: p from 1/4 to 16 on a log scale, the last place of the slider is infinity ----

const REACH = 2; // the plane is shown from -REACH to REACH
const LAST = 4.05;
const orderAt = (place) => (place >= LAST ? "inf" : Number((2 ** place).toPrecision(3)));
const placeOf = (p) => (p === "inf" ? LAST : Math.log2(p));
const X = (x) => (200 + 190 / REACH * x).toFixed(2);
const Y = (y) => (200 - 190 / REACH * y).toFixed(2);

function norms() {
  let p = 2, x = [1.2, .8], told = null;
  const ball = el("path", { class: "ball" }), scaled = el("path", { class: "scaled" });
  const arrow = el("line", { class: "vector", x1: X(0), y1: Y(0) });
  const head = el("circle", { class: "handle", r: "9" });
  const ticks = [-2, -1, 1, 2].flatMap((at) => [
    el("text", { x: X(at), y: String(Number(Y(0)) + 15), "text-anchor": "middle" }, shown(at)),
    el("text", { x: String(Number(X(0)) - 6), y: String(Number(Y(at)) + 4), "text-anchor": "end" }, shown(at)),
  ]);
  const lines = [-2, -1, 0, 1, 2].flatMap((at) => [
    el("line", { class: at ? "rule" : "axis", x1: X(at), x2: X(at), y1: Y(-REACH), y2: Y(REACH) }),
    el("line", { class: at ? "rule" : "axis", y1: Y(at), y2: Y(at), x1: X(-REACH), x2: X(REACH) }),
  ]);
  const plane = el("svg", { viewBox: "0 0 400 400", class: "plane", tabindex: "0", role: "application", "aria-label": "The vector x in the plane; the arrow keys move its tip" }, lines, ball, scaled, ticks, arrow, head);
  const value = el("p", { cls: "figure", role: "status", "data-name": "norm" });
  const kind = el("p", { cls: "soft" });
  const others = el("p", { cls: "soft" });
  const result = resultBox();
  const order = slider("p", { min: -2, max: LAST, step: .05, value: 1, show: (place) => shown(orderAt(place)), input: (place) => { p = orderAt(place); draw(); ask(); } });
  const pick = el("div", { cls: "row", role: "group", "aria-label": "Usual values of p" }, [["½", .5], ["1", 1], ["2", 2], ["3", 3], ["∞", "inf"]].map(([text, value_]) => el("button", {
    type: "button", cls: "small", "data-p": String(value_),
    on: { click: () => { order.input.value = String(placeOf(value_)); order.input.dispatchEvent(new Event("input")); p = value_; draw(); ask(); } },
  }, `p = ${text}`)));

  const question = live("theory", "theory-norm", "norm", {
    norm: (event) => { told = event; result.show(event.equal, event.download); draw(); },
  });
  const ask = () => question({ p, x });
  const move = (x1, x2) => { x = [x1, x2].map((v) => clamp(Math.round(100 * v) / 100, -REACH, REACH)); draw(); ask(); };
  const even = (v) => Math.round(50 * v) / 50;
  draggable(plane, (left, top) => move(even((left * 400 - 200) * REACH / 190), even((200 - top * 400) * REACH / 190)));
  arrows(plane, (right, up) => move(x[0] + .05 * right, x[1] + .05 * up));

  const path = (points, scale = 1) => `M${points.map(([a, b]) => `${X(scale * a)},${Y(scale * b)}`).join("L")}Z`;
  function draw() {
    arrow.setAttribute("x2", X(x[0])); arrow.setAttribute("y2", Y(x[1]));
    head.setAttribute("cx", X(x[0])); head.setAttribute("cy", Y(x[1]));
    for (const button of pick.children) button.setAttribute("aria-pressed", String(button.dataset.p === String(p)));
    if (!told) return;
    ball.setAttribute("d", path(told.ball));
    scaled.setAttribute("d", path(told.ball, Number(told.norm)));
    fill(value, `‖x‖`, el("sub", {}, shown(p)), ` = ${shown(told.norm)}`, el("small", {}, ` for x = (${shown(x[0])}, ${shown(x[1])})`));
    const [both, separate] = told.triangle;
    kind.className = p < 1 ? "note" : "soft";
    kind.textContent = p < 1
      ? `p < 1 gives no norm: (1, 0) + (0, 1) has length ${shown(both)}, more than 1 + 1. The triangle inequality fails, and the ball is not convex.`
      : `A norm: the ball is convex, and (1, 0) + (0, 1) has length ${shown(both)}, at most ${shown(separate)}.`;
    others.textContent = `For comparison: ${told.others.map(([q, size]) => `‖x‖${{ 1: "₁", 2: "₂", inf: "∞" }[q]} = ${shown(size)}`).join(", ")}`;
  }
  draw();
  const node = el("div", { cls: "card stack", "data-part": "norms" }, el("h3", {}, "Norms of a vector"), el("div", { cls: "columns even" },
    el("div", { cls: "stack" }, plane, el("p", { cls: "soft" }, "Filled: all vectors of norm 1. Dashed: all of the same norm as x. Drag the tip of x, or use the arrow keys.")),
    el("div", { cls: "stack" }, order, pick, value, kind, others, result)));
  return { node, ask };
}
