// Fool: an image, a class by typing, and how far a pixel may go; before, after, and the difference.

import { choice, classInput, el, fill, onState, percent, progressLine, resultBox, run, say, slider, well } from "./core.js";

export const TITLE = "Fool";

const METHODS = [["pgd", "many small steps (PGD)"], ["fgsm", "one step (fast gradient sign)"]];

export function open(panel) {
  let image = null, target = null, ready = false, job = 0;
  const of = { epsilon: 2, method: "pgd", max_iterations: 40, all_steps: false };

  const place = well("Image", (next) => { image = next; look(); });
  const goal = classInput("Class that it is to be taken for", (name) => { target = name; start(); });
  const go = el("button", { type: "button", cls: "main", on: { click: () => { target = goal.input.value.trim(); start(); } } }, "Fool it");
  const settings = el("div", { cls: "fields" });
  const surer = el("input", { type: "checkbox", on: { change: () => { of.all_steps = surer.checked; again(); } } });
  const line = progressLine();
  const said = el("p", { cls: "verdict", role: "status" });
  const note = el("p", { cls: "note", hidden: true });
  const result = resultBox();
  const before = view("Before"), after = view("After"), difference = view("Difference");
  const empty = el("p", { cls: "empty" }, "Choose an image, or one of the samples; then type a class.");
  const output = el("div", { cls: "card stack", hidden: true }, el("div", { cls: "grid thirds" }, before, after, difference), said, note, result);
  panel.append(el("div", { cls: "intro" }, el("h2", {}, "How little does it take to fool it?"),
    el("p", {}, "Type any class. Every pixel is changed by a few of its 255 levels, until the network takes the image for that class.")),
  place, el("div", { cls: "card stack" }, goal, settings, el("label", { cls: "row check" }, surer, el("span", {}, "Go on after it is fooled, to be surer")), el("div", { cls: "row" }, go), line), empty, output);

  onState((now) => {
    if (now.ready && !ready) run("fool", "fool-describe", "describe", {}, { defaults: (event) => controls(event.defaults) });
    ready = now.ready;
  });

  function controls(defaults) {
    Object.assign(of, defaults);
    const steps = slider("Steps at most", { min: 1, max: 200, step: 1, value: of.max_iterations, input: (v) => { of.max_iterations = v; } });
    fill(settings,
      slider("Largest change of a pixel, ε", { min: 1, max: 32, step: 1, value: of.epsilon, show: (v) => `${v} of 255 levels`, input: (v) => { of.epsilon = v; again(); } }),
      choice("How", METHODS, of.method, (v) => { of.method = v; steps.input.disabled = surer.disabled = v === "fgsm"; again(); }),
      steps);
  }

  // An image with a title, and the classes that are seen in it.
  function view(title) {
    const picture = el("img", { alt: title });
    const text = el("figcaption", {});
    const node = el("figure", {}, el("b", {}, title), el("span", { cls: "layers" }, picture), text);
    node.show = (address, lines) => { picture.src = address; fill(text, lines.map((each) => el("span", { cls: "line" }, each))); };
    node.name = (alt) => { picture.alt = alt; };
    return node;
  }

  const lineOf = (each) => `${each.name} ${percent(each.probability)}`;

  function look() {
    job += 1; // what a run of the image before this one says is of no use
    run("explain", "fool", "classify", { image: image.id, top: 3 }, {
      classes: (event) => {
        empty.hidden = true; output.hidden = false;
        before.show(event.image, event.classes.map(lineOf));
        before.name(`${event.name}, taken for ${event.classes[0].name}`);
        after.hidden = difference.hidden = true;
        said.textContent = target ? "" : "Now type the class that it is to be taken for.";
        note.hidden = true;
        result.clear();
      },
      error: (event) => say(event.text),
      finally: again,
    });
  }

  function again() { if (target && image) start(); }

  function start() {
    if (!image) { say("Choose an image first."); return; }
    if (!target) { say("Type the class first."); goal.input.focus(); return; }
    const mine = ++job;
    const most = of.method === "pgd" ? of.max_iterations : 1;
    line.begin(run("fool", "fool", "fool", { image: image.id, target, ...of }, {
      waiting: line.waiting,
      preview: (event) => { show(event); line.at(event.step / most, `Step ${event.step} of at most ${most}`); },
      result: (event) => {
        show(event);
        said.textContent = verdict(event);
        said.className = `verdict ${event.fooled ? "up" : "down"}`;
        note.textContent = event.note; note.hidden = !event.note;
        result.show(event.equal, event.download, event.name);
      },
      error: (event) => say(event.text),
      finally: () => { if (mine === job) line.end(); },
    }), "Building the gradient…");
    said.textContent = "";
  }

  function show(event) {
    const [top, wanted] = event.classes;
    output.hidden = false; empty.hidden = true;
    after.hidden = difference.hidden = false;
    after.show(event.image, (top.number === wanted.number ? [wanted] : [top, wanted]).map(lineOf));
    after.name(`After the change, taken for ${top.name}`);
    difference.show(event.difference, [`${event.factor} times as strong as it is; gray is no change`]);
    difference.name("The difference, magnified");
  }

  function verdict(event) {
    const [top, wanted] = event.classes;
    const size = `no pixel changed by more than ${Math.round(event.linf)} of 255 levels`;
    const steps = of.method === "pgd" ? ` after ${event.steps} ${event.steps === 1 ? "step" : "steps"}` : "";
    if (event.fooled) return `The PNG, rounded to whole levels, is taken for ${wanted.name} (${percent(wanted.probability)})${steps}; ${size}.`;
    const why = event.stopped ? "Stopped: the best so far is" : "Not fooled: it is";
    return `${why} still taken for ${top.name}; ${wanted.name} has ${percent(wanted.probability)}${steps}. Let a pixel change more, or take more steps.`;
  }
}
