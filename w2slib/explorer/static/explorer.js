// The explorer itself: keeps model, page and pictures in step. Entry point: render() at the end.

import { attachCrosshair } from "./crosshair.js";
import { change, element, onBookPage } from "./dom.js";
import { Drawing } from "./drawing.js";
import { Draws } from "./draws.js";
import { fileButtons } from "./export.js";
import { decodeField, Evaluator } from "./field.js";
import { readFragment, recall, remember, writeFragment } from "./links.js";
import { buildPage } from "./page.js";
import { colourRamp, contextOf, drawCover, drawMap, drawSection } from "./picture.js";
import { Pin } from "./pins.js";
import { fraction, INVERSES, snap, spread, stopOf, TRANSFORMS, valueAt } from "./scales.js";
import { fontScale } from "./theme.js";
import { Ballot } from "./votes.js";
import {
  composeSentence,
  formatNumber,
  longSentences,
  nameRegime,
  nameWinner,
  winningRanges,
} from "./words.js";

/**
 * @import { Model } from "./drawing.js"
 * @import { Options } from "./page.js"
 * @import { Line, Section } from "./picture.js"
 * @import { Parameter } from "./scales.js"
 * @import { Theme } from "./theme.js"
 * @import { Verdict } from "./words.js"
 *
 * @typedef {Record<string, number>} Settings
 * @typedef {Section & {difference: Float64Array}} SampledSection
 */

const MAP_SAMPLES = 121;
const SECTION_SAMPLES = 241;
const PANEL_GAP = 20;
const STACK_BELOW = 560;

