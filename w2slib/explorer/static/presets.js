// Buttons that lead to instructive settings: what each means, in words, and which one the reader is at.

import { button, change, changeText, element, reserve } from "./dom.js";

/** @typedef {{label: string, tip: string, settings: Record<string, number>}} Preset */

// Two explorers of one page must not share ids.
let named = 0;

export class Presets {
  /**
   * @param {{id: string, presets: Preset[]}} options
   * @param {(settings: Record<string, number>) => void} set
   */
  constructor({ id, presets }, set) {
    this.presets = presets;
    this.buttons = presets.map(({ label, settings }) => button(label, () => set(settings)));
    this.tips = presets.map(({ tip }) => {
      named += 1;
      return element("span", { id: `${id}-tip-${named}`, hidden: "" }, tip);
    });
    this.shown = element("span", { "aria-hidden": "true" });
    this.meaning = element("p", { class: "w2s-meaning" }, this.shown, ...this.tips);
    this.meaning.hidden = presets.length === 0;
    /** @type {number | null} */
    this.active = null;
    /** @type {number | null} */
    this.near = null;
    this.told = true;
    this.buttons.forEach((node, k) => {
      for (const sign of ["pointerenter", "focus"]) {
        node.addEventListener(sign, () => this.look(k));
      }
      for (const sign of ["pointerleave", "blur"]) {
        node.addEventListener(sign, () => this.look(null));
      }
    });
    this.explain(true);
  }

  /**
   * A meaning may tell the outcome: it is not said while the outcome is covered.
   * @param {boolean} told
   */
  explain(told) {
    this.told = told;
    this.buttons.forEach((node, k) => {
      if (told && this.presets[k].tip) change(node, "aria-describedby", this.tips[k].id);
      else node.removeAttribute("aria-describedby");
    });
    this.write();
  }

  /** @param {number | null} active the preset that the reader is at */
  show(active) {
    this.active = active;
    this.buttons.forEach((node, k) => {
      change(node, "aria-pressed", String(k === active));
    });
    this.write();
  }

  /** @param {number | null} near the preset that the reader points at */
  look(near) {
    this.near = near;
    this.write();
  }

  /** Keep room for any meaning. */
  reserve() {
    reserve(
      this.meaning,
      this.presets.map(({ tip }) => tip),
    );
  }

  write() {
    const at = this.near ?? this.active;
    const text = at === null || !this.told ? "" : this.presets[at].tip;
    changeText(this.shown, text);
  }
}
