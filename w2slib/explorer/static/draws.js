// Data sets drawn at the setting shown, beside the theory: the row of buttons, the worker that draws,
// what the draws say, and their dots.

import { button, changeText, element, keepKeys, reserve } from "./dom.js";
import { decodeField, Evaluator } from "./field.js";
import { readQuery } from "./links.js";
import { plainNumber } from "./numbers.js";
import { buildMark, drawMean, drawSmallDots, placeMark } from "./overlays.js";
import { fill, formatNumber, formatWithError } from "./words.js";

/**
 * @import { Description } from "./field.js"
 * @import { Overlay } from "./picture.js"
 * @import { Task } from "./worker.js"
 *
 * What Python says about drawing (widgets/sampling.py).
 * @typedef {object} Sampling
 * @property {string} model
 * @property {Record<string, string>} ratios
 * @property {Record<string, any>} fixed
 * @property {string[]} measured
 * @property {Record<string, string>} texts
 * @property {string} student
 * @property {string} teacher
 * @property {number} allowance
 * @property {number} perSample
 * @property {string} by
 * @property {Record<string, number>} also
 * @property {number} dim
 * @property {number[]} dimensions
 *
 * @typedef {{number: number, student: number, teacher: number, ms: number,
 *   measured?: Record<string, number>}} Draw
 * @typedef {{mean: number, half: number}} Estimate half: two standard errors
 *
 * @typedef {object} Host
 * @property {Sampling} sampling
 * @property {() => Promise<string>} code of the worker
 * @property {Description} description
 * @property {DataView} tables
 * @property {number} limit of the colour scale
 * @property {() => Record<string, number>} settings
 * @property {(name: string) => number} evaluate a quantity at the setting
 * @property {() => void} redraw
 */

const MOST = 1000;
// As wide as a number that is said can be.
const WIDE = "0.00000";
const LARGEST_SEED = 2 ** 32 - 1;

export class Draws {
  /** @param {Host} host */
  constructor(host) {
    this.host = host;
    this.sampling = host.sampling;
    this.dim = this.sampling.dim;
    this.seed = 1;
    /** @type {Draw[]} */
    this.draws = [];
    /** @type {ReturnType<Draws["summarise"]> | null} */
    this.kept = null;
    this.wanted = 0;
    this.failed = false;
    // The setting that the draws belong to.
    this.key = "";
    /** @type {Worker | null} */
    this.worker = null;
    /** @type {string | null} */
    this.code = null;
    // How often the draws were stopped.
    this.round = 0;
    /** @type {Evaluator | null} */
    this.evaluator = null;
    this.page = this.buildRow();
    this.mark = buildMark();
    this.write();
  }

  /** The field, with the quantities that a draw measures as parameters. */
  fieldOfMeasured() {
    const { description, tables } = this.host;
    const { measured } = this.sampling;
    const given = measured.map((name) => ({ name }));
    return decodeField(
      {
        ...description,
        parameters: [...description.parameters, .../** @type {any} */ (given)],
        quantities: description.quantities.filter(({ name }) => !measured.includes(name)),
      },
      tables,
    );
  }

  // --- elements ---------------------------------------------------------------------------------

