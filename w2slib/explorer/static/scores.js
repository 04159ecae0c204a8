// A slider over checkpoints: histograms of the student's decision scores, then and now.

import { element, legend, Sentence } from "./dom.js";
import { Drawing } from "./drawing.js";
import { polyline, prepareCanvas, stroke } from "./picture.js";
import { makeScale } from "./ticks.js";
import { Ballot, PLAIN_BOOTH } from "./votes.js";

/**
 * @import { Model } from "./drawing.js"
 * @import { Area } from "./picture.js"
 * @import { Theme } from "./theme.js"
 * @import { PixelScale } from "./ticks.js"
 * @import { Vote } from "./votes.js"
 *
 * @typedef {object} Options
 * @property {string} id
 * @property {string} title
 * @property {[string, string]} classes
 * @property {string} axis
 * @property {number[]} steps
 * @property {string[]} sentences
 * @property {number} limit
 * @property {number} n_bins
 * @property {number} highest
 * @property {Vote[]} votes
 * @property {boolean} covered
 */

const HEIGHT = 300;

// The student's class above the middle line, the other one below it.
/** @type {{label: 0 | 1, up: 1 | -1, colour: "student" | "teacher"}[]} */
const HALVES = [
  { label: 1, up: 1, colour: "student" },
  { label: 0, up: -1, colour: "teacher" },
];

/**
 * Little-endian uint16 counts of shape (checkpoint, class, bin).
 * @param {DataView} view
 */
export function unpackCounts(view) {
  const counts = new Uint16Array(view.byteLength / 2);
  for (let k = 0; k < counts.length; k++) counts[k] = view.getUint16(2 * k, true);
  return counts;
}

