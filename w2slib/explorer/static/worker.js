// What runs beside the page, in a Web Worker: it draws data sets one after another and tells the
// errors of each.

import { RandomState } from "./random.js";
import { drawOnce } from "./samples.js";

/**
 * @import { Setting } from "./samples.js"
 *
 * @typedef {{model: string, setting: Setting, seed: number, first: number, last: number}} Task
 */

addEventListener("message", ({ data }) => {
  const { model, setting, seed, first, last } = /** @type {Task} */ (data);
  for (let number = first; number <= last; number++) {
    const start = performance.now();
    const { student, teacher, measured } = drawOnce(
      model,
      setting,
      new RandomState([seed, number]),
    );
    postMessage({ number, student, teacher, measured, ms: performance.now() - start });
  }
});
