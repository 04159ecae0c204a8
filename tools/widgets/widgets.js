// Draws the widgets that a page carries, without a kernel. It does what embed-amd.js of
// @jupyter-widgets/html-manager does, for ipywidgets 8 controls and anywidget only; without the
// Output widget, ipywidgets 7, the JSON schema validator, require.js and FontAwesome the file is a
// sixth of the size, and most of the time to a live widget was the browser reading that file.
import * as base from "@jupyter-widgets/base";
import * as controls from "@jupyter-widgets/controls";
import { ManagerBase } from "@jupyter-widgets/base-manager";
import { MessageLoop } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import styles from "./styles.css";

const modules = {
  "@jupyter-widgets/base": base,
  "@jupyter-widgets/controls": controls,
};

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

  async _get_comm_info() {
    return {};
  }

  async _create_comm() {
    return inertComm;
  }
}

// The book's pages keep the explorers' sources in a script that all of them share (house_widgets.py in
// book/_extensions); other pages do not.
const MARK = "w2s-source:";

async function sourceOf(digest) {
  while (!window.w2sSources?.[digest]) {
    await new Promise((go) => window.addEventListener("w2s-sources", go, { once: true }));
  }
  return window.w2sSources[digest];
}

async function withSources(state) {
  for (const model of Object.values(state.state)) {
    for (const [name, value] of Object.entries(model.state)) {
      if (typeof value === "string" && value.startsWith(MARK)) {
        model.state[name] = await sourceOf(value.slice(MARK.length));
      }
    }
  }
  return state;
}

const marked = (kind) =>
  document.querySelectorAll(`script[type="application/vnd.jupyter.widget-${kind}+json"]`);

// An explorer finds its measures in its first frames; what moves in them need not be seen.
function showWhenSettled(place, frames = 120, settled = 2) {
  if (place.querySelector("canvas, svg, input, button")) settled--;
  if (frames > 0 && settled > 0 && document.visibilityState === "visible") {
    requestAnimationFrame(() => showWhenSettled(place, frames - 1, settled));
  } else {
    place.style.visibility = "";
  }
}

async function draw(state) {
  const manager = new PageManager();
  window.addEventListener("resize", () => manager.resized());
  const models = await manager.set_state(await withSources(state));
  const known = new Map(models.map((model) => [model.model_id, model]));
  await Promise.all(
    Array.from(marked("view"), async (mark) => {
      const model = known.get(JSON.parse(mark.textContent).model_id);
      if (!model) return;
      const place = document.createElement("div");
      place.className = "widget-subarea";
      place.style.visibility = "hidden";
      mark.before(place);
      await manager.display_view(await manager.create_view(model), place);
      showWhenSettled(place);
    })
  );
}

function drawAll() {
  const style = document.createElement("style");
  style.textContent = styles;
  document.head.prepend(style); // before the book's own style sheets, which may override it
  for (const mark of marked("state")) {
    draw(JSON.parse(mark.textContent)).catch((error) => console.error(error));
  }
}

// This script is async. It draws as soon as the document is parsed, before the deferred scripts run.
function start() {
  require("./anywidget.js");
  if (document.readyState === "loading") {
    document.addEventListener("readystatechange", drawAll, { once: true });
  } else {
    drawAll();
  }
}
start();
