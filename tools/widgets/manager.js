// Draws the widgets that a page carries, without a kernel. It does what embed-amd.js of
// @jupyter-widgets/html-manager does, for ipywidgets 8 controls and anywidget only; without the
// Output widget, ipywidgets 7, the JSON schema validator, require.js and FontAwesome the file is a
// sixth of the size, and most of the time to a live widget was the browser reading that file.
import * as base from "@jupyter-widgets/base";
import { ManagerBase } from "@jupyter-widgets/base-manager";
import { MessageLoop } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";

const modules = { "@jupyter-widgets/base": base };

// anywidget's front end is one AMD module, define(["@jupyter-widgets/base"], factory). The build
// renames its call, so that the page has no global "define" that other libraries might try to use.
window.w2sDefine = (needs, factory) => {
  modules.anywidget = factory(...needs.map((name) => modules[name]));
};

// anywidget gives a widget two seconds to start and then leaves it undrawn; a slow or busy machine
// needs longer. The build puts this in place of AbortSignal.timeout.
window.w2sPatience = (milliseconds) => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), Math.max(milliseconds, 60_000));
  return controller.signal;
};

// ipywidgets typesets labels through MathJax 2; the build puts this in place of that call.
window.w2sTypeset = ([, , element]) => {
  const math = window.MathJax;
  math?.startup?.promise?.then(() => math.typesetPromise([element]));
};

const inertComm = { on_close() {}, on_msg() {}, close() {}, send() {} };

class PageManager extends ManagerBase {
  shown = new Set();

  async loadClass(className, moduleName) {
    const found = modules[moduleName]?.[className];
    if (!found) throw new Error(`the book does not serve the widget ${moduleName}.${className}`);
    return found;
  }

  async display_view(view, element) {
    Widget.attach(view.luminoWidget, element);
    this.shown.add(view);
    view.once("remove", () => this.shown.delete(view));
  }

  resized() {
    for (const view of this.shown) {
      MessageLoop.postMessage(view.luminoWidget, Widget.ResizeMessage.UnknownSize);
    }
  }

  async get_model(id) {
    const model = await super.get_model(id);
    for (const [name, digest] of missing({ [LATE]: model.get(LATE) })) {
      model.set(name, await sourceOf(digest));
    }
    return model;
  }

  async _get_comm_info() {
    return {};
  }

  async _create_comm() {
    return inertComm;
  }
}

// The book's pages keep the explorers' sources in scripts that all of them share (house_widgets.py in
// book/_extensions); other pages do not.
const MARK = "w2s-source:";
// What draws data sets is asked for when a reader draws one: nothing waits for it before.
const LATE = "code";

async function sourceOf(digest) {
  while (!window.w2sSources?.[digest]) {
    await new Promise((go) => window.addEventListener("w2s-sources", go, { once: true }));
  }
  return window.w2sSources[digest];
}

function missing(values) {
  return Object.entries(values)
    .filter(([, value]) => typeof value === "string" && value.startsWith(MARK))
    .map(([name, value]) => [name, value.slice(MARK.length)]);
}

async function withSources(state) {
  for (const model of Object.values(state.state)) {
    for (const [name, digest] of missing(model.state)) {
      if (name !== LATE) model.state[name] = await sourceOf(digest);
    }
  }
  return state;
}

const MIME = "application/vnd.jupyter.widget";
const VIEW = `script[type="${MIME}-view+json"]`;
const STATE = `script[type="${MIME}-state+json"]`;

// An explorer finds its measures in its first frames; what moves in them need not be seen.
function showWhenSettled(place, frames = 120, settled = 2) {
  if (place.querySelector("canvas, svg, input, button")) settled--;
  if (frames > 0 && settled > 0 && document.visibilityState === "visible") {
    requestAnimationFrame(() => showWhenSettled(place, frames - 1, settled));
  } else {
    place.style.visibility = "";
  }
}

let manager = null;
// One state after the other: a later one may name models of an earlier one.
let known = Promise.resolve();
const drawn = new WeakSet();

function takeIn(mark) {
  drawn.add(mark);
  const state = JSON.parse(mark.textContent);
  known = known.then(async () => {
    await manager.set_state(await withSources(state));
  });
}

async function draw(mark) {
  drawn.add(mark);
  await known;
  const id = JSON.parse(mark.textContent).model_id;
  if (!manager.has_model(id)) return;
  const place = document.createElement("div");
  place.className = "widget-subarea";
  place.style.visibility = "hidden";
  mark.before(place);
  await manager.display_view(await manager.create_view(await manager.get_model(id)), place);
  showWhenSettled(place);
}

// Draws what the page has so far. A page of the book calls it behind each explorer, so that the first one
// is there before the rest of the page; any page is complete once the document is parsed.
function drawAll() {
  const fresh = (kind) => [...document.querySelectorAll(kind)].filter((mark) => !drawn.has(mark));
  fresh(STATE).forEach(takeIn);
  for (const mark of fresh(VIEW)) draw(mark).catch((error) => console.error(error));
}

/**
 * Serve these modules; nothing else of ipywidgets is there.
 * @param {Record<string, object>} served
 * @param {string} styles
 */
export function start(served, styles) {
  Object.assign(modules, served);
  require("./anywidget.js");
  const style = document.createElement("style");
  style.textContent = styles;
  document.head.prepend(style); // before the book's own style sheets, which may override it
  manager = new PageManager();
  window.addEventListener("resize", () => manager.resized());
  const behindExplorers = window.w2sExplorers ?? [];
  window.w2sExplorers = { push: drawAll };
  if (behindExplorers.length > 0 || document.readyState !== "loading") drawAll();
  // This script is async; deferred scripts run later still.
  if (document.readyState === "loading") {
    document.addEventListener("readystatechange", drawAll, { once: true });
  }
}
