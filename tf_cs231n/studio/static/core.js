// What every panel uses: elements, requests, jobs and their events, images, results.

export const TAB = Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("");

// ---- Elements. Texts are always set as text, never as HTML: names may hold anything. ----

export function el(tag, props = {}, ...children) {
  const svg = ["svg", "rect", "path", "line", "text", "g", "circle", "polyline"].includes(tag);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "vars") for (const [key, text] of Object.entries(value)) node.style.setProperty(key, text);
    else if (name in node && !svg && typeof value !== "string") node[name] = value;
    else node.setAttribute(name === "cls" ? "class" : name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

export const fill = (node, ...children) => node.replaceChildren(...children.flat(Infinity).filter(Boolean));
export const percent = (share) => `${(100 * share).toFixed(1)}%`;
export const signed = (number, digits = 1) => (number < 0 ? "−" : "+") + Math.abs(number).toFixed(digits);

let hiding;
export function say(text) {
  const box = document.getElementById("alert");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { box.hidden = true; }, 8000);
}

// ---- Requests ----

async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The studio does not answer. If it was stopped, start it again: tf-cs231n studio");
  }
  const content = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(content.error || `the server answered ${response.status}`);
  return content;
}

const uploads = new Map(); // image's id: its File, for a server that was started again

export async function upload(file) {
  const image = await request(`images?name=${encodeURIComponent(file.name || "pasted.png")}`, { method: "POST", body: file });
  uploads.set(image.id, file);
  return image;
}

// ---- Jobs: started by a request, told of by events ----

const running = new Map(); // job's id: {slot, handlers}
const slots = new Map(); // slot: the id of its newest job
let jobs = 0;

// handlers: a function for each kind of event, also `finally`; returns the job's id.
// A quiet one does not count as work: it only looks whether there is any.
export function run(panel, slot, action, args, handlers, quiet = false) {
  const id = `${++jobs}`;
  slots.set(slot, id);
  running.set(id, { slot, handlers, quiet });
  const body = JSON.stringify({ tab: TAB, job: id, slot, panel, action, arguments: args });
  const headers = { "Content-Type": "application/json" };
  request("jobs", { method: "POST", headers, body }).catch((error) => tell({ kind: "error", job: id, text: error.message }));
  show();
  return id;
}

export const stop = (id) => request(`stop?tab=${TAB}&job=${id}`, { method: "POST" }).catch((error) => say(error.message));

function tell(event) {
  const job = running.get(event.job);
  if (!job) return;
  const ended = event.kind === "done" || event.kind === "error";
  if (ended) running.delete(event.job);
  if (slots.get(job.slot) === event.job) { // an older job of the slot has nothing more to say
    const handler = job.handlers[event.kind];
    if (handler) handler(event);
    else if (event.kind === "error") say(event.text);
    if (ended && job.handlers.finally) job.handlers.finally(event);
  }
  if (ended) show();
}

// ---- Events, and what they say of the server ----

export const state = { ready: false, connected: false, problem: null, panels: [], classes: [], samples: [] };
const watchers = [];
export function onState(watcher) { watchers.push(watcher); watcher(state); }

let source, last = "", server = null, retry;

export function connect() {
  clearTimeout(retry);
  if (source) source.close();
  source = new EventSource(`events?tab=${TAB}&after=${last}`);
  source.addEventListener("hello", async (event) => {
    const name = JSON.parse(event.data);
    if (server !== null && server !== name) await restarted();
    server = name;
    changed({ connected: true });
  });
  source.onmessage = (message) => {
    last = message.lastEventId || last;
    const event = JSON.parse(message.data);
    if (event.kind === "state") changed(event.state);
    else tell(event);
  };
  source.onerror = () => {
    changed({ connected: false });
    if (source.readyState === EventSource.CLOSED) retry = setTimeout(connect, 1500);
  };
}

