// What the reader touches: the page's elements, the cross-hair, slider labels, links.

/** element("p", {class: "x", onclick: f}, "text", child, …) */
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Are we on a published page of the book? Slides hold the widgets' state too, but not the chapters. */
function onBookPage() {
  return !!document.querySelector('script[type="application/vnd.jupyter.widget-state+json"]')
    && !document.querySelector(".reveal");
}

/** All elements of an explorer, by role. */
function buildPage({ id, title, presets, texts, limit, colours, curves, section }, names, act) {
  const button = (label, tip, run, kind = "") =>
    element("button", { type: "button", class: `w2s-button ${kind}`, title: tip, onclick: run }, label);
  const places = presets.map((p) => button(p.label, p.tip, () => act.set(p.settings)));
  const reset = button("reset", "back to the initial setting", act.reset, "w2s-quiet");
  const link = button("link to this setting", "puts the setting into this page’s address and copies it",
    act.link, "w2s-quiet");
  const said = element("span", { class: "w2s-said", role: "status" });
  const handle = element("div", {
    class: "w2s-handle", role: "slider", tabindex: "0", "aria-valuemin": "0", "aria-valuemax": "100",
    "aria-label": `cross-hair: ${names.x} and ${names.y}; arrow keys move it`,
    "aria-roledescription": "two-dimensional slider",
  });
  const vertical = element("div", { class: "w2s-hair w2s-vertical" });
  const horizontal = element("div", { class: "w2s-hair w2s-horizontal" });
  const [across, up] = section === "y" ? [names.y, names.x] : [names.x, names.y];
  const map = element("canvas", {
    role: "img",
    "aria-label": `Map of ${texts.difference} over ${names.x} and ${names.y}. The sentence below says what it shows.`,
  });
  const curve = element("canvas", {
    role: "img",
    "aria-label": `Curves of the ${texts.error} against ${across}, at the ${up} of the cross-hair.`,
  });
  const at = element("span", { class: "w2s-at" });
  const sentence = element("p", { class: "w2s-sentence", "aria-hidden": "true" });
  const live = element("p", { class: "w2s-live", "aria-live": "polite" });
  const panels = element("div", { class: "w2s-panels" },
    element("div", { class: "w2s-panel" },
      element("div", { class: "w2s-caption" }, colourBar(texts, limit, colours)),
      element("div", { class: "w2s-plot w2s-map" }, map, vertical, horizontal, handle)),
    element("div", { class: "w2s-panel" },
      element("div", { class: "w2s-caption" }, legend(texts, curves), at),
      element("div", { class: "w2s-plot w2s-curve" }, curve)));
  const root = element("div", {
    class: "w2s-canvas", role: "group", "aria-label": title, "data-explorer": id,
    // JupyterLab's shortcuts would take the arrow keys away.
    "data-lm-suppress-shortcuts": "true",
  }, element("div", { class: "w2s-buttons" }, ...places, element("span", { class: "w2s-quiet-buttons" }, reset, link, said)), panels, sentence, live);
  return { root, places, reset, link, said, handle, vertical, horizontal, map, curve, at, sentence, live, panels };
}

function colourBar(texts, limit, colours) {
  const end = formatNumber(limit);
  const row = (kind, ...words) =>
    element("div", { class: "w2s-scale-row" }, ...words.map((word) => element("span", { class: kind }, word)));
  return element("div", { class: "w2s-scale" },
    row("w2s-word", texts.blue, texts.difference, texts.orange),
    element("div", { class: "w2s-ramp", style: `background-image: linear-gradient(to right, ${colours.join(",")})` }),
    row("", `−${end}`, "0", `+${end}`));
}

function legend(texts, curves) {
  const entry = (kind, label) => element("span", { class: "w2s-entry" }, element("i", { class: `w2s-key ${kind}` }), label);
  return element("div", { class: "w2s-legend" },
    entry("w2s-key-student", texts.student_curve),
    entry("w2s-key-teacher", texts.teacher_curve),
    ...curves.map((c, k) => element("span", { class: "w2s-entry" }, dashKey(k), c.label)));
}

