// The explorer itself: keeps model, page and pictures in step. Entry point: render() at the end.

const MAP_SAMPLES = 121, SECTION_SAMPLES = 241;
const PANEL_GAP = 20, STACK_BELOW = 560;

class Explorer {
  constructor(model, el) {
    this.model = model;
    this.options = model.get("options");
    this.redrawTimes = [];
    this.flush = false;
    this.changed = new Set();
    this.published = onBookPage();
    this.loadField();
    this.geometry = { map: null, curve: null };
    const names = { x: this.x.title, y: this.y.title };
    this.page = buildPage(this.options, names, {
      set: (settings) => this.set(settings),
      reset: () => this.set(this.initial),
      link: () => this.shareLink(),
    });
    this.page.link.hidden = !this.published;
    el.append(this.page.root);
    this.ramp = colourRamp(this.options.colours);
    this.buffer = document.createElement("canvas");
    this.readTheme();
    attachCrosshair(this.page, this.geometry, {
      goTo: (place) => this.goTo(place),
      move: (dx, dy) => this.move(dx, dy),
    });
    this.listen();
    this.exposeTestHook();
  }

  get x() { return this.field.entries.get(this.options.x); }
  get y() { return this.field.entries.get(this.options.y); }
  get along() { return this.options.section === "y" ? this.y : this.x; }

  loadField() {
    const field = decodeField(this.model.get("description"), this.model.get("tables"));
    this.field = field;
    this.initial = Object.fromEntries(field.parameters.map((p) => [p.name, p.value]));
    const x = { name: this.x.name, values: spread(this.x, MAP_SAMPLES) };
    const y = { name: this.y.name, values: spread(this.y, MAP_SAMPLES) };
    const along = { name: this.along.name, values: spread(this.along, SECTION_SAMPLES) };
    this.onMap = new Evaluator(field, x, y);
    this.onSection = new Evaluator(field, along);
    this.atPoint = new Evaluator(field);
    // A marker's line is swept along the other axis of the map.
    this.onMarkers = this.options.markers.map((m) => new Evaluator(field, m.axis === "x" ? y : x));
    this.mapKey = null;
  }

  // --- settings ---------------------------------------------------------------------------------

  settings() {
    return Object.fromEntries(this.field.parameters.map(({ name }) => [name, this.model.get(name)]));
  }

  /** Set some parameters; the sliders follow through their links. */
  set(settings) {
    for (const [name, value] of Object.entries(settings)) {
      this.model.set(name, snap(this.field.entries.get(name), value));
    }
    this.model.save_changes();
  }

  goTo({ x, y, along }) {
    const wanted = {};
    if (x !== undefined) wanted[this.x.name] = valueAt(this.x, x);
    if (y !== undefined) wanted[this.y.name] = valueAt(this.y, y);
    if (along !== undefined) wanted[this.along.name] = valueAt(this.along, along);
    this.set(wanted);
  }

  move(dx, dy) {
    const wanted = {};
    for (const [parameter, steps] of [[this.x, dx], [this.y, dy]]) {
      if (steps === 0) continue;
      const value = this.model.get(parameter.name);
      wanted[parameter.name] = parameter.scale === "log"
        ? value * 10 ** (steps * parameter.step) : value + steps * parameter.step;
    }
    this.set(wanted);
  }

  restoreFragment() {
    const settings = this.published && readFragment(location.hash, this.options.id, this.field.parameters);
    if (!settings) return;
    this.set({ ...this.initial, ...settings });
    this.bringIntoView();
  }

  /** Scroll here, and once more when formulas have moved the page, unless the reader took over. */
  async bringIntoView() {
    const { root } = this.page;
    const show = () => root.scrollIntoView({ block: root.offsetHeight > innerHeight ? "start" : "center" });
    show();
    let alone = true;
    for (const sign of ["wheel", "touchstart", "pointerdown", "keydown"]) {
      window.addEventListener(sign, () => (alone = false), { once: true, passive: true });
    }
    if (document.readyState !== "complete") {
      await new Promise((go) => window.addEventListener("load", go, { once: true }));
    }
    await window.MathJax?.startup?.promise;
    if (alone) show();
  }