async function restarted() {
  for (const job of [...running.keys()]) tell({ kind: "error", job, text: "The studio was started again; please run this once more." });
  for (const [id, file] of uploads) await upload(file).catch(() => uploads.delete(id));
}

function changed(news) {
  Object.assign(state, news);
  for (const watcher of watchers) watcher(state);
  show();
}

function show() {
  const status = document.getElementById("status");
  const busy = [...running.values()].some((job) => !job.quiet);
  let text = "Ready", kind = "ready";
  if (!state.connected) [text, kind] = ["Connection lost; trying again", "lost"];
  else if (state.problem) [text, kind] = [state.problem, "lost"];
  else if (!state.ready) [text, kind] = ["Loading the network…", "busy"];
  else if (busy) [text, kind] = ["Working…", "busy"];
  if (status.textContent !== text) status.textContent = text;
  status.className = kind;
}

addEventListener("pagehide", () => { if (running.size) navigator.sendBeacon(`stop?tab=${TAB}`); });
// A browser keeps few connections to a server: tabs that nobody sees and that wait for nothing leave theirs.
document.addEventListener("visibilitychange", () => {
  if (document.hidden && !running.size) source.close();
  else if (!document.hidden && source.readyState === EventSource.CLOSED) connect();
});

// ---- Parts of panels ----

export function field(label, input, output = null) {
  return el("label", { cls: "field" }, el("span", {}, label, output), input);
}

export function slider(label, { min, max, step, value, show: shown = String, input }) {
  // No <output>: a label belongs to the first element in it that can have one.
  const output = el("span", { cls: "value" }, shown(value));
  const range = el("input", { type: "range", min: `${min}`, max: `${max}`, step: `${step}`, value: `${value}`, "aria-valuetext": shown(value) });
  range.addEventListener("input", () => {
    output.textContent = shown(Number(range.value));
    range.setAttribute("aria-valuetext", output.textContent);
    if (input) input(Number(range.value));
  });
  const node = field(label, range, output);
  node.input = range;
  return node;
}

export function choice(label, options, value, change) {
  const select = el("select", {}, options.map(([key, text]) => el("option", { value: key, selected: key === value }, text)));
  if (change) select.addEventListener("change", () => change(select.value));
  const node = field(label, select);
  node.input = select;
  return node;
}

// A place for an image. `choose(image)` is called with {id, name}.
export function well(label, choose, samples) {
  const input = el("input", { type: "file", accept: "image/*", cls: "unseen", "aria-label": `${label}: choose a file` });
  const chosen = el("span", { cls: "chosen" });
  const list = el("div", { cls: "samples", role: "group", "aria-label": `${label}: sample images` });
  const button = el("button", { type: "button", on: { click: () => input.click() } }, "Choose a file");
  const node = el("div", { cls: "well", role: "group", "aria-label": label },
    el("div", { cls: "pick" }, el("b", {}, label), button, el("small", {}, "or drop or paste one here"), input, chosen), list);
  const set = (image) => {
    node.image = image;
    chosen.textContent = image.name;
    for (const each of list.children) each.setAttribute("aria-pressed", String(each.dataset.id === image.id));
    choose(image);
  };
  const take = async (file) => {
    if (!file) return;
    chosen.textContent = `sending ${file.name}…`;
    try { set(await upload(file)); } catch (error) { chosen.textContent = node.image ? node.image.name : ""; say(error.message); }
    input.value = "";
  };
  input.addEventListener("change", () => take(input.files[0]));
  node.addEventListener("dragover", (event) => { event.preventDefault(); node.classList.add("over"); });
  node.addEventListener("dragleave", () => node.classList.remove("over"));
  node.addEventListener("drop", (event) => { event.preventDefault(); node.classList.remove("over"); take(event.dataTransfer.files[0]); });
  node.addEventListener("paste", (event) => take(event.clipboardData.files[0]));
  node.set = set;
  let shown = "";
  onState((now) => {
    const names = now.ready ? (samples ? samples() : now.samples.map((name) => `sample:${name}`)) : [];
    if (names.join() === shown) return;
    shown = names.join();
    fill(list, names.map((id) => el("button", { type: "button", title: id, "aria-label": id, "aria-pressed": "false", "data-id": id, on: { click: () => set({ id, name: id }) } },
      el("img", { src: `images/${id}?size=104`, alt: "", loading: "lazy" }))));
  });
  return node;
}
// A file that misses a well must not replace the page.
for (const event of ["dragover", "drop"]) addEventListener(event, (e) => e.preventDefault());

