// Explain: classes of an image, maps of what made their scores, and patches that hide it.

import { classInput, el, fill, percent, progressLine, resultBox, run, say, signed, slider, state, well } from "./core.js";

export const TITLE = "Explain";

const NAMES = {
  gradient: ["Gradient", "how a small change of each pixel moves the score"],
  "gradient-input": ["Gradient × input", "the first-order share of each pixel"],
  smoothgrad: ["SmoothGrad", "the gradient, averaged over noisy copies"],
  integrated: ["Integrated gradients", "summed along the way from the mean color"],
  guided: ["Guided backpropagation", "only what is positive all the way back"],
  gradcam: ["Grad-CAM", "where the last layer's features speak for it"],
  occlusion: ["Occlusion", "how the score falls where a patch hides the image"],
};

export function open(panel) {
  let image = null, classes = [], methods = [], chosen = [], patches = [], focus = "gradient";
  let numbers = []; // of the chosen classes, once the server has said them
  let maps = {}; // "method number": the event with its images
  let size = [224, 224], pixels = null, cursor = [112, 112];

  const place = well("Image", (next) => { image = next; classify(); });
  const base = el("img", { alt: "" });
  const over = el("img", { cls: "map", alt: "", hidden: true });
  const marks = el("svg", { preserveAspectRatio: "none" });
  const stage = el("div", {
    cls: "layers stage", tabindex: "0", role: "application",
    "aria-label": "The image. Arrow keys move a square, Enter hides or shows what is in it.",
  }, base, over, marks);
  const readout = el("output", { cls: "readout" });
  const bars = el("ol", { cls: "bars" });
  const grid = el("div", { cls: "grid" });
  const note = el("p", { cls: "note", hidden: true });
  const line = progressLine();
  const result = resultBox(), hidden = resultBox(), seen = resultBox();
  const restore = el("button", { type: "button", cls: "small", hidden: true, on: { click: () => { patches = []; hide(); } } }, "Show the whole image again");
  const mix = slider("Image to map", { min: 0, max: 100, step: 1, value: 65, show: (v) => `${v}% map`, input: (v) => panel.style.setProperty("--mix", v / 100) });
  const patch = slider("Patch to hide", { min: 8, max: 96, step: 2, value: 32, show: (v) => `${v} pixels`, input: () => { draw(); if (patches.length) hide(); } });
  const another = classInput("Another class", (name) => choose(name), "Show its map");
  const work = el("div", { cls: "columns", hidden: true },
    el("div", { cls: "card stack" }, stage, readout, el("div", { cls: "fields" }, mix, patch), restore),
    el("div", { cls: "card stack" }, el("h3", {}, "What the network sees"), bars, another, seen));
  const mapsCard = el("div", { cls: "card stack", hidden: true }, el("h3", {}, ""), line, note, grid, result);
  const hiddenCard = el("div", { cls: "card stack", hidden: true }, el("h3", {}, "With patches hidden"), hidden);
  const empty = el("p", { cls: "empty" }, "Choose an image, or one of the samples.");
  panel.style.setProperty("--mix", .65);
  panel.append(el("div", { cls: "intro" }, el("h2", {}, "What made the network say so?"),
    el("p", {}, "Click a class to see which pixels its score depends on. Click the image to hide a patch and watch the scores move.")),
  place, empty, work, hiddenCard, mapsCard);

  function classify() {
    chosen = []; patches = []; maps = {};
    run("explain", "explain", "classify", { image: image.id }, {
      classes: (event) => {
        ({ classes, methods, size } = event);
        cursor = size.map((side) => Math.round(side / 2));
        base.src = event.image;
        base.alt = `${event.name}, as the network sees it`;
        over.hidden = true;
        empty.hidden = true; work.hidden = false; mapsCard.hidden = true;
        base.decode().then(() => { pixels = read(base); });
        restore.hidden = hiddenCard.hidden = true;
        result.clear();
        seen.show(event.equal, event.download);
        drawBars(); draw();
      },
      error: (event) => say(event.text),
    });
  }

  const isChosen = (each) => chosen.some((name) => String(name) === String(each.number));

  function drawBars(moved = {}) {
    fill(bars, classes.map((each) => {
      const now = moved[each.number] || each;
      const change = moved[each.number] && el("span", { cls: `moved ${now.score < each.score ? "down" : "up"}` },
        `${percent(each.probability)} → ${percent(now.probability)}, score ${signed(now.score - each.score, 2)}`);
      return el("li", {},
        el("button", { type: "button", cls: "bar", vars: { "--share": percent(now.probability) }, "aria-pressed": String(isChosen(each)), "data-class": String(each.number), on: { click: () => choose(each.number) } },
          el("span", {}, each.name), el("span", { cls: "number" }, percent(now.probability)), change || null),
        chosen.length === 1 && !isChosen(each)
          ? el("button", { type: "button", cls: "small", "aria-label": `Compare with ${each.name}`, on: { click: () => choose(each.number, true) } }, "compare") : null);
    }));
  }

  function choose(name, compare = false) {
    chosen = compare ? [chosen[0], name] : [name];
    maps = {};
    note.hidden = true;
    numbers = [];
    const ordered = [focus, ...methods.filter((method) => method !== focus)];
    mapsCard.hidden = false;
    result.clear();
    let done = 0;
    const total = ordered.length * chosen.length;
    const job = run("explain", "explain", "maps", { image: image.id, classes: chosen.map(String), methods: ordered }, {
      waiting: line.waiting,
      map: (event) => {
        if (!numbers.includes(event.number)) numbers.push(event.number);
        maps[`${event.method} ${event.number}`] = event;
        line.at(++done / total, `${done} of ${total} maps`);
        if (event.note) { note.textContent = event.note; note.hidden = false; }
        drawGrid();
      },
      result: (event) => {
        for (const each of event.classes) if (!classes.some((known) => known.number === each.number)) classes.push(each);
        chosen = numbers.slice();
        result.show(event.equal, event.download);
        drawBars(); drawGrid();
      },
      error: (event) => { say(event.text); mapsCard.hidden = !Object.keys(maps).length; },
      finally: line.end,
    });
    line.begin(job, "Reading the gradient…");
    drawBars(); drawGrid();
  }
  const nameOf = (number) => (state.classes[number] || String(number));

  function drawGrid() {
    mapsCard.querySelector("h3").textContent = numbers.length ? `Why “${numbers.map(nameOf).join("” and “")}”?` : "Maps";
    grid.classList.toggle("wide", chosen.length > 1);
    fill(grid, methods.map((method) => {
      const found = numbers.map((number) => maps[`${method} ${number}`]).filter(Boolean);
      if (!found.length) return line.hidden ? null : el("figure", {}, el("div", { cls: "waiting-tile" }), el("figcaption", {}, el("b", {}, NAMES[method][0])));
      const layers = found.map((each) => el("span", { cls: "layers" }, el("img", { src: base.src, alt: "" }), el("img", { src: each.image, cls: "map", alt: `${NAMES[method][0]} for ${nameOf(each.number)}` })));
      const tile = el("button", { type: "button", cls: "tile", "aria-pressed": String(method === focus), "aria-label": `${NAMES[method][0]}: show it large`, "data-method": method, on: { click: () => { focus = method; drawGrid(); } } }, layers.length > 1 ? el("span", { cls: "pair" }, layers) : layers);
      return el("figure", {}, tile, el("figcaption", {}, el("b", {}, NAMES[method][0]), ` ${NAMES[method][1]}`));
    }));
    const large = maps[`${focus} ${numbers[0]}`];
    over.hidden = !large;
    if (large && over.src !== large.image) {
      over.src = large.image;
      over.alt = `${NAMES[focus][0]} for ${nameOf(numbers[0])}`;
      large.pixels = null;
      const levels = new Image();
      levels.onload = () => { large.pixels = read(levels); };
      levels.src = large.levels;
    }
  }

  // ---- The image: values under the pointer, patches under clicks ----

  function read(img) {
    const canvas = el("canvas", { width: img.naturalWidth, height: img.naturalHeight });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(img, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  }

  function at(event) {
    const box = stage.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width * size[0], (event.clientY - box.top) / box.height * size[1]];
    return [Math.min(size[0] - 1, Math.max(0, Math.floor(x))), Math.min(size[1] - 1, Math.max(0, Math.floor(y)))];
  }

  function tellValue([x, y]) {
    if (!pixels) return;
    const first = 4 * (y * pixels.width + x);
    let text = `x ${x}, y ${y}: red ${pixels.data[first]}, green ${pixels.data[first + 1]}, blue ${pixels.data[first + 2]}`;
    const map = maps[`${focus} ${numbers[0]}`];
    if (map && map.pixels) text += `; map ${(map.low + map.pixels.data[first] / 255 * (map.high - map.low)).toPrecision(3)}`;
    readout.textContent = text;
  }

  function square([x, y], cls) {
    const side = Number(patch.input.value);
    return el("rect", { class: cls, x: String(x - side / 2), y: String(y - side / 2), width: String(side), height: String(side) });
  }

  function draw(keyboard = false) {
    marks.setAttribute("viewBox", `0 0 ${size[0]} ${size[1]}`);
    fill(marks, patches.map((each) => square(each, "patch")), keyboard ? square(cursor, "cursor") : null);
  }

  function toggle(point) {
    const side = Number(patch.input.value) / 2;
    const inside = patches.findIndex(([x, y]) => Math.abs(x - point[0]) <= side && Math.abs(y - point[1]) <= side);
    if (inside >= 0) patches.splice(inside, 1); else patches.push(point);
    hide();
  }

  function hide() {
    draw();
    restore.hidden = !patches.length;
    hiddenCard.hidden = hiddenCard.hidden || !patches.length;
    if (!patches.length) { drawBars(); return; }
    run("explain", "hide", "hide", { image: image.id, patches, patch: Number(patch.input.value), classes: classes.map((each) => each.number) }, {
      moved: (event) => {
        if (!patches.length) return;
        drawBars(Object.fromEntries(event.after.map((each) => [each.number, each])));
        const seen = event.top;
        readout.textContent = `with ${patches.length} ${patches.length === 1 ? "patch" : "patches"} hidden: ${seen.name} ${percent(seen.probability)}`;
        hidden.show(event.equal, event.download, "hidden.png");
        hiddenCard.hidden = false;
      },
      error: (event) => say(event.text),
    });
  }

  stage.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse") tellValue(at(event)); });
  stage.addEventListener("click", (event) => { cursor = at(event); tellValue(cursor); toggle(cursor); });
  stage.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8] }[event.key];
    if (step) cursor = cursor.map((place_, axis) => Math.min(size[axis] - 1, Math.max(0, place_ + step[axis])));
    else if (event.key === "Enter" || event.key === " ") toggle(cursor.slice());
    else return;
    event.preventDefault();
    draw(true);
    tellValue(cursor);
  });
}
