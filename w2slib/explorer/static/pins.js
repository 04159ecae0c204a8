// A setting that is pinned: its curves stay behind the new ones, and its place on the map.

import { button, changeText, element } from "./dom.js";
import { polyline, stroke, tracePoints } from "./picture.js";
import { formatNumber } from "./words.js";

/**
 * @import { Overlay, Section } from "./picture.js"
 * @import { Parameter } from "./scales.js"
 *
 * @typedef {{settings: Record<string, number>, section: Section}} Pinned
 */

const DASH = [3, 3];

export class Pin {
  /**
   * @param {Parameter[]} parameters
   * @param {() => Pinned} now
   * @param {() => void} redraw
   */
  constructor(parameters, now, redraw) {
    this.parameters = parameters;
    this.redraw = redraw;
    /** @type {Pinned | null} */
    this.pinned = null;
    const tip = "keeps these curves behind the next ones";
    const act = () => this.set(this.pinned ? null : now());
    this.button = button("pin this curve", act, {
      kind: "w2s-quiet w2s-result-button",
      tip,
    });
    this.note = element("span", { class: "w2s-note w2s-pinned" });
    this.note.hidden = true;
    this.mark = element("div", { class: "w2s-pin-mark", "aria-hidden": "true" });
    this.mark.hidden = true;
  }

  /** @param {Pinned | null} pinned */
  set(pinned) {
    this.pinned = pinned;
    const on = pinned !== null;
    this.button.textContent = on ? "unpin" : "pin this curve";
    this.note.hidden = this.mark.hidden = !on;
    this.redraw();
  }

  /**
   * Say in what the pinned setting differs from the present one.
   * @param {Record<string, number>} settings
   */
  write(settings) {
    if (!this.pinned) return;
    const was = this.pinned.settings;
    const different = this.parameters.filter(({ name }) => was[name] !== settings[name]);
    const told = different.map(({ name, label }) => `${label} = ${formatNumber(was[name])}`);
    changeText(this.note, `pinned: ${told.join(", ") || "this setting"}`);
  }

  /** @returns {Overlay[]} */
  overlays() {
    if (!this.pinned) return [];
    const { positions, student, teacher } = this.pinned.section;
    return [
      {
        values: [...student, ...teacher],
        paint: (context, { xScale, yScale, theme }) => {
          for (const [colour, values] of /** @type {const} */ ([
            [theme.teacher, teacher],
            [theme.student, student],
          ])) {
            const points = tracePoints(positions, values, xScale, yScale);
            stroke(context, { colour, width: 1.5, dash: DASH }, () => polyline(context, points));
          }
        },
      },
    ];
  }
}
