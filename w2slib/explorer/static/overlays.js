// What measurements look like: dots beside the curves of a section, and a mark on the colour bar.

import { element } from "./dom.js";
import { polyline, stroke } from "./picture.js";

/**
 * @import { Estimate } from "./draws.js"
 * @import { Theme } from "./theme.js"
 * @import { PixelScale } from "./ticks.js"
 *
 * @typedef {"student" | "teacher"} Who
 */

/**
 * One dot for each measurement; the student's are round, the teacher's square.
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number[]} ys
 * @param {Theme} theme
 * @param {Who} who
 */
export function drawSmallDots(context, x, ys, theme, who) {
  context.save();
  context.globalAlpha = ys.length > 10 ? 0.45 : 0.8;
  context.fillStyle = theme[who];
  for (const y of ys) traceShape(context, x, y, 2.5, who);
  context.restore();
}

/**
 * A mean, and two standard errors to both sides.
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {Estimate} estimate
 * @param {PixelScale} yScale
 * @param {Theme} theme
 * @param {Who} who
 */
export function drawMean(context, x, { mean, half }, yScale, theme, who) {
  const [top, bottom] = [yScale.pixel(mean + half), yScale.pixel(mean - half)];
  stroke(context, { colour: theme[who], width: 2 }, () => {
    polyline(context, [
      [x, top],
      [x, bottom],
    ]);
  });
  context.fillStyle = theme[who];
  traceShape(context, x, yScale.pixel(mean), 4, who);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} size
 * @param {Who} who
 */
function traceShape(context, x, y, size, who) {
  context.beginPath();
  if (who === "student") context.arc(x, y, size, 0, 2 * Math.PI);
  else context.rect(x - size * 0.9, y - size * 0.9, size * 1.8, size * 1.8);
  context.fill();
}

/** @typedef {{line: HTMLElement, dot: HTMLElement}} Mark */

/** On the colour bar: a dot at the measured difference, and a line of two standard errors to both sides. */
export function buildMark() {
  const hidden = { "aria-hidden": "true", hidden: "" };
  return {
    line: element("span", { class: "w2s-mark-line", ...hidden }),
    dot: element("span", { class: "w2s-mark-dot", ...hidden }),
  };
}

/**
 * @param {Mark} mark
 * @param {Estimate | null} difference
 * @param {number} limit
 */
export function placeMark({ line, dot }, difference, limit) {
  line.hidden = dot.hidden = !difference;
  if (!difference) return;
  /** @param {number} value */
  const percent = (value) => Math.max(0, Math.min(100, 50 + (50 * value) / limit));
  const [low, high] = [difference.mean - difference.half, difference.mean + difference.half];
  dot.style.left = `${percent(difference.mean)}%`;
  line.style.left = `${percent(low)}%`;
  line.style.width = `${percent(high) - percent(low)}%`;
}