/** A short line with the dashes that the k-th extra curve is drawn with. */
function dashKey(k) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  const line = document.createElementNS(namespace, "path");
  svg.setAttribute("class", "w2s-dash");
  svg.setAttribute("viewBox", "0 0 24 6");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", "M0 3H24");
  line.setAttribute("stroke-dasharray", DASHES[k % DASHES.length].join(" "));
  svg.append(line);
  return svg;
}

/**
 * Pointer and keyboard on the cross-hair and the section.
 * move(dx, dy) moves by slider steps; goTo({x, y}) takes fractions of the map.
 */
function attachCrosshair(page, geometry, { goTo, move }) {
  const plot = page.map.parentElement;
  const from = (event, box, canvas) => {
    const { left, top } = canvas.getBoundingClientRect();
    return {
      x: (event.clientX - left - box.left) / (box.right - box.left),
      y: (box.bottom - (event.clientY - top)) / (box.bottom - box.top),
    };
  };
  // A finger on the map scrolls the page unless it starts on the handle; a tap moves there.
  drag(plot, (event) => event.pointerType !== "touch" || page.handle.contains(event.target),
    (event) => goTo(from(event, geometry.map, page.map)));
  plot.addEventListener("click", (event) => goTo(from(event, geometry.map, page.map)));
  // In the section only the horizontal direction means something.
  drag(page.curve, () => true, (event) => goTo({ along: from(event, geometry.curve, page.curve).x }));
  page.handle.addEventListener("keydown", (event) => {
    const big = event.shiftKey ? 10 : 1;
    const steps = {
      ArrowLeft: [-big, 0], ArrowRight: [big, 0], ArrowDown: [0, -big], ArrowUp: [0, big],
      PageDown: [0, -10], PageUp: [0, 10], Home: [-Infinity, 0], End: [Infinity, 0],
    }[event.key];
    if (!steps) return;
    event.preventDefault();
    event.stopPropagation();
    move(...steps);
  });
}

function drag(target, starts, follow) {
  let active = false;
  target.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !starts(event)) return;
    active = true;
    target.setPointerCapture(event.pointerId);
    follow(event);
  });
  target.addEventListener("pointermove", (event) => active && follow(event));
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    target.addEventListener(end, () => (active = false));
  }
}

/**
 * Names and values for the handles of ipywidgets' sliders, which come without. `say` turns a
 * read-out into what is spoken; it belongs here because a second writer of the same attribute
 * would wake its MutationObserver, and that one this, without end.
 */
function labelSliders(box, say = (readout) => readout) {
  for (const slider of box.querySelectorAll(".widget-slider, .jupyter-widget-slider")) {
    const title = slider.querySelector("label")?.textContent ?? "";
    const handle = slider.querySelector(".noUi-handle");
    const readout = slider.querySelector(".widget-readout");
    if (!handle) continue;
    change(handle, "aria-label", title);
    change(handle, "data-lm-suppress-shortcuts", "true");
    // A log slider tells assistive technology its exponent; the reader wants the value.
    if (readout) {
      change(handle, "aria-valuetext", say(readout.textContent));
      change(readout, "role", "textbox");
      change(readout, "aria-label", `${title}, type a value`);
    }
  }
}

/** setAttribute that does not wake MutationObservers when nothing changes. */
function change(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** Settings in a fragment "#id?a=1&b=2", or null; unknown names and bad numbers are left out. */
function readFragment(hash, id, parameters) {
  if (!hash.startsWith(`#${id}?`)) return null;
  const wanted = new URLSearchParams(hash.slice(id.length + 2));
  const settings = {};
  for (const { name } of parameters) {
    const value = wanted.has(name) ? Number(wanted.get(name)) : NaN;
    if (Number.isFinite(value)) settings[name] = value;
  }
  return settings;
}

function writeFragment(id, names, settings) {
  const pairs = names.map((name) => `${name}=${Number(settings[name].toPrecision(6))}`);
  return `#${id}?${pairs.join("&")}`;
}
