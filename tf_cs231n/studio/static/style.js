// Style: two images, sliders, and the painting while it is made.

import { choice, el, fill, onState, progressLine, resultBox, run, say, slider, well } from "./core.js";

export const TITLE = "Style";

const KEPT = { no: "the style's", luminance: "the content's", match: "the style's, matched to the content" };
const LINES = [["total", 4], ["content", 1], ["style", 2], ["smoothness", 3]];

export function open(panel) {
  let content = null, style = null, ready = false, defaults = null, painted = false;

  const contentWell = well("Content: what to show", (image) => { content = image; showContent(); });
  const styleWell = well("Style: how to paint it", (image) => { style = image; enable(); });
  const settings = el("div", { cls: "fields" });
  const start = el("button", { type: "button", cls: "main", disabled: true }, "Paint it");
  const line = progressLine();
  const preview = el("img", { alt: "The painting so far" });
  const chart = el("svg", { viewBox: "0 0 400 260", role: "img", "aria-label": "Losses so far" });
  const legend = el("p", { cls: "soft legend" });
  const said = el("p", { cls: "soft" });
  const result = resultBox();
  const output = el("div", { cls: "columns even", hidden: true },
    el("div", { cls: "card stack" }, el("h3", {}, "The painting"), el("div", { cls: "layers" }, preview), said),
    el("div", { cls: "card stack" }, el("h3", {}, "The losses"), chart, legend, result));
  const { node: mask, canvas } = maskPart();
  panel.append(el("div", { cls: "intro" }, el("h2", {}, "Paint one image in the style of another"),
    el("p", {}, "Choose what to show and how to paint it. The painting appears while it is made; Stop keeps the best so far.")),
  el("div", { cls: "columns even" }, contentWell, styleWell),
  el("div", { cls: "card stack" }, settings, mask, el("div", { cls: "row" }, start), line), output);

  onState((now) => {
    if (now.ready && !ready) run("style", "style-describe", "describe", {}, { defaults: (event) => { defaults = event.defaults; controls(event.keep); enable(); } });
    ready = now.ready;
  });

  const of = {}; // the sliders' values
  const logged = (label, name, value, decimals = 2) => slider(label, {
    min: -2, max: 2, step: .05, value: 0, show: (v) => `${Number((value * 10 ** v).toPrecision(decimals))}`,
    input: (v) => { of[name] = Number((value * 10 ** v).toPrecision(decimals)); },
  });

  function controls(keep) {
    Object.assign(of, { image_size: 192, content_weight: defaults.content_weight, style_factor: 1, tv_weight: defaults.tv_weight, keep_colors: defaults.keep_colors, max_evaluations: defaults.max_evaluations });
    fill(settings,
      logged("Content weight", "content_weight", defaults.content_weight),
      logged("Style weight, times the usual", "style_factor", 1),
      logged("Smoothness", "tv_weight", defaults.tv_weight),
      slider("Size, the shorter side", { min: 64, max: 768, step: 32, value: 192, show: (v) => `${v} pixels`, input: (v) => { of.image_size = v; } }),
      slider("Steps at most", { min: 10, max: 500, step: 10, value: defaults.max_evaluations, input: (v) => { of.max_evaluations = v; } }),
      choice("Colors", keep.map((name) => [name, KEPT[name] || name]), defaults.keep_colors, (v) => { of.keep_colors = v; }));
  }

  function enable() { start.disabled = !(content && style && defaults); }

  // ---- The mask: painted white where the style goes ----

  function maskPart() {
    const canvas = el("canvas", { role: "img", "aria-label": "Paint where the style goes" });
    const image = el("img", { alt: "" });
    const stage = el("div", { cls: "layers mask-stage" }, image, canvas);
    const brush = slider("Brush", { min: 4, max: 120, step: 2, value: 40, show: (v) => `${v} pixels` });
    const wipe = el("button", { type: "button", cls: "small" }, "Style everywhere again");
    const node = el("details", { cls: "equal", hidden: true }, el("summary", {}, "Paint where the style goes"),
      el("div", {}, el("p", { cls: "soft" }, "What you paint over gets the style; the rest stays as it is. Paint nothing for all of it."), stage, brush, wipe));
    const context = canvas.getContext("2d");
    const clear = () => { context.clearRect(0, 0, canvas.width, canvas.height); painted = false; };
    wipe.addEventListener("click", clear);
    node.show = (id) => {
      node.hidden = false;
      image.src = `images/${id}?size=320`;
      image.onload = () => { canvas.width = image.naturalWidth; canvas.height = image.naturalHeight; clear(); };
    };
    let before = null;
    const stroke = (event) => {
      const box = canvas.getBoundingClientRect(), scale = canvas.width / box.width;
      const point = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
      context.strokeStyle = "#fff"; context.lineCap = "round"; context.lineWidth = Number(brush.input.value);
      context.beginPath(); context.moveTo(...(before || point)); context.lineTo(...point); context.stroke();
      before = point; painted = true;
    };
    canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); stroke(event); });
    canvas.addEventListener("pointermove", (event) => { if (event.buttons) stroke(event); });
    canvas.addEventListener("pointerup", () => { before = null; });
    return { node, canvas };
  }

  function showContent() { mask.show(content.id); enable(); }

  function maskAddress() {
    if (!painted) return null;
    const whole = el("canvas", { width: canvas.width, height: canvas.height }), context = whole.getContext("2d");
    context.fillStyle = "#000"; context.fillRect(0, 0, whole.width, whole.height);
    context.drawImage(canvas, 0, 0);
    return whole.toDataURL("image/png");
  }

  // ---- The work ----

  start.addEventListener("click", () => {
    result.clear(); said.textContent = "";
    start.disabled = true;
    line.begin(run("style", "style", "paint", { content: content.id, style: style.id, ...of, mask: maskAddress() }, {
      waiting: line.waiting,
      preview: (event) => {
        output.hidden = false;
        preview.src = event.image;
        draw(event.curve, event.most);
        line.at(event.evaluation / event.most, `Step ${event.evaluation} of at most ${event.most}`);
      },
      result: (event) => {
        output.hidden = false;
        preview.src = event.image;
        draw(event.curve, event.evaluations);
        said.textContent = event.stopped ? `Stopped after ${event.evaluations} steps; this is the best so far.` : `The best of ${event.evaluations} steps.`;
        result.show(event.equal, event.download, "styled.png");
      },
      error: (event) => say(event.text),
      finally: () => { line.end(); enable(); },
    }), "Building the loss…");
  });

  // Losses over steps, both axes from what there is; the losses' is logarithmic.
  function draw(curve, most) {
    const values = curve.flatMap((row) => row.slice(1)).filter((v) => v > 0).map(Math.log10);
    const [low, high] = [Math.floor(Math.min(...values)), Math.ceil(Math.max(...values))];
    const X = (step) => 46 + 344 * step / Math.max(1, most), Y = (v) => 228 - 214 * (Math.log10(v) - low) / Math.max(1, high - low);
    const rules = [];
    for (let power = low; power <= high; power += Math.max(1, Math.ceil((high - low) / 6))) {
      rules.push(el("line", { x1: "46", x2: "390", y1: String(Y(10 ** power)), y2: String(Y(10 ** power)), class: "rule" }), el("text", { x: "40", y: String(Y(10 ** power) + 4), "text-anchor": "end" }, `1e${power}`));
    }
    const steps = [0, .5, 1].map((part) => el("text", { x: String(X(part * most)), y: "246", "text-anchor": "middle" }, String(Math.round(part * most))));
    const lines = LINES.map(([name, column]) => el("polyline", { points: curve.filter((row) => row[column] > 0).map((row) => `${X(row[0]).toFixed(1)},${Y(row[column]).toFixed(1)}`).join(" "), class: `loss ${name}` }));
    fill(chart, rules, steps, lines);
    const now = curve[curve.length - 1];
    fill(legend, LINES.map(([name, column]) => el("span", { cls: `key ${name}` }, `${name} ${now[column].toPrecision(3)}`)));
    chart.setAttribute("aria-label", `Losses after ${now[0]} steps: ${LINES.map(([name, column]) => `${name} ${now[column].toPrecision(3)}`).join(", ")}`);
  }
}