// An input for a class: a name with suggestions, or a number.
export function classInput(label, enter, action) {
  const list = `classes-${label.replace(/\W/g, "")}`;
  const input = el("input", { type: "text", list, placeholder: "a name or a number", autocomplete: "off", spellcheck: "false" });
  const options = el("datalist", { id: list });
  onState((now) => { if (options.children.length !== now.classes.length) fill(options, now.classes.map((name) => el("option", { value: name }))); });
  const go = () => { if (input.value.trim()) enter(input.value.trim()); };
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") go(); });
  const node = el("div", { cls: "stack" }, field(label, input), options, action ? el("button", { type: "button", cls: "small", on: { click: go } }, action) : null);
  node.input = input;
  return node;
}

// A line that says what a job does, with its share and Stop.
export function progressLine() {
  const text = el("span", { role: "status" });
  const bar = el("progress", { max: "1" });
  const button = el("button", { type: "button", cls: "stop" }, "Stop");
  const node = el("div", { cls: "progress", hidden: true }, text, bar, button);
  let job;
  button.addEventListener("click", () => { button.disabled = true; text.textContent = "Stopping…"; stop(job); });
  node.begin = (id, what) => { job = id; button.disabled = false; node.hidden = false; bar.removeAttribute("value"); text.textContent = what; };
  node.at = (share, what) => { if (share === null) bar.removeAttribute("value"); else bar.value = share; if (!button.disabled) text.textContent = what; };
  node.waiting = (event) => node.at(null, `Waiting: ${event.ahead} ${event.ahead === 1 ? "job is" : "jobs are"} ahead`);
  node.end = () => { node.hidden = true; };
  return node;
}

async function copy(button, text, pre) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch { // a frame may not; then at least it is selected
    getSelection().selectAllChildren(pre);
    button.textContent = "Selected";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}

function code(title, text, wrap) {
  const pre = el("pre", { cls: wrap ? "wrap" : "", tabindex: "0", "aria-label": title }, text);
  const button = el("button", { type: "button", cls: "small", "aria-label": `Copy: ${title}` }, "Copy");
  button.addEventListener("click", () => copy(button, text, pre));
  return el("div", { cls: "code" }, el("div", { cls: "row apart" }, el("small", {}, title), button), pre);
}

// The equal command line and Python of a result, and its downloads.
export function resultBox() {
  const downloads = el("div", { cls: "row", role: "group", "aria-label": "Downloads" });
  const inner = el("div");
  const details = el("details", { cls: "equal", hidden: true }, el("summary", {}, "The same as a command, and in Python"), inner);
  const node = el("div", { cls: "stack result" }, downloads, details);
  node.show = (equal, download, first) => {
    details.hidden = !equal;
    if (equal) fill(inner, code("In a terminal", equal.command, true), code("In Python", equal.python, false));
    const archive = download && download.files.find((name) => name.endsWith(".zip"));
    const link = (name, text) => el("a", { cls: "button small", href: `results/${download.id}/${encodeURIComponent(name)}`, download: name }, text);
    fill(downloads, download && first ? link(first, `Download ${first}`) : null, archive ? link(archive, "Download all, with the record") : null);
  };
  node.clear = () => { fill(downloads); details.hidden = true; };
  return node;
}
