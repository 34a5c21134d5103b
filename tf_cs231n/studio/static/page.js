// The page: tabs, and the panels behind them.

import { connect, el, fill, onState } from "./core.js";
import * as assignment from "./assignment.js";
import * as caption from "./caption.js";
import * as explain from "./explain.js";
import * as fool from "./fool.js";
import * as gan from "./gan.js";
import * as style from "./style.js";
import * as theory from "./theory.js";
import * as visualize from "./visualize.js";

const PANELS = { explain, fool, visualize, caption, style, gan, theory, assignment };

const main = document.getElementById("main");
const tabs = document.getElementById("tabs");
const shown = {};

function select(name, focus) {
  for (const tab of tabs.children) {
    const chosen = tab.dataset.panel === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen && focus) tab.focus();
    if (chosen) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  if (!shown[name]) {
    shown[name] = el("section", { cls: "panel", id: `panel-${name}`, role: "tabpanel", "aria-labelledby": `tab-${name}` });
    main.append(shown[name]);
    PANELS[name].open(shown[name]);
  }
  for (const [other, section] of Object.entries(shown)) section.hidden = other !== name;
  if (location.hash.slice(1) !== name) history.replaceState(null, "", `#${name}`);
}

fill(tabs, Object.entries(PANELS).map(([name, panel]) => el("button", {
  type: "button", role: "tab", id: `tab-${name}`, "data-panel": name, "aria-controls": `panel-${name}`,
  on: {
    click: () => select(name),
    keydown: (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const names = Object.keys(PANELS);
      select(names[(names.indexOf(name) + step + names.length) % names.length], true);
    },
  },
}, panel.TITLE)));

const first = () => (location.hash.slice(1) in PANELS ? location.hash.slice(1) : Object.keys(PANELS)[0]);
addEventListener("hashchange", () => select(first()));
onState(() => {});
connect();
select(first());
