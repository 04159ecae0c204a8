// What every picture does, whatever it shows: it is drawn anew, once a frame, when a value, the
// theme or the width has changed, and the sliders next to it are labelled.

import { watchSliders } from "./sliders.js";
import { readTheme, watchTheme } from "./theme.js";

/**
 * @import { SliderHelp } from "./sliders.js"
 * @import { Theme } from "./theme.js"
 *
 * The front end of a widget, as anywidget hands it out.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(name: string, value: unknown) => void} set
 * @property {(event: string, handler: () => void) => void} on
 * @property {(event: string, handler: () => void) => void} off
 * @property {() => void} save_changes
 * @property {{get_model: (id: string) => Promise<Model>}} widget_manager
 *
 * What a picture has to be able to do.
 * @typedef {object} Picture
 * @property {(width: number) => void} layOut set the sizes that follow from the width
 * @property {(theme: Theme) => void} draw draw everything that may have changed
 */

const KEPT_TIMES = 5000;

export class Drawing {
  /**
   * @param {HTMLElement} root
   * @param {Picture} picture
   */
  constructor(root, picture) {
    this.root = root;
    this.picture = picture;
    this.width = 0;
    this.frame = 0;
    /** @type {() => void} */
    this.tell = () => {};
    // Settled when it is drawn for the first time.
    this.shown = new Promise((tell) => {
      this.tell = () => tell(null);
    });
    // What has changed since the last redraw.
    /** @type {Set<string>} */
    this.changed = new Set();
    /** @type {{changed: string[], ms: number}[]} */
    this.redrawTimes = [];
    /** @type {Theme | null} */
    this.theme = null;
    /** @type {(() => void)[]} */
    this.cleanups = [];
    /** @type {(() => void) | null} */
    this.leaveSliders = null;
  }

  /**
   * Follow these traits of the model, the theme and the width.
   * @param {Model} model
   * @param {string[]} traits
   * @param {SliderHelp} help
   */
  follow(model, traits, help) {
    for (const name of traits) {
      const onChange = () => this.schedule(name);
      model.on(`change:${name}`, onChange);
      this.cleanups.push(() => model.off(`change:${name}`, onChange));
    }
    // In the next frame: what is laid out inside the observer's own turn would wake it again.
    let frame = 0;
    const resize = new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        this.resize();
        this.leaveSliders ??= watchSliders(this.root, help);
      });
    });
    resize.observe(this.root);
    this.cleanups.push(() => {
      resize.disconnect();
      cancelAnimationFrame(frame);
    });
    const restyle = () => {
      this.theme = null;
      this.schedule("theme");
    };
    this.cleanups.push(watchTheme(restyle));
  }

  /** Fit the picture to the width there is. Not before: colours are unknown outside a document. */
  resize() {
    const width = Math.floor(this.root.clientWidth);
    if (width === 0 || width === this.width) return;
    this.width = width;
    this.theme = null;
    this.picture.layOut(width);
    this.redraw();
    this.tell();
  }

  /**
   * Ask for one redraw in the next frame, however many changes come before it.
   * @param {string} reason
   */
  schedule(reason) {
    this.changed.add(reason);
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.redraw();
    });
  }

  redraw() {
    if (this.width === 0) return;
    const start = performance.now();
    this.theme ??= readTheme(this.root);
    this.picture.draw(this.theme);
    this.redrawTimes.push({ changed: [...this.changed], ms: performance.now() - start });
    if (this.redrawTimes.length > KEPT_TIMES) this.redrawTimes.splice(0, KEPT_TIMES / 2);
    this.changed.clear();
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.leaveSliders?.();
    for (const cleanup of this.cleanups) cleanup();
  }
}