  async shareLink() {
    history.replaceState(null, "", writeFragment(this.options.id, this.options.sliders, this.settings()));
    try {
      await navigator.clipboard.writeText(location.href);
      this.say("Link copied.");
    } catch {
      this.say("The link is in the address bar.");
    }
  }

  say(text) {
    this.page.said.textContent = text;
    clearTimeout(this.sayTimer);
    this.sayTimer = setTimeout(() => (this.page.said.textContent = ""), 4000);
  }

  // --- events -----------------------------------------------------------------------------------

  listen() {
    const { model } = this;
    const cleanups = (this.cleanups = []);
    const on = (event, handler) => {
      model.on(event, handler);
      cleanups.push(() => model.off(event, handler));
    };
    for (const { name } of this.field.parameters) on(`change:${name}`, () => this.schedule(name));
    const resize = new ResizeObserver(() => (this.layOut(), this.watchSliders()));
    resize.observe(this.page.root);
    cleanups.push(() => resize.disconnect());
    this.followTheme(cleanups);
    const onHash = () => this.restoreFragment();
    window.addEventListener("hashchange", onHash);
    cleanups.push(() => window.removeEventListener("hashchange", onHash));
  }

  followTheme(cleanups) {
    const repaint = () => (this.readTheme(), this.schedule("theme"));
    const watch = new MutationObserver(repaint);
    watch.observe(document.documentElement, { attributeFilter: ["data-theme", "class"] });
    watch.observe(document.body, { attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"] });
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", repaint);
    cleanups.push(() => (watch.disconnect(), system.removeEventListener("change", repaint)));
  }

  /** Label the sliders next to the canvas as soon as they are there, and whenever they change. */
  watchSliders() {
    const box = this.page.root.closest(".w2s-explorer")?.querySelector(".w2s-sliders");
    if (!box || this.sliderWatch) return;
    change(box, "data-lm-suppress-shortcuts", "true");
    this.sliderWatch = new MutationObserver(() => labelSliders(box));
    this.sliderWatch.observe(box, { subtree: true, childList: true, attributeFilter: ["aria-valuetext"] });
    this.cleanups.push(() => this.sliderWatch.disconnect());
    labelSliders(box);
  }

  readTheme() {
    const style = getComputedStyle(this.page.root);
    const colour = (name) => style.getPropertyValue(`--w2s-${name}`).trim() || "#333";
    this.theme = { font: `12px ${style.fontFamily || "sans-serif"}` };
    for (const name of ["text", "muted", "grid", "background", "student", "teacher"]) {
      this.theme[name] = colour(name);
    }
    this.theme.winShade = colour("win-shade");
    this.mapKey = null;
  }

  // --- drawing ----------------------------------------------------------------------------------

  /** Fit the two plots to the width there is: side by side, or one above the other. */
  layOut() {
    const width = Math.floor(this.page.panels.clientWidth);
    if (width === 0 || width === this.width) return;
    this.width = width;
    const stacked = width < STACK_BELOW;
    this.page.root.classList.toggle("w2s-stacked", stacked);
    const panel = stacked ? width : Math.floor((width - PANEL_GAP) / 2);
    const height = Math.round(Math.max(230, Math.min(380, 0.86 * panel)));
    const box = { left: 58, top: 8, right: panel - 12, bottom: height - 44, width: panel, height };
    this.geometry.map = this.geometry.curve = box;
    for (const canvas of [this.page.map, this.page.curve]) {
      canvas.style.width = `${panel}px`;
      canvas.style.height = `${height}px`;
    }
    this.mapKey = null;
    // Theme variables are only known once the element is part of the document.
    this.readTheme();
    this.draw();
  }

  /** Ask for one redraw in the next frame, however many changes come before it. */
  schedule(reason) {
    this.changed.add(reason);
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  draw() {
    if (!this.width) return;
    const start = performance.now();
    const settings = this.settings();
    for (const evaluator of [this.onMap, this.onSection, this.atPoint, ...this.onMarkers]) {
      evaluator.settings = settings;
    }
    this.drawMapIfChanged();
    const section = this.sampleSection();
    this.drawSection(section, settings);
    this.placeCrosshair(settings);
    this.writeSentence(this.verdict(settings, section));
    if (this.flush) this.finishDrawing();
    this.redrawTimes.push({ changed: [...this.changed], ms: performance.now() - start });
    if (this.redrawTimes.length > 5000) this.redrawTimes.splice(0, 2500);
    this.changed.clear();
  }

  /** Reading a pixel makes the browser carry out what it may have put off: for benchmarks. */
  finishDrawing() {
    for (const canvas of [this.page.map, this.page.curve]) canvas.getContext("2d").getImageData(0, 0, 1, 1);
  }

  drawMapIfChanged() {
    const { difference } = this.field;
    const lines = this.options.markers.map((m, k) => this.onMarkers[k].key(m.quantity));
    const key = [this.onMap.key(difference), ...lines, devicePixelRatio].join("|");
    if (key === this.mapKey) return;
    this.mapKey = key;
    const sample = { data: expand(this.onMap, difference), ni: MAP_SAMPLES, nj: MAP_SAMPLES };
    drawMap(this.page.map, this.geometry.map, sample, {
      x: this.x, y: this.y, theme: this.theme, ramp: this.ramp, buffer: this.buffer,
      limit: this.options.limit,
      lines: this.options.markers.map((m, k) => this.markerLine(m, this.onMarkers[k])),
      labels: { x: this.x.title, y: this.y.title },
    });
  }

  markerLine({ quantity, axis, label }, evaluator) {
    const along = evaluator.sweeps[0].values;
    const { data } = evaluator.array(quantity);
    const points = Array.from(along, (value, k) => {
      const at = data[Math.min(k, data.length - 1)];
      return axis === "x" ? [at, value] : [value, at];
    });
    return { points, label };
  }

  sampleSection() {
    const values = (name) => this.onSection.array(name).data;
    return {
      positions: this.onSection.sweeps[0].values,
      student: values(this.field.student),
      teacher: values(this.field.teacher),
      difference: values(this.field.difference),
      curves: this.options.curves.map(({ quantity }) => ({ values: values(quantity) })),
    };
  }

  drawSection(section, settings) {
    const { section: direction, markers, texts } = this.options;
    const marker = markers.find(({ axis }) => axis === direction);
    drawSection(this.page.curve, this.geometry.curve, section, {
      along: this.along,
      theme: this.theme,
      labels: { x: this.along.title, y: texts.error },
      here: { position: settings[this.along.name], student: this.atPoint.number(this.field.student) },
      markerAt: marker ? this.atPoint.number(marker.quantity) : null,
    });
    const other = direction === "y" ? this.x : this.y;
    this.page.at.textContent = `at ${other.label} = ${formatNumber(settings[other.name])}`;
  }

  placeCrosshair(settings) {
    const { handle, vertical, horizontal } = this.page;
    const box = this.geometry.map;
    const fx = fraction(this.x, settings[this.x.name]), fy = fraction(this.y, settings[this.y.name]);
    const left = box.left + fx * (box.right - box.left), top = box.bottom - fy * (box.bottom - box.top);
    handle.style.transform = `translate(${left}px, ${top}px)`;
    vertical.style.transform = `translate(${left}px, ${box.top}px)`;
    vertical.style.height = `${box.bottom - box.top}px`;
    horizontal.style.transform = `translate(${box.left}px, ${top}px)`;
    horizontal.style.width = `${box.right - box.left}px`;
    change(handle, "aria-valuenow", (100 * fx).toFixed(1));
    const value = ({ label, name }) => `${label} = ${formatNumber(settings[name])}`;
    change(handle, "aria-valuetext", `${value(this.x)}, ${value(this.y)}`);
  }

  // --- words ------------------------------------------------------------------------------------

  /** Who wins, by how much, and where along the section: numbers for the sentence and the tests. */
  verdict(settings, section) {
    const { difference: name, student, teacher } = this.field;
    const here = this.atPoint;
    const errors = { student: here.number(student), teacher: here.number(teacher), difference: here.number(name) };
    const tie = Math.abs(errors.difference) < TIE * Math.abs(errors.teacher);
    const ranges = winningRanges(section.positions, spreadOver(section), (a, b) => this.refine(a, b, settings));
    const marker = this.options.markers[0];
    const place = marker && { value: settings[this.options[marker.axis]], at: here.number(marker.quantity) };
    return {
      ...errors,
      winner: tie ? "tie" : errors.difference < 0 ? "student" : "teacher",
      ...nameRegime(ranges, this.along.low, this.along.high),
      marker: place,
      label: this.along.label,
    };
  }

  /** Where the difference changes sign between two values of the section's parameter. */
  refine(a, b, settings) {
    const { scale, name } = this.along;
    const negative = (value) => {
      this.atPoint.settings = { ...settings, [name]: value };
      return this.atPoint.number(this.field.difference) < 0;
    };
    const before = negative(a);
    let low = TRANSFORMS[scale](a), high = TRANSFORMS[scale](b);
    for (let k = 0; k < 14; k++) {
      const middle = (low + high) / 2;
      if (negative(INVERSES[scale](middle)) === before) low = middle;
      else high = middle;
    }
    this.atPoint.settings = settings;
    return INVERSES[scale]((low + high) / 2);
  }

  writeSentence(verdict) {
    const { sentence, live } = this.page;
    const [headline, rest] = composeSentence(this.options.texts, verdict);
    this.lastVerdict = verdict;
    this.text = `${headline}: ${rest}`;
    if (sentence.textContent !== this.text) {
      sentence.replaceChildren(element("strong", { class: `w2s-${verdict.winner}` }, headline), `: ${rest}`);
    }
    // Screen readers hear the sentence once the reader pauses, not at every step of a drag.
    clearTimeout(this.liveTimer);
    this.liveTimer = setTimeout(() => {
      if (live.textContent !== this.text) live.textContent = this.text;
    }, 500);
  }

  // --- for tests --------------------------------------------------------------------------------

  /** `element.w2slib` on the root element: used by tests/site/ and the benchmarks only. */
  exposeTestHook() {
    const free = new Evaluator(this.field);
    this.page.root.w2slib = {
      settings: () => this.settings(),
      set: (settings) => this.set(settings),
      evaluate: (name, settings = {}) => {
        free.settings = { ...this.settings(), ...settings };
        return free.number(name);
      },
      sentence: () => this.text,
      verdict: () => this.lastVerdict,
      samples: () => this.samples(),
      redrawTimes: this.redrawTimes,
      setFlush: (on) => (this.flush = on),
    };
  }

  /** What was drawn last: both axes and the map (x fastest), and the section. */
  samples() {
    const [xs, ys] = this.onMap.sweeps.map(({ values }) => Array.from(values));
    const { positions, student, teacher, difference } = this.sampleSection();
    const section = { positions, student, teacher, difference };
    for (const [name, values] of Object.entries(section)) section[name] = Array.from(values);
    return { x: xs, y: ys, map: Array.from(expand(this.onMap, this.field.difference)), section };
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.liveTimer);
    clearTimeout(this.sayTimer);
    for (const cleanup of this.cleanups) cleanup();
  }
}

/** The difference over the whole map, also if it depends on one axis only or on none. */
function expand(evaluator, name) {
  const { kind, data } = evaluator.array(name);
  if (kind === BOTH) return data;
  const [ni, nj] = evaluator.lengths;
  const { di, dj } = evaluator.steps(kind);
  return Float64Array.from({ length: ni * nj }, (_, k) => data[(k % ni) * di + Math.floor(k / ni) * dj]);
}

/** The difference at every position of the section, also if it is the same everywhere. */
function spreadOver({ positions, difference }) {
  return difference.length === positions.length ? difference : new Float64Array(positions.length).fill(difference[0]);
}

function render({ model, el }) {
  const explorer = new Explorer(model, el);
  explorer.restoreFragment();
  return () => explorer.destroy();
}

export default { render };
