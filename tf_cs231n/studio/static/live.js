// What panels that are dragged share: questions that never queue up, and drags by mouse and keys.

import { run, say } from "./core.js";

// ask(args) starts the action now, or with the newest args once the one before is answered.
export function live(panel, slot, action, handlers) {
  let asked = false, next = null;
  const ask = (args) => {
    if (asked) { next = args; return; }
    asked = true;
    run(panel, slot, action, args, {
      ...handlers,
      error: handlers.error || ((event) => say(event.text)),
      finally: () => {
        asked = false;
        const waiting = next;
        next = null;
        if (waiting) ask(waiting);
      },
    }, true);
  };
  return ask;
}

// move(x, y) with the place in the node, 0 to 1 from its left and top, while the pointer drags.
export function draggable(node, move, begin = null) {
  const to = (event) => {
    const box = node.getBoundingClientRect();
    move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  };
  node.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    node.focus({ preventScroll: true });
    node.setPointerCapture(event.pointerId);
    if (begin) begin();
    to(event);
  });
  node.addEventListener("pointermove", (event) => { if (node.hasPointerCapture(event.pointerId)) to(event); });
}

// step(right, up) in steps of one by the arrow keys, of five with Shift.
export function arrows(node, step) {
  const keys = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  node.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const far = event.shiftKey ? 5 : 1;
    step(...keys[event.key].map((d) => d * far));
  });
}

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
export const shown = (value, digits = 4) => ({ inf: "∞", "-inf": "−∞", nan: "undefined" }[value]
  || String(Number(Number(value).toPrecision(digits))).replace("-", "−"));
// Four decimals, so that shown sums are the sums of what is shown.
export const fixed = (value) => (typeof value === "number" ? (Math.round(1e4 * value) / 1e4 + 0).toFixed(4).replace("-", "−") : shown(value));
