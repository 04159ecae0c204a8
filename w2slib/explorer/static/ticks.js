// From values to pixels: scales with their ticks.

import { fraction } from "./scales.js";
import { formatNumber, superscript } from "./words.js";

/**
 * @import { Range } from "./scales.js"
 *
 * @typedef {{value: number, label: string}} Tick
 * @typedef {{pixel: (value: number) => number, ticks: Tick[]}} PixelScale
 */

/**
 * A scale maps values of a parameter (or an error) to pixels and knows its ticks.
 * @param {Range} range
 * @param {number} from
 * @param {number} to
 * @returns {PixelScale}
 */
export function makeScale(range, from, to) {
  const { low, high, scale } = range;
  const ticks = scale === "log" ? logTicks(low, high) : linearTicks(low, high, Math.abs(to - from));
  return { pixel: (value) => from + (to - from) * fraction(range, value), ticks };
}

/**
 * @param {number} low
 * @param {number} high
 */
export function logTicks(low, high) {
  /** @type {Tick[]} */
  const ticks = [];
  const labelAll = high / low < 30;
  const last = Math.ceil(Math.log10(high));
  for (let power = Math.floor(Math.log10(low)); power <= last; power++) {
    for (let digit = 1; digit < 10; digit++) {
      const value = digit * 10 ** power;
      if (value < low * (1 - 1e-9) || value > high * (1 + 1e-9)) continue;
      const labelled = digit === 1 || (labelAll && (digit === 2 || digit === 5));
      ticks.push({ value, label: labelled ? tickLabel(value) : "" });
    }
  }
  return ticks;
}

/**
 * @param {number} low
 * @param {number} high
 * @param {number} pixels
 */
export function linearTicks(low, high, pixels) {
  const step = niceStep((high - low) / Math.max(2, Math.min(6, pixels / 55)));
  /** @type {Tick[]} */
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    ticks.push({ value: k * step, label: tickLabel(Number((k * step).toPrecision(12))) });
  }
  return ticks;
}

/**
 * The smallest of 1, 2, 2.5, 5 and 10 times a power of ten that is not below `rough`.
 * @param {number} rough
 */
export function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5].find((candidate) => candidate * power >= rough * (1 - 1e-9));
  return power * (factor ?? 10);
}

/** @param {number} value */
export function tickLabel(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e4)) {
    const power = Math.round(Math.log10(size));
    if (Math.abs(size / 10 ** power - 1) < 1e-6) return `10${superscript(power)}`;
  }
  return formatNumber(value);
}

/**
 * Round limits that hold the values, so that the axis does not tremble while a slider moves.
 * @param {Iterable<number>} values
 * @returns {Range}
 */
export function roundLimits(values) {
  let lowest = Infinity;
  let highest = -Infinity;
  for (const value of values) {
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  const step = niceStep(Math.max(highest - lowest, 1e-9 + 1e-3 * Math.abs(highest)) / 4);
  const floor = Math.floor(lowest / step - 0.15) * step;
  const low = lowest >= 0 ? Math.max(0, floor) : floor;
  return { low, high: Math.ceil(highest / step + 0.15) * step, scale: "linear" };
}