class Explorer {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    /** @type {Options} */
    this.options = model.get("options");
    this.field = decodeField(model.get("description"), model.get("tables"));
    this.x = this.parameter(this.options.x);
    this.y = this.parameter(this.options.y);
    this.along = this.options.section === "y" ? this.y : this.x;
    this.sampled = {
      x: spread(this.x, MAP_SAMPLES),
      y: spread(this.y, MAP_SAMPLES),
      along: spread(this.along, SECTION_SAMPLES),
    };
    this.on = this.makeEvaluators();
    /** @type {Settings} */
    this.initial = Object.fromEntries(this.field.parameters.map((p) => [p.name, p.value]));
    this.published = onBookPage();
    const names = { x: this.x.title, y: this.y.title };
    this.ballot = this.makeBallot();
    this.page = buildPage(this.options, names, this.ballot, {
      set: (settings) => this.set(settings),
      reset: () => {
        this.set(this.initial);
        this.remember();
      },
      cover: () => this.cover(true, true),
      link: () => this.shareLink(),
    });
    this.covered = false;
    this.page.link.hidden = !this.published;
    this.drawing = new Drawing(this.page.root, this);
    this.draws = this.makeDraws();
    this.pin = this.makePin();
    this.offerFiles();
    this.flush = false;
    this.box = { left: 58, top: 8, right: 0, bottom: 0, width: 0, height: 0 };
    this.ramp = colourRamp(this.options.colours);
    this.buffer = document.createElement("canvas");
    // What the map was last drawn with.
    this.mapKey = "";
    /** @type {Theme | null} */
    this.mapTheme = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.sayTimer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.rememberTimer = undefined;
    // The settings that the tab's history knows.
    this.remembered = "";
    this.onHash = () => {
      this.restoreFragment();
      // This is another entry of the tab's history.
      if (this.published) this.remember();
    };
    this.listen();
    this.exposeTestHook();
    this.cover(this.options.covered);
  }

  /**
   * @param {string} name
   * @returns {Parameter}
   */
  parameter(name) {
    const found = this.field.parameters.find((p) => p.name === name);
    if (!found) throw new Error(`explorer: no parameter is called ${name}`);
    return found;
  }

  makeEvaluators() {
    const { field, sampled, options } = this;
    const x = { name: options.x, values: sampled.x };
    const y = { name: options.y, values: sampled.y };
    return {
      map: new Evaluator(field, x, y),
      section: new Evaluator(field, { name: this.along.name, values: sampled.along }),
      point: new Evaluator(field),
      // A marker's line is swept along the other axis of the map.
      markers: options.markers.map(({ axis }) => new Evaluator(field, axis === "x" ? y : x)),
    };
  }

  /** Data sets drawn beside the theory, if the model can be sampled. */
  makeDraws() {
    const { sampling, limit } = this.options;
    if (!sampling) return null;
    const draws = new Draws({
      sampling,
      limit,
      code: () => samplerCode(this.model),
      description: this.model.get("description"),
      tables: this.model.get("tables"),
      settings: () => this.settings(),
      evaluate: (name) => this.on.point.number(name),
      redraw: () => this.drawing.schedule("draws"),
    });
    draws.attach(this.page.root);
    return draws;
  }

  makePin() {
    const redraw = () => this.drawing.schedule("pin");
    const pin = new Pin(this.field.parameters, () => this.shownNow(), redraw);
    this.page.said.before(pin.button);
    this.page.at.after(pin.note);
    this.page.map.after(pin.mark);
    return pin;
  }

  /** What can be pinned, and taken away. */
  shownNow() {
    return { settings: this.settings(), section: this.sampleSection() };
  }

  // --- files ------------------------------------------------------------------------------------

  offerFiles() {
    const { options, page, field, along } = this;
    const buttons = fileButtons({
      options,
      parameters: field.parameters,
      along: along.name,
      now: () => this.shownNow(),
      pinned: () => this.pin.pinned,
      draws: this.draws,
      picture: () => ({
        map: page.map,
        curve: page.curve,
        handle: this.crosshair(this.settings()),
        sentence: page.sentence.text,
        theme: this.drawing.theme,
      }),
    });
    page.said.before(...buttons);
  }

  // --- settings ---------------------------------------------------------------------------------

  /**
   * A checkbox has true and false; a slider's own arithmetic may miss its stop by a last digit.
   * @returns {Settings}
   */
  settings() {
    return Object.fromEntries(
      this.field.parameters.map((parameter) => [
        parameter.name,
        snap(parameter, Number(this.model.get(parameter.name))),
      ]),
    );
  }

  /**
   * Set some parameters; the sliders follow through their links.
   * @param {Settings} settings
   */
  set(settings) {
    for (const [name, value] of Object.entries(settings)) {
      const stop = snap(this.parameter(name), value);
      const isChoice = typeof this.model.get(name) === "boolean";
      this.model.set(name, isChoice ? stop === 1 : stop);
    }
    this.model.save_changes();
  }

  /** @param {{x?: number, y?: number, along?: number}} place */
  goTo({ x, y, along }) {
    /** @type {Settings} */
    const wanted = {};
    if (x !== undefined) wanted[this.x.name] = valueAt(this.x, x);
    if (y !== undefined) wanted[this.y.name] = valueAt(this.y, y);
    if (along !== undefined) wanted[this.along.name] = valueAt(this.along, along);
    this.set(wanted);
  }

  /**
   * @param {number} right
   * @param {number} up
   */
  move(right, up) {
    /** @type {Settings} */
    const wanted = {};
    /** @type {(parameter: Parameter, steps: number) => void} */
    const add = (parameter, steps) => {
      if (steps === 0) return;
      const { name, stops } = parameter;
      const stop = stopOf(parameter, Number(this.model.get(name))) + steps;
      wanted[name] = stops[Math.max(0, Math.min(stops.length - 1, stop))];
    };
    add(this.x, right);
    add(this.y, up);
    this.set(wanted);
  }

  /** After a reload the reader finds what was there; otherwise a link says what is to be shown. */
  restore() {
    const memory = this.published ? recall(this.options.id) : null;
    if (memory) {
      this.set({ ...this.initial, ...memory.settings });
      this.cover(memory.covered);
      if (!memory.covered && this.isLinked()) this.draws?.restore(location.hash);
    } else this.restoreFragment();
    this.remembered = JSON.stringify(this.settings());
  }

  /** Is the address a link to what is shown? */
  isLinked() {
    const linked = readFragment(location.hash, this.options.id, this.field.parameters);
    return linked !== null && this.standsAt({ ...this.initial, ...linked.settings });
  }

  /** Soon, when the reader pauses. */
  rememberSoon() {
    if (!this.published || JSON.stringify(this.settings()) === this.remembered) return;
    clearTimeout(this.rememberTimer);
    this.rememberTimer = setTimeout(() => this.remember(), 250);
  }

  /** Keep the settings, and the address true if it is a link to this explorer. */
  remember() {
    if (!this.published) return;
    clearTimeout(this.rememberTimer);
    const { options, covered } = this;
    const settings = this.settings();
    this.remembered = JSON.stringify(settings);
    const linked = readFragment(location.hash, options.id, this.field.parameters);
    const isTrue = !linked || this.standsAt({ ...this.initial, ...linked.settings });
    const atStart = this.standsAt(this.initial);
    const link = atStart ? "" : writeFragment(options.id, options.sliders, settings, covered);
    remember(options.id, { settings, covered }, isTrue ? undefined : link);
  }

  restoreFragment() {
    if (!this.published) return;
    const found = readFragment(location.hash, this.options.id, this.field.parameters);
    if (!found) return;
    this.set({ ...this.initial, ...found.settings });
    this.cover(found.covered);
    const labels = found.refused.map((name) => this.parameter(name).label);
    if (labels.length > 0) this.say(`The link has no usable value for ${labels.join(", ")}.`);
    if (!found.covered) this.draws?.restore(location.hash);
    this.bringIntoView();
  }

  /** Scroll here, and again whenever the page grows until 5 s after its load, unless the reader took over. */
  async bringIntoView() {
    const whole = this.page.root.closest(".w2s-explorer") ?? this.page.root;
    const show = () => {
      const block = whole.clientHeight > innerHeight ? "start" : "center";
      whole.scrollIntoView({ block });
    };
    await this.drawing.shown;
    show();
    let alone = true;
    const takeOver = () => {
      alone = false;
    };
    for (const sign of ["wheel", "touchstart", "pointerdown", "keydown"]) {
      window.addEventListener(sign, takeOver, { once: true, passive: true });
    }
    const watch = new ResizeObserver(() => {
      if (alone) show();
      else watch.disconnect();
    });
    watch.observe(document.body);
    if (document.readyState !== "complete") {
      await new Promise((go) => window.addEventListener("load", go, { once: true }));
    }
    setTimeout(() => watch.disconnect(), 5000);
  }

  async shareLink() {
    const { id, sliders } = this.options;
    const { covered } = this;
    const settings = this.settings();
    const drawn = this.draws?.link() ?? "";
    remember(id, { settings, covered }, writeFragment(id, sliders, settings, covered) + drawn);
    try {
      await navigator.clipboard.writeText(location.href);
      this.say("Link copied.");
    } catch {
      this.say("The link is in the address bar.");
    }
  }

  /** @param {string} text */
  say(text) {
    const { said } = this.page;
    said.textContent = text;
    clearTimeout(this.sayTimer);
    this.sayTimer = setTimeout(() => {
      said.textContent = "";
    }, 4000);
  }

  // --- predictions ------------------------------------------------------------------------------

  makeBallot() {
    const { votes, texts } = this.options;
    return new Ballot(votes, texts, {
      settings: () => this.settings(),
      look: (settings) => this.lookAt(settings),
      standsAt: (settings) => this.standsAt(settings),
      reveal: () => this.cover(false),
      askAt: (settings) => {
        this.set(settings);
        this.cover(true);
      },
    });
  }

  /**
   * Hide everything that answers "who wins?", or show it.
   * @param {boolean} covered
   * @param {boolean} [askNow] bring the question to the reader
   */
  cover(covered, askNow = false) {
    this.covered = covered;
    this.mapKey = "";
    this.page.cover(covered);
    if (covered) {
      this.page.sentence.clear();
      this.draws?.clear();
      this.ballot.ask();
    } else if (this.ballot.open) this.ballot.close();
    if (askNow) this.ballot.question.focus();
    this.drawing.schedule("cover");
  }

  /** @param {Settings} settings */
  standsAt(settings) {
    const now = this.settings();
    return Object.entries(settings).every(
      ([name, value]) => now[name] === snap(this.parameter(name), value),
    );
  }

  /** @param {Settings} settings what differs from the present ones */
  lookAt(settings) {
    const { student, teacher, difference } = this.field;
    const looking = new Evaluator(this.field);
    looking.settings = { ...this.settings(), ...settings };
    const winner = nameWinner(looking.number(difference), looking.number(teacher));
    return { student: looking.number(student), winner };
  }

  // --- events -----------------------------------------------------------------------------------

  listen() {
    attachCrosshair(this.page, () => this.box, {
      goTo: (place) => this.goTo(place),
      move: (right, up) => this.move(right, up),
    });
    const names = this.field.parameters.map(({ name }) => name);
    this.drawing.follow(this.model, names, {
      title: this.options.title,
      stops: this.field.parameters,
    });
    window.addEventListener("hashchange", this.onHash);
  }

  destroy() {
    this.drawing.destroy();
    this.draws?.destroy();
    this.page.sentence.stop();
    clearTimeout(this.sayTimer);
    clearTimeout(this.rememberTimer);
    window.removeEventListener("hashchange", this.onHash);
  }

  // --- drawing ----------------------------------------------------------------------------------

  /**
   * Fit the two plots to the width there is: side by side, or one above the other.
   * @param {number} width
   */
  layOut(width) {
    const scale = fontScale(this.page.root);
    const stacked = width < STACK_BELOW * scale;
    this.page.root.classList.toggle("w2s-stacked", stacked);
    const panel = stacked ? width : Math.floor((width - PANEL_GAP) / 2);
    // A slide has less room than a page, and says so in its style sheet.
    const style = getComputedStyle(this.page.root);
    const tallest = Number.parseFloat(style.getPropertyValue("--w2s-tallest")) || 380;
    const height = Math.round(Math.max(230, Math.min(tallest, 0.86 * panel)));
    const [left, bottom] = [Math.round(58 * scale), height - Math.round(44 * scale)];
    const [top, right] = [Math.round(8 * scale), panel - Math.round(12 * scale)];
    this.box = { left, top, right, bottom, width: panel, height };
    for (const canvas of [this.page.map, this.page.curve]) {
      canvas.style.width = `${panel}px`;
      canvas.style.height = `${height}px`;
    }
    const { texts, markers } = this.options;
    this.page.sentence.reserve(longSentences(texts, this.along.label, markers.length > 0));
    this.page.presets.reserve();
    this.draws?.reserve();
    this.mapKey = "";
  }

  /** @param {Theme} theme */
  draw(theme) {
    const settings = this.settings();
    this.draws?.follow();
    for (const evaluator of [this.on.map, this.on.section, this.on.point, ...this.on.markers]) {
      evaluator.settings = settings;
    }
    this.rememberSoon();
    const section = this.sampleSection();
    this.lastVerdict = this.verdict(settings, section);
    this.nameSection(settings);
    this.placeCrosshair(settings);
    this.page.presets.show(this.covered ? null : this.presetHere());
    if (this.covered) {
      this.drawCovers(theme);
      return;
    }
    this.ballot.visit(settings);
    this.drawMapIfChanged(theme);
    this.drawSection(section, settings, theme);
    this.writeSentence(this.lastVerdict);
    this.draws?.write();
    if (this.flush) this.finishDrawing();
  }

  /**
   * Axes without what stands on them, and the question.
   * @param {Theme} theme
   */
  drawCovers(theme) {
    this.ballot.ask();
    const { map, curve } = this.page;
    drawCover(map, this.box, { x: this.x, y: this.y }, theme);
    drawCover(curve, this.box, { x: this.along, y: null }, theme);
  }

  /** The number of the preset that the reader is at, or null. */
  presetHere() {
    const at = this.options.presets.findIndex(({ settings }) => this.standsAt(settings));
    return at < 0 ? null : at;
  }

  /** Reading a pixel makes the browser carry out what it may have put off: for benchmarks. */
  finishDrawing() {
    for (const canvas of [this.page.map, this.page.curve]) {
      contextOf(canvas).getImageData(0, 0, 1, 1);
    }
  }

  /** @param {Theme} theme */
  drawMapIfChanged(theme) {
    const { difference } = this.field;
    const { markers, limit } = this.options;
    const lines = markers.map(({ quantity }, k) => this.on.markers[k].key(quantity));
    const key = [this.on.map.key(difference), ...lines, devicePixelRatio].join("|");
    if (key === this.mapKey && theme === this.mapTheme) return;
    this.mapKey = key;
    this.mapTheme = theme;
    const samples = { data: this.on.map.picture(difference), ni: MAP_SAMPLES, nj: MAP_SAMPLES };
    drawMap(this.page.map, this.box, samples, {
      x: this.x,
      y: this.y,
      theme,
      limit,
      ramp: this.ramp,
      buffer: this.buffer,
      lines: this.markerLines(),
    });
  }

  /** @returns {Line[]} */
  markerLines() {
    return this.options.markers.map(({ quantity, axis, label }, k) => {
      const { data } = this.on.markers[k].array(quantity);
      const along = axis === "x" ? this.sampled.y : this.sampled.x;
      const points = Array.from(along, (value, i) => {
        const at = data[Math.min(i, data.length - 1)];
        return /** @type {[number, number]} */ (axis === "x" ? [at, value] : [value, at]);
      });
      return { points, label };
    });
  }

  /** @returns {SampledSection} */
  sampleSection() {
    /** @param {string} name */
    const values = (name) => this.on.section.array(name).data;
    const { student, teacher, difference } = this.field;
    return {
      positions: this.sampled.along,
      student: values(student),
      teacher: values(teacher),
      // At every position, also if it is the same everywhere.
      difference: this.on.section.picture(difference),
      curves: this.options.curves.map(({ quantity }) => values(quantity)),
    };
  }

  /**
   * @param {SampledSection} section
   * @param {Settings} settings
   * @param {Theme} theme
   */
  drawSection(section, settings, theme) {
    const { section: direction, markers, texts } = this.options;
    const marker = markers.find(({ axis }) => axis === direction);
    const position = settings[this.along.name];
    drawSection(this.page.curve, this.box, section, {
      along: this.along,
      theme,
      error: texts.error,
      here: { position, student: this.on.point.number(this.field.student) },
      markerAt: marker ? this.on.point.number(marker.quantity) : null,
      under: this.pin.overlays(),
      over: this.draws?.overlays(position),
    });
  }

  /** @param {Settings} settings */
  nameSection(settings) {
    this.pin.write(settings);
    const other = this.options.section === "y" ? this.x : this.y;
    this.page.at.textContent = `at ${other.label} = ${formatNumber(settings[other.name])}`;
  }

  /**
   * Where a setting is on the map, in pixels.
   * @param {Settings} settings
   */
  crosshair(settings) {
    const { box, x, y } = this;
    const across = fraction(x, settings[x.name]);
    const up = fraction(y, settings[y.name]);
    return {
      x: box.left + across * (box.right - box.left),
      y: box.bottom - up * (box.bottom - box.top),
    };
  }

  /** @param {Settings} settings */
  placeCrosshair(settings) {
    const { handle, vertical, horizontal } = this.page;
    const { box, x, y } = this;
    const { x: left, y: top } = this.crosshair(settings);
    const { pinned, mark } = this.pin;
    if (pinned) {
      const place = this.crosshair(pinned.settings);
      mark.style.transform = `translate(${place.x}px, ${place.y}px)`;
    }
    handle.style.transform = `translate(${left}px, ${top}px)`;
    vertical.style.transform = `translate(${left}px, ${box.top}px)`;
    vertical.style.height = `${box.bottom - box.top}px`;
    horizontal.style.transform = `translate(${box.left}px, ${top}px)`;
    horizontal.style.width = `${box.right - box.left}px`;
    change(handle, "aria-valuenow", (100 * fraction(x, settings[x.name])).toFixed(1));
    /** @param {Parameter} parameter */
    const value = ({ label, name }) => `${label} = ${formatNumber(settings[name])}`;
    change(handle, "aria-valuetext", `${value(x)}, ${value(y)}`);
  }

  // --- words ------------------------------------------------------------------------------------

  /**
   * Who wins, by how much, and where along the section: numbers for the sentence and the tests.
   * @param {Settings} settings
   * @param {SampledSection} section
   * @returns {Verdict}
   */
  verdict(settings, section) {
    const here = this.on.point;
    const student = here.number(this.field.student);
    const teacher = here.number(this.field.teacher);
    const difference = here.number(this.field.difference);
    const marker = this.options.markers[0];
    const place = marker && {
      value: settings[this.options[marker.axis]],
      at: here.number(marker.quantity),
    };
    const ranges = winningRanges(section.positions, section.difference, (a, b) =>
      this.refine(a, b, settings),
    );
    return {
      student,
      teacher,
      difference,
      winner: nameWinner(difference, teacher),
      ...nameRegime(ranges, this.along.low, this.along.high),
      marker: place,
      label: this.along.label,
    };
  }

  /**
   * Where the difference changes sign between two values of the section's parameter.
   * @param {number} a
   * @param {number} b
   * @param {Settings} settings
   */
  refine(a, b, settings) {
    const { scale, name } = this.along;
    /** @param {number} value */
    const negative = (value) => {
      this.on.point.settings = { ...settings, [name]: value };
      return this.on.point.number(this.field.difference) < 0;
    };
    const before = negative(a);
    let low = TRANSFORMS[scale](a);
    let high = TRANSFORMS[scale](b);
    for (let k = 0; k < 14; k++) {
      const middle = (low + high) / 2;
      if (negative(INVERSES[scale](middle)) === before) low = middle;
      else high = middle;
    }
    this.on.point.settings = settings;
    return INVERSES[scale]((low + high) / 2);
  }

  /** @param {Verdict} verdict */
  writeSentence(verdict) {
    const [headline, rest] = composeSentence(this.options.texts, verdict);
    const strong = element("strong", { class: `w2s-${verdict.winner}` }, headline);
    this.page.sentence.write(`${headline}: ${rest}`, strong, `: ${rest}`);
  }

  // --- for tests --------------------------------------------------------------------------------

  /** `element.w2slib` on the root element: used by tests in a browser and the benchmarks only. */
  exposeTestHook() {
    const free = new Evaluator(this.field);
    const hook = {
      settings: () => this.settings(),
      /** @param {Settings} settings */
      set: (settings) => this.set(settings),
      /** @type {(name: string, settings?: Settings) => number} */
      evaluate: (name, settings = {}) => {
        free.settings = { ...this.settings(), ...settings };
        return free.number(name);
      },
      sentence: () => this.page.sentence.text,
      verdict: () => this.lastVerdict,
      isCovered: () => this.covered,
      samples: () => this.samples(),
      draws: this.draws,
      redrawTimes: this.drawing.redrawTimes,
      /** @param {boolean} on */
      setFlush: (on) => {
        this.flush = on;
      },
    };
    Object.assign(this.page.root, { w2slib: hook });
  }

  /** What was drawn last: both axes and the map (x fastest), and the section. */
  samples() {
    const { positions, student, teacher, difference } = this.sampleSection();
    return {
      x: [...this.sampled.x],
      y: [...this.sampled.y],
      map: [...this.on.map.picture(this.field.difference)],
      section: {
        positions: [...positions],
        student: [...student],
        teacher: [...teacher],
        difference: [...difference],
      },
    };
  }
}

/**
 * Text of the worker, which all explorers of a page share: a widget of its own has it.
 * @param {Model} model
 * @returns {Promise<string>}
 */
async function samplerCode(model) {
  const id = model.get("sampler").replace("IPY_MODEL_", "");
  return (await model.widget_manager.get_model(id)).get("code");
}

/** @param {{model: Model, el: HTMLElement}} widget */
function render({ model, el }) {
  const explorer = new Explorer(model);
  el.append(explorer.page.root);
  explorer.restore();
  return () => explorer.destroy();
}

export default { render };