class Scores {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    /** @type {Options} */
    this.options = model.get("options");
    this.counts = unpackCounts(model.get("counts"));
    this.sentence = new Sentence();
    this.ballot = this.makeBallot();
    this.covered = false;
    this.canvas = this.buildCanvas();
    this.root = this.buildRoot();
    this.drawing = new Drawing(this.root, this);
    this.drawing.follow(model, ["index"], {
      title: this.options.title,
      say: () => `step ${this.options.steps[this.index]}`,
    });
    this.exposeTestHook();
    this.cover(this.options.covered);
  }

  makeBallot() {
    const booth = {
      ...PLAIN_BOOTH,
      settings: () => ({ index: this.index }),
      reveal: () => this.cover(false),
      askAt: () => this.cover(true),
    };
    return new Ballot(this.options.votes, {}, booth);
  }

  /**
   * Show the first checkpoint alone, whatever the slider says, or the one of the slider.
   * @param {boolean} covered
   */
  cover(covered) {
    this.covered = covered;
    this.root.classList.toggle("w2s-covered", covered);
    if (covered) {
      this.sentence.clear();
      this.ballot.ask();
    }
    this.drawing.schedule("cover");
  }

  buildCanvas() {
    const { classes, axis } = this.options;
    const shows = `Two histograms of the ${axis}: ${classes[1]} upward, ${classes[0]} downward.`;
    const canvas = element("canvas", {
      role: "img",
      "aria-label": `${shows} The sentence above says what they show.`,
    });
    canvas.style.height = `${HEIGHT}px`;
    return canvas;
  }

  buildRoot() {
    const { id, classes } = this.options;
    const keys = legend([
      ["w2s-key-student", `${classes[1]}, now (upward)`],
      ["w2s-key-teacher", `${classes[0]}, now (downward)`],
      ["w2s-key-then", "both, at the first checkpoint"],
    ]);
    keys.classList.add("w2s-caption");
    return element(
      "div",
      { class: "w2s-canvas w2s-scores", "data-explorer": id },
      this.ballot.place(this.sentence),
      keys,
      element("div", { class: "w2s-plot" }, this.canvas),
    );
  }

  /** For the tests: what is shown, without reading pixels. */
  exposeTestHook() {
    const hook = {
      index: () => this.index,
      /** @type {(k: number, label: number) => number[]} */
      bins: (k, label) => [...this.bins(k, label)],
      sentence: () => this.sentence.shown.textContent,
      redrawTimes: this.drawing.redrawTimes,
    };
    Object.assign(this.root, { w2slib: hook });
  }

  get index() {
    return Math.max(0, Math.min(this.options.steps.length - 1, this.model.get("index")));
  }

  /**
   * @param {number} k
   * @param {number} label
   */
  bins(k, label) {
    const n = this.options.n_bins;
    return this.counts.subarray((2 * k + label) * n, (2 * k + label + 1) * n);
  }

  /** @param {number} width */
  layOut(width) {
    this.canvas.style.width = `${width}px`;
    const { sentences } = this.options;
    this.sentence.reserve(sentences);
  }

  /** @param {Theme} theme */
  draw(theme) {
    const { width } = this.drawing;
    const { limit, sentences } = this.options;
    const context = prepareCanvas(this.canvas, width, HEIGHT);
    const box = { left: 12, right: width - 12, top: 18, bottom: HEIGHT - 38 };
    const scale = makeScale({ low: -limit, high: limit, scale: "linear" }, box.left, box.right);
    context.font = theme.font;
    for (const half of HALVES) {
      if (!this.covered) this.drawNow(context, box, half.label, half.up, theme[half.colour]);
      this.drawThen(context, box, half.label, half.up, theme.text);
    }
    this.drawFrame(context, box, scale, theme);
    if (this.covered) return;
    this.ballot.visit({ index: this.index });
    const text = sentences[this.index];
    this.sentence.write(text, text);
  }

  /**
   * Edge of the k-th bin, and how far a bar reaches from the middle line, in pixels.
   * @param {Area} box
   */
  bars({ left, right, top, bottom }) {
    const { n_bins, highest } = this.options;
    const middle = (top + bottom) / 2;
    return {
      middle,
      /** @param {number} k */
      edge: (k) => left + (k / n_bins) * (right - left),
      /** @param {number} count */
      tall: (count) => (Math.min(count, highest) / highest) * (middle - top),
    };
  }

  /**
   * The histogram of the present checkpoint.
   * @param {CanvasRenderingContext2D} context
   * @param {Area} box
   * @param {number} label
   * @param {number} up
   * @param {string} colour
   */
  drawNow(context, box, label, up, colour) {
    const { middle, edge, tall } = this.bars(box);
    context.fillStyle = colour;
    this.bins(this.index, label).forEach((count, k) => {
      const width = edge(k + 1) - edge(k) - 1;
      context.fillRect(edge(k) + 0.5, middle, width, -up * tall(count));
    });
  }

  /**
   * The outline of the first checkpoint.
   * @param {CanvasRenderingContext2D} context
   * @param {Area} box
   * @param {number} label
   * @param {number} up
   * @param {string} colour
   */
  drawThen(context, box, label, up, colour) {
    const { middle, edge, tall } = this.bars(box);
    /** @type {[x: number, y: number][]} */
    const outline = [[box.left, middle]];
    this.bins(0, label).forEach((count, k) => {
      const y = middle - up * tall(count);
      outline.push([edge(k), y], [edge(k + 1), y]);
    });
    outline.push([box.right, middle]);
    stroke(context, { colour, width: 1.3, dash: [4, 3] }, () => polyline(context, outline));
  }

  /**
   * The two axes through the middle, ticks, and what the sides mean.
   * @param {CanvasRenderingContext2D} context
   * @param {Area} box
   * @param {PixelScale} scale
   * @param {Theme} theme
   */
  drawFrame(context, box, scale, theme) {
    const { classes, axis, limit } = this.options;
    const { middle } = this.bars(box);
    stroke(context, { colour: theme.muted }, () => {
      context.moveTo(box.left, middle);
      context.lineTo(box.right, middle);
      context.moveTo(scale.pixel(0), box.top);
      context.lineTo(scale.pixel(0), box.bottom);
    });
    context.fillStyle = theme.text;
    context.textBaseline = "top";
    context.textAlign = "center";
    for (const { value, label } of scale.ticks) {
      // A label at the very end would stick out of the picture.
      if (Math.abs(value) < limit * 0.97)
        context.fillText(label, scale.pixel(value), box.bottom + 4);
    }
    context.fillText(axis, (box.left + box.right) / 2, box.bottom + 20);
    context.textAlign = "left";
    context.fillText(`← says ${classes[0]}`, box.left, 2);
    context.textAlign = "right";
    context.fillText(`says ${classes[1]} →`, box.right, 2);
  }

  destroy() {
    this.drawing.destroy();
    this.sentence.stop();
  }
}

/** @param {{model: Model, el: HTMLElement}} widget */
function render({ model, el }) {
  const scores = new Scores(model);
  el.append(scores.root);
  return () => scores.destroy();
}

export default { render };