  buildRow() {
    const one = button("draw a data set", () => this.draw(1), {
      tip: "samples data at this setting, fits both to it, and measures their errors",
    });
    const twenty = button("× 20", () => this.draw(20), { tip: "draws twenty data sets" });
    twenty.setAttribute("aria-label", "draw 20 data sets");
    const dim = element("select", { class: "w2s-choice" });
    for (const value of this.sampling.dimensions) {
      dim.append(element("option", { value: String(value) }, String(value)));
    }
    dim.value = String(this.dim);
    dim.addEventListener("change", () => this.choose(Number(dim.value), this.seed));
    const seed = element("input", {
      class: "w2s-choice",
      type: "number",
      min: "0",
      max: String(LARGEST_SEED),
      step: "1",
      value: String(this.seed),
    });
    const sow = () => this.choose(this.dim, plainNumber(seed.value));
    seed.addEventListener("change", sow);
    // JupyterLab would take this key away.
    seed.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.stopPropagation();
      sow();
    });
    for (const node of [dim, seed]) keepKeys(node);
    const clear = button("clear", () => this.clear(), {
      kind: "w2s-quiet",
      tip: "forgets the data sets drawn",
    });
    const key = element("span", { class: "w2s-note" }, this.sampling.texts.key);
    key.style.visibility = "hidden";
    const row = element(
      "div",
      { class: "w2s-draws", role: "group", "aria-label": "draw data sets" },
      one,
      twenty,
      element("label", {}, "d = ", dim),
      element("label", {}, "seed ", seed),
      clear,
      key,
    );
    const said = element("p", { class: "w2s-drawn", "aria-hidden": "true" });
    const live = element("p", { class: "w2s-live", role: "status" });
    return { row, said, live, key, one, twenty, clear, dim, seed };
  }

  /** @param {HTMLElement} root */
  attach(root) {
    const { row, said, live } = this.page;
    root.append(row, said, live);
    root.querySelector(".w2s-ramp")?.append(this.mark.line, this.mark.dot);
  }

  // --- drawing ----------------------------------------------------------------------------------

  /** @param {number} count */
  draw(count) {
    this.follow();
    const first = this.wanted + 1;
    const last = Math.min(MOST, this.wanted + count);
    if (last < first) return;
    this.key = this.keyNow();
    this.wanted = last;
    const setting = { ...this.settings(), dim: this.dim, sizes: this.sizes() };
    this.send({ model: this.sampling.model, setting, seed: this.seed, first, last });
    this.write();
  }

  /**
   * Hand a task to the worker, which is made for the first one; unless the draws were stopped meanwhile.
   * @param {Task} task
   */
  async send(task) {
    const { round } = this;
    try {
      this.code ??= await this.host.code();
      if (round !== this.round) return;
      this.worker ??= this.startWorker(this.code);
      this.worker.postMessage(task);
    } catch {
      this.fail();
    }
  }

  /** @param {string} code */
  startWorker(code) {
    const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const worker = new Worker(address);
    worker.onmessage = ({ data }) => {
      this.draws.push(data);
      this.kept = null;
      this.host.redraw();
    };
    worker.onerror = () => this.fail();
    // By then the browser has begun to read it.
    setTimeout(() => URL.revokeObjectURL(address), 1000);
    return worker;
  }

  fail() {
    this.stop();
    this.failed = true;
    this.write();
  }

  stop() {
    this.round++;
    this.worker?.terminate();
    this.worker = null;
    this.wanted = this.draws.length;
  }

  clear() {
    this.stop();
    this.draws = [];
    this.kept = null;
    this.wanted = 0;
    this.failed = false;
    this.host.redraw();
  }

  /** Forget the draws of another setting. */
  follow() {
    if (this.wanted > 0 && this.key !== this.keyNow()) this.clear();
  }

  /**
   * @param {number} dim
   * @param {number} seed
   */
  choose(dim, seed) {
    const { page, sampling } = this;
    const before = [this.dim, this.seed];
    if (sampling.dimensions.includes(dim)) this.dim = dim;
    if (Number.isInteger(seed) && seed >= 0 && seed <= LARGEST_SEED) this.seed = seed;
    page.dim.value = String(this.dim);
    page.seed.value = String(this.seed);
    if (before[0] !== this.dim || before[1] !== this.seed) this.clear();
  }

  settings() {
    return { ...this.sampling.fixed, ...this.host.settings() };
  }

  /** Up to what sliders round away. */
  keyNow() {
    const values = Object.values(this.host.settings()).map((value) => value.toPrecision(8));
    return [this.dim, this.seed, ...values].join(";");
  }

  /** Number of samples, by the name of its ratio. */
  sizes() {
    const settings = this.settings();
    const names = Object.keys(this.sampling.ratios);
    return Object.fromEntries(names.map((name) => [name, Math.round(this.dim / settings[name])]));
  }

  /** The setting, with the ratios of whole numbers of samples. */
  drawnSettings() {
    const settings = { ...this.host.settings() };
    for (const [name, n] of Object.entries(this.sizes())) {
      if (name in settings) settings[name] = this.dim / n;
    }
    return settings;
  }

  // --- what the draws say -------------------------------------------------------------------------

  /** Theory at the ratios that were drawn, from what the draws measured: the mean over all draws. */
  theory() {
    const settings = this.drawnSettings();
    const { student, teacher } = this.host.description;
    const from = this.sampling.measured.length > 0 ? this.draws : this.draws.slice(0, 1);
    const sum = { student: 0, teacher: 0 };
    // Most readers draw nothing: the tables are decoded for those who do.
    this.evaluator ??= new Evaluator(this.fieldOfMeasured());
    for (const { measured } of from) {
      this.evaluator.settings = { ...settings, ...measured };
      sum.student += this.evaluator.number(student);
      sum.teacher += this.evaluator.number(teacher);
    }
    return { student: sum.student / from.length, teacher: sum.teacher / from.length };
  }

  /** How far from theory a finite size may be, besides chance. */
  allowed() {
    const { allowance, perSample, by, also } = this.sampling;
    const smallest = Math.min(...Object.values(this.sizes()));
    const besides = by ? (also[String(this.host.settings()[by])] ?? 0) : 0;
    return allowance / this.dim + perSample / smallest + besides;
  }

  /** Everything that is said and drawn, as numbers; null before the first draw. */
  summary() {
    if (this.draws.length === 0) return null;
    this.kept ??= this.summarise();
    return this.kept;
  }

  summarise() {
    const { draws, dim } = this;
    const theory = this.theory();
    const allowed = this.allowed();
    /** @param {"student" | "teacher"} who */
    const compare = (who) => {
      const found = estimate(draws.map((draw) => draw[who]));
      const gap = Math.abs(found.mean - theory[who]);
      return { ...found, theory: theory[who], inside: gap <= found.half + allowed };
    };
    return {
      count: draws.length,
      dim,
      seed: this.seed,
      allowed,
      student: compare("student"),
      teacher: compare("teacher"),
      difference: estimate(draws.map(({ student, teacher }) => student - teacher)),
      wins: draws.filter(({ student, teacher }) => student < teacher).length,
    };
  }

  write() {
    const { said, live, clear, row, key, one, twenty } = this.page;
    const done = this.draws.length;
    const busy = this.wanted > done;
    const text = this.sentence();
    changeText(said, text);
    row.setAttribute("aria-busy", String(busy));
    clear.disabled = this.wanted === 0;
    one.disabled = twenty.disabled = this.wanted >= MOST;
    // It keeps its place: a row more would move the page under the reader.
    key.style.visibility = done === 0 ? "hidden" : "";
    // Spoken once the last one is there.
    if (!busy) changeText(live, text);
    placeMark(this.mark, this.summary()?.difference ?? null, this.host.limit);
  }

  /** @returns {string} */
  sentence() {
    const { texts, ratios } = this.sampling;
    if (this.failed) return texts.failed;
    const found = this.summary();
    const done = this.draws.length;
    const places = { done: String(done), wanted: String(this.wanted) };
    const drawing = this.wanted > done ? fill(texts.drawing, places) : "";
    if (!found) return drawing || texts.hint;
    const sizes = Object.entries(this.sizes()).map(([name, n]) => `${ratios[name]} = ${n}`);
    /** @type {Record<string, string>} */
    const said = {
      count: String(found.count),
      dim: String(found.dim),
      sizes: sizes.join(", "),
      wins: String(found.wins),
      allowed: formatNumber(found.allowed),
      ...this.sayMeasured(),
    };
    for (const who of /** @type {const} */ (["student", "teacher"])) {
      const { mean, half, theory, inside } = found[who];
      [said[`${who}_mean`], said[`${who}_half`]] = formatWithError(mean, half);
      said[`${who}_theory`] = formatNumber(theory);
      said[`${who}_inside`] = texts[inside ? "inside" : "outside"];
    }
    const outside = !(found.student.inside && found.teacher.inside);
    return this.compose(said, { one: found.count === 1, outside, drawing });
  }

  /**
   * @param {Record<string, string>} said what fills the places of the phrases
   * @param {{one: boolean, outside: boolean, drawing: string}} how
   */
  compose(said, { one, outside, drawing }) {
    const { texts, student, teacher, allowance, perSample } = this.sampling;
    const allowed = `${allowance}/d${perSample ? ` + ${perSample}/n` : ""}`;
    const places = { student, teacher, allowance: allowed, ...said };
    const several = [texts.several, texts.measured, texts.allowed, outside ? texts.by_chance : ""];
    const parts = one ? [texts.one] : several;
    return [...parts.map((part) => fill(part, places)), drawing].filter(Boolean).join(" ");
  }

  /** Keep room for the longest of the sentences, so that nothing below moves when data sets are drawn. */
  reserve() {
    const { texts, ratios, measured } = this.sampling;
    const sizes = Object.values(ratios).map((name) => `${name} = 20000`);
    /** @type {Record<string, string>} */
    const said = {
      count: "1000",
      dim: "200",
      sizes: sizes.join(", "),
      wins: "1000",
      allowed: WIDE,
    };
    for (const name of ["student", "teacher", ...measured]) {
      for (const part of ["", "_mean", "_half", "_theory", "_limit"]) said[name + part] = WIDE;
      said[`${name}_inside`] = texts.outside;
    }
    const drawing = fill(texts.drawing, { done: "1000", wanted: "1000" });
    const { student, teacher } = this.sampling;
    const longest = [true, false].map((one) =>
      this.compose({ ...said, student, teacher }, { one, outside: true, drawing }),
    );
    reserve(this.page.said, [texts.hint, texts.failed, ...longest]);
  }

  /** Mean, half and limit of every quantity that the draws measured, as they are said. */
  sayMeasured() {
    /** @type {Record<string, string>} */
    const said = {};
    for (const name of this.sampling.measured) {
      const { mean, half } = estimate(this.draws.map(({ measured }) => measured?.[name] ?? NaN));
      [said[name], said[`${name}_half`]] = formatWithError(mean, half);
      said[`${name}_limit`] = formatNumber(this.host.evaluate(name));
    }
    return said;
  }

  // --- the section and the colour bar -------------------------------------------------------------

  /**
   * Dots of the draws beside the place where they were drawn.
   * @param {number} position
   * @returns {Overlay[]}
   */
  overlays(position) {
    const found = this.summary();
    if (!found) return [];
    const students = this.draws.map(({ student }) => student);
    const teachers = this.draws.map(({ teacher }) => teacher);
    return [
      {
        values: [...students, ...teachers],
        paint: (context, { xScale, yScale, box, theme }) => {
          const at = Math.max(box.left + 24, Math.min(box.right - 24, xScale.pixel(position)));
          const means = { student: found.student, teacher: found.teacher };
          drawSmallDots(context, at + 9, students.map(yScale.pixel), theme, "student");
          drawSmallDots(context, at - 9, teachers.map(yScale.pixel), theme, "teacher");
          drawMean(context, at + 18, means.student, yScale, theme, "student");
          drawMean(context, at - 18, means.teacher, yScale, theme, "teacher");
        },
      },
    ];
  }

  /** A row of the table for each draw; ratios are those that were drawn. */
  rows() {
    const settings = this.drawnSettings();
    const { dim, seed } = this;
    return this.draws.map(({ number, student, teacher, measured }) => ({
      kind: "draw",
      ...settings,
      student,
      teacher,
      d: dim,
      seed,
      number,
      ...measured,
    }));
  }

  // --- links --------------------------------------------------------------------------------------

  /** What a link says about the draws; nothing if there are none. */
  link() {
    const count = this.draws.length;
    return count > 0 ? `&dim=${this.dim}&seed=${this.seed}&draws=${count}` : "";
  }

  /**
   * Draw again what a link was written with.
   * @param {string} hash
   */
  restore(hash) {
    const wanted = readQuery(hash);
    /** @param {string} name */
    const number = (name) => plainNumber(wanted.get(name) ?? "");
    this.clear();
    this.choose(number("dim"), number("seed"));
    const count = number("draws");
    if (Number.isInteger(count) && count > 0) this.draw(Math.min(count, MOST));
  }

  destroy() {
    this.stop();
  }
}

/**
 * Mean and two standard errors; without a spread, of one draw, none.
 * @param {number[]} values
 * @returns {Estimate}
 */
export function estimate(values) {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, half: n > 1 ? 2 * Math.sqrt(squares / (n - 1) / n) : 0 };
}
