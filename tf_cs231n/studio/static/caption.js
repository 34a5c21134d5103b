// Caption: the best sentences for an image; each word with its map, its probability, and others.

import { el, fill, onState, percent, progressLine, resultBox, run, say, slider, well } from "./core.js";

export const TITLE = "Caption";

export function open(panel) {
  let image = null, words = [], told = [], maps = [], shown = -1, asked = false;

  const place = well("Image", (next) => { image = next; caption(); },
    () => ["shapes:val:0", "shapes:val:1", "shapes:val:2", "shapes:val:3", "shapes:val:4", "shapes:val:5", "shapes:val:6", "shapes:val:7", "sample:coffee", "sample:flower"]);
  const base = el("img", { alt: "" });
  const over = el("img", { cls: "map", alt: "", hidden: true });
  const stage = el("div", { cls: "layers small-stage" }, base, over);
  const mix = slider("Image to map", { min: 0, max: 100, step: 1, value: 60, show: (v) => `${v}% map`, input: (v) => panel.style.setProperty("--mix", v / 100) });
  const beams = slider("Beam width", { min: 1, max: 10, step: 1, value: 5, show: (v) => (v === 1 ? "1, greedy" : `${v} best`), input: () => { if (image) caption(); } });
  const list = el("ol", { cls: "bars", "aria-label": "Captions, the best first" });
  const sentence = el("div", { cls: "sentence", role: "group", "aria-label": "The caption's words" });
  const whole = el("p", { cls: "soft" });
  const instead = el("div", { cls: "stack" });
  const line = progressLine();
  const best = resultBox(), result = resultBox();
  const known = el("datalist", { id: "caption-words" });
  const empty = el("p", { cls: "empty" }, "Choose an image. A captioner knows only what it was trained on: one that was trained on shapes sees shapes everywhere.");
  const missing = el("div", { cls: "card stack", hidden: true });
  const work = el("div", { cls: "columns", hidden: true },
    el("div", { cls: "card stack" }, stage, el("div", { cls: "fields" }, mix, beams)),
    el("div", { cls: "card stack" }, el("h3", {}, "The best captions"), list, best));
  const wordCard = el("div", { cls: "card stack", hidden: true }, el("h3", {}, "Word by word"),
    line, el("p", { cls: "soft" }, "Point at a word to see what in the image led to it. Choose it to see other words, or to write one."), sentence, whole, line, instead, result);
  panel.style.setProperty("--mix", .6);
  panel.append(el("div", { cls: "intro" }, el("h2", {}, "What does it say about an image, and why?"),
    el("p", {}, "The captioner writes a sentence word by word. Look at what led to each word, and try others.")),
  missing, place, empty, work, wordCard, known);

  onState((now) => { if (now.ready && !asked) { asked = true; describe(); } if (!now.ready) asked = false; });

  function describe() {
    run("caption", "caption-describe", "describe", {}, {
      captioner: (event) => {
        missing.hidden = !event.problem;
        place.hidden = empty.hidden = Boolean(event.problem);
        if (event.problem) offer(event); else fill(known, event.words.filter((word) => !word.startsWith("<")).map((word) => el("option", { value: word })));
        if (image) empty.hidden = true;
      },
    });
  }

  function offer(event) {
    const training = progressLine();
    const button = el("button", { type: "button", cls: "main" }, "Train a small one here");
    button.addEventListener("click", () => {
      button.hidden = true;
      training.begin(run("caption", "caption-train", "train", {}, {
        waiting: training.waiting,
        training: (news) => training.at(news.share, news.text),
        error: (news) => say(news.text),
        finally: () => { training.end(); button.hidden = false; describe(); },
      }), "Drawing images…");
    });
    fill(missing, el("h3", {}, "There is no captioner yet"), el("p", {}, event.problem),
      el("p", { cls: "soft" }, `Training one on drawn shapes takes a few minutes; it is kept in ${event.folder}. Stop keeps what was learned, and the next start goes on from there.`), button, training);
  }

  function caption() {
    run("caption", "caption", "caption", { image: image.id, beam_width: Number(beams.input.value) }, {
      captions: (event) => {
        base.src = event.image;
        base.alt = event.name;
        empty.hidden = true; work.hidden = false;
        best.show(event.equal, event.download);
        const most = Math.max(1e-9, ...event.captions.map((each) => each.probability));
        fill(list, event.captions.map((each) => el("li", {}, el("button", {
          type: "button", cls: "bar", "aria-pressed": "false", vars: { "--share": percent(each.probability / most) },
          on: { click: () => { mark(each.text); explain(each.words); } }, "data-text": each.text,
        }, el("span", {}, each.text || "(no words)"), el("span", { cls: "number" }, percent(each.probability)),
        each.true === null ? null : el("span", { cls: `moved ${each.true ? "up" : "down"}` }, each.true ? "true of this image" : "false of this image")))));
        if (event.captions.length && event.captions[0].words.length) { mark(event.captions[0].text); explain(event.captions[0].words); }
      },
      error: (event) => say(event.text),
    });
  }

  function mark(text) {
    for (const button of list.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.text === text));
  }

  function explain(next) {
    words = next; maps = []; shown = -1;
    over.hidden = true;
    wordCard.hidden = false;
    result.clear(); fill(instead);
    line.begin(run("caption", "caption-words", "words", { image: image.id, words }, {
      waiting: line.waiting,
      words: (event) => {
        told = event.words;
        whole.textContent = `The whole caption has a probability of ${Math.exp(event.log_probability).toPrecision(2)} (log ${event.log_probability.toFixed(2)}).`;
        draw();
        line.at(null, "Hiding parts of the image, one after the other…");
      },
      maps: (event) => { maps = event.maps; draw(); show(shown < 0 ? likeliest() : shown); },
      result: (event) => result.show(event.equal, event.download),
      error: (event) => say(event.text),
      finally: line.end,
    }), "Reading the words…");
  }

  // The first word to show: the longest, since "a" and "of" are about nothing.
  const likeliest = () => words.reduce((best_, word, n) => (word.length > words[best_].length ? n : best_), 0);

  function show(place_) {
    shown = place_;
    over.hidden = !maps[place_];
    if (maps[place_]) { over.src = maps[place_]; over.alt = `What led to “${words[place_]}”`; }
    [...sentence.children].forEach((node, n) => node.classList.toggle("seen", n === place_));
  }

  function draw() {
    fill(sentence, told.map((each, n) => el("button", {
      type: "button", cls: "word", "data-place": String(n), vars: { "--share": percent(each.probability) },
      "aria-label": `${n < words.length ? each.word : "the end"}, ${percent(each.probability)}`,
      on: { pointerenter: () => show(n), focus: () => show(n), click: () => choose(n) },
    }, el("b", {}, n < words.length ? each.word : "·"), el("small", {}, percent(each.probability)))));
    if (shown >= 0) show(shown);
  }

  function choose(n) {
    show(n);
    const change = (word) => {
      const next = words.slice();
      if (n === words.length) next.push(word);
      else if (word === "<END>") next.length = Math.max(1, n);
      else next[n] = word;
      mark(null);
      explain(next);
    };
    const input = el("input", { type: "text", list: "caption-words", placeholder: "another word", autocomplete: "off", "aria-label": "Another word at this place" });
    input.addEventListener("keydown", (event) => { if (event.key === "Enter" && input.value.trim()) change(input.value.trim().toLowerCase()); });
    fill(instead, el("h3", {}, n < words.length ? `In the place of “${words[n]}”` : "Instead of ending here"),
      el("ol", { cls: "bars" }, told[n].instead.map((each) => el("li", {}, el("button", {
        type: "button", cls: "bar", vars: { "--share": percent(each.probability) }, disabled: each.word === "<END>" && n === words.length, on: { click: () => change(each.word) },
      }, el("span", {}, each.word === "<END>" ? "end here" : each.word), el("span", { cls: "number" }, percent(each.probability)))))),
      input, n < words.length && words.length > 1 ? el("button", { type: "button", cls: "small", on: { click: () => explain(words.filter((_, k) => k !== n)) } }, "Leave the word out") : null);
  }
}
