// GAN: drag between four codes, fresh samples and the real images nearest to them, a training watched.

import { choice, el, fill, onState, progressLine, resultBox, run, say, slider } from "./core.js";
import { watch } from "./training.js";
import { arrows, clamp, draggable, live } from "./live.js";

export const TITLE = "GAN";

const CORNERS = ["upper left", "upper right", "lower left", "lower right"];
const LETTERS = "ABCD";
const AGAIN = 3000, LATER = 10000; // milliseconds, to look for trainings again: where there is none, and else

export function open(panel) {
  let folder = null, folders = [], seed = 0, corners = [0, 1, 2, 3], chosen = 0, at = [.5, .5], images = [], frames = 7, timer;

  const missing = el("div", { cls: "card stack", hidden: true }, el("h3", {}, "There is no GAN yet"),
    el("p", {}, "Train one on digits in a terminal, in two minutes: ", el("code", {}, "tf-cs231n gan train")),
    el("p", { cls: "soft" }, "This page finds it in ./outputs as soon as it begins; studio --gan FOLDER names another."));
  const list = el("div");
  const note = el("p", { cls: "note", hidden: true });
  const training = watch((step) => {
    fresher.hidden = drawn === null || step === null || step === drawn;
    fresher.textContent = `Draw with the checkpoint of step ${step}`;
    if (drawn === null && step !== null) samples(); // the first one of a training that has just begun
  });
  let drawn = null; // the step of the checkpoint that the samples are of
  const fresher = el("button", { type: "button", cls: "small fresher", hidden: true, on: { click: () => samples() } });

  // ---- Between four codes ----
  const sheet = el("img", { alt: "" });
  const handle = el("div", { cls: "place" });
  const pad = el("div", { cls: "pad", tabindex: "0", role: "application", "aria-label": "Between four codes; the arrow keys move" }, sheet, handle);
  const sample = el("img", { cls: "pixels one", alt: "The sample at this place" });
  const where = el("p", { cls: "soft", role: "status" });
  const pick = el("div", { cls: "corners", role: "group", "aria-label": "Corners" });
  const between = resultBox(), squared = resultBox();
  const place = live("gan", "gan-place", "place", { sample: (event) => { sample.src = event.image; between.show(event.equal, event.download, "sample.png"); } });
  const move = (x, y) => { at = [x, y].map((v) => clamp(Math.round(1000 * v) / 1000, 0, 1)); showPlace(); place({ folder, seed, corners, x: at[0], y: at[1] }); };
  // The places 0 and 1 are in the middle of the first and the last sample of the square.
  draggable(pad, (left, top) => move(...[left, top].map((v) => (frames * v - .5) / (frames - 1))));
  arrows(pad, (right, up) => move(at[0] + .02 * right, at[1] - .02 * up));

  function showPlace() {
    for (const [n, name] of ["--x", "--y"].entries()) handle.style.setProperty(name, `${100 * (.5 + (frames - 1) * at[n]) / frames}%`);
    where.textContent = `${Math.round(100 * at[0])}% of the way to the right (A to B), ${Math.round(100 * at[1])}% down (A to C).`;
  }

  function square() {
    run("gan", "gan-square", "spread", { folder, seed, corners }, { square: (event) => { sheet.src = event.image; frames = event.frames; showPlace(); squared.show(event.equal, event.download, "square.png"); }, error: (event) => say(event.text) }, true);
    move(...at);
    drawCorners();
  }

  function drawCorners() {
    fill(pick, corners.map((number, k) => el("button", {
      type: "button", "aria-pressed": String(k === chosen), "data-corner": String(k), "aria-label": `Corner ${LETTERS[k]}, ${CORNERS[k]}: sample ${number + 1}`,
      on: { click: () => { chosen = k; [...pick.children].forEach((each, n) => each.setAttribute("aria-pressed", String(n === k))); } },
    }, el("b", {}, LETTERS[k]), images[number] ? el("img", { cls: "pixels", src: images[number], alt: "" }) : null)));
  }

  // ---- Fresh samples ----
  const grid = el("div", { cls: "fresh", role: "group", "aria-label": "Samples; choosing one puts it into the chosen corner" });
  const number = slider("How many", { min: 4, max: 100, step: 1, value: 36, input: () => samples() });
  const renew = el("button", { type: "button", cls: "main", on: { click: () => { seed += 1; corners = [0, 1, 2, 3]; chosen = 0; samples(); } } }, "Draw new samples");
  const compare = el("button", { type: "button", on: { click: () => nearest() } }, "Find the nearest training images");
  const line = progressLine();
  const pairs = el("div", { cls: "fresh pairs", role: "group", "aria-label": "Samples above the training images nearest to them" });
  const said = el("p", { cls: "soft", role: "status" });
  const fresh = resultBox(), near = resultBox();

  function samples() {
    if (!folder) { work.hidden = true; return; }
    run("gan", "gan-samples", "draw", { folder, seed, number: Number(number.input.value) }, {
      samples: (event) => {
        images = event.images;
        drawn = event.step;
        fresher.hidden = true;
        work.hidden = false;
        note.hidden = !event.note;
        note.textContent = event.note;
        corners = corners.map((k) => Math.min(k, images.length - 1));
        fill(grid, images.map((image, k) => el("button", {
          type: "button", cls: "sample", "aria-label": `Sample ${k + 1}`, "data-sample": String(k),
          on: { click: () => { corners = corners.map((old, n) => (n === chosen ? k : old)); chosen = (chosen + 1) % 4; square(); } },
        }, el("img", { cls: "pixels", src: image, alt: "" }))));
        fresh.show(event.equal, event.download, "samples.png");
        square();
      },
      error: (event) => { work.hidden = true; note.hidden = false; note.textContent = event.text; },
    }, true);
  }

  function nearest() {
    fill(pairs); near.clear(); said.textContent = "";
    compare.disabled = true;
    line.begin(run("gan", "gan-nearest", "nearest", { folder, seed }, {
      waiting: line.waiting,
      progress: (event) => line.at(null, event.text),
      nearest: (event) => {
        fill(pairs, event.pairs.map((pair) => el("figure", {}, el("img", { cls: "pixels", src: pair.sample, alt: "A sample" }), el("img", { cls: "pixels", src: pair.real, alt: "The training image nearest to it" }), el("figcaption", {}, pair.distance.toFixed(3)))));
        said.textContent = `Of ${event.source}. Below each pair: the root mean square of the pixels' differences, 0 to 1.`;
      },
      usual: (event) => {
        said.textContent += ` Half of these samples are nearer than ${event.samples.toFixed(3)} to a training image; of images that the GAN has never seen, half are nearer than ${event.unseen.toFixed(3)}. Samples that are much nearer are copies.`;
        near.show(event.equal, event.download, "nearest.png");
      },
      error: (event) => { said.textContent = event.text; },
      finally: () => { line.end(); compare.disabled = false; },
    }), "Drawing samples…");
  }

  const work = el("div", { cls: "parts", hidden: true },
    el("div", { cls: "card stack" }, el("h3", {}, "Between four codes"), el("div", { cls: "columns even" },
      el("div", { cls: "stack" }, pad, el("p", { cls: "soft" }, "Drag, or use the arrow keys. A corner takes the sample that you choose below."), pick),
      el("div", { cls: "stack" }, sample, where, between, el("p", { cls: "soft" }, "The whole square:"), squared))),
    el("div", { cls: "card stack" }, el("h3", {}, "Fresh samples"), el("div", { cls: "fields" }, number), el("div", { cls: "row" }, renew, compare), line, grid, fresh, pairs, said, near));
  panel.append(el("div", { cls: "intro" }, el("h2", {}, "What has a generator learned, and what lies between its images?"),
    el("p", {}, "A code is a vector of noise; the generator makes an image of it. Move between codes, and compare what comes out with what it learned from.")),
  missing, list, note, fresher, work, training.node);

  function choose(next, again = false) {
    folder = next;
    drawn = null;
    if (!again) { seed = 0; corners = [0, 1, 2, 3]; chosen = 0; at = [.5, .5]; work.hidden = true; }
    fill(pairs); near.clear(); said.textContent = "";
    training.follow(folder);
    samples();
  }

  // Looks again from time to time, since trainings begin elsewhere; anew: the server is another one.
  function find(anew) {
    clearTimeout(timer);
    timer = setTimeout(find, folders.length ? LATER : AGAIN);
    if (!anew && (document.hidden || panel.hidden || !there)) return;
    run("gan", "gan-find", "find", {}, {
      found: (event) => {
        const names = event.folders.map((each) => each.folder), same = names.join("\n") === folders.join("\n");
        const now = names.includes(folder) ? folder : names[0] || null;
        folders = names;
        missing.hidden = names.length > 0;
        if (!same) fill(list, names.length ? choice("Training", event.folders.map((each) => [each.folder, `${each.folder} (${each.text})`]), now, choose) : null);
        if (now !== folder) choose(now);
        else if (anew) choose(folder, true);
      },
      error: () => {},
    }, true);
  }

  let there = false;
  onState((now) => {
    const before = there;
    there = now.connected && (now.ready || Boolean(now.problem));
    if (there && !before) find(true);
  });
}
