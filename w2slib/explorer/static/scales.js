// Scales: where a value lies in its range, and which values a slider can take.

/**
 * @typedef {"linear" | "log" | "sqrt"} ScaleName
 * @typedef {{low: number, high: number, scale: ScaleName}} Range
 *
 * What Python sends about a parameter.
 * @typedef {Range & {name: string, label: string, title: string, value: number, stops: number[]}} Parameter
 */

/** @type {Record<ScaleName, (value: number) => number>} */
export const TRANSFORMS = { linear: (v) => v, log: Math.log, sqrt: Math.sqrt };

/** @type {Record<ScaleName, (value: number) => number>} */
export const INVERSES = { linear: (v) => v, log: Math.exp, sqrt: (v) => v * v };

/**
 * n values from low to high, evenly spaced on their scale.
 * @param {Range} range
 * @param {number} n
 */
export function spread({ low, high, scale }, n) {
  const a = TRANSFORMS[scale](low);
  const b = TRANSFORMS[scale](high);
  const values = new Float64Array(n);
  for (let k = 0; k < n; k++) values[k] = INVERSES[scale](a + ((b - a) * k) / (n - 1));
  values[0] = low;
  values[n - 1] = high;
  return values;
}

/**
 * Where a value lies between low (0) and high (1) on its scale.
 * @param {Range} range
 * @param {number} value
 */
export function fraction({ low, high, scale }, value) {
  const f = TRANSFORMS[scale];
  return (f(value) - f(low)) / (f(high) - f(low));
}

/**
 * The inverse: the value at a fraction, moved to the nearest stop of the slider.
 * @param {Parameter} parameter
 * @param {number} position
 */
export function valueAt(parameter, position) {
  const { low, high, scale } = parameter;
  const f = TRANSFORMS[scale];
  return snap(parameter, INVERSES[scale](f(low) + position * (f(high) - f(low))));
}

/**
 * The stop of the slider that is nearest on its scale.
 * @param {{scale: ScaleName, stops: number[]}} parameter
 * @param {number} value
 */
export function snap(parameter, value) {
  return parameter.stops[stopOf(parameter, value)];
}

/**
 * The number of the nearest stop.
 * @param {{scale: ScaleName, stops: number[]}} parameter
 * @param {number} value
 */
export function stopOf({ scale, stops }, value) {
  let low = 0;
  let high = stops.length - 1;
  if (!(value > stops[low])) return low;
  if (value >= stops[high]) return high;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (stops[middle] <= value) low = middle;
    else high = middle;
  }
  const f = TRANSFORMS[scale];
  return f(value) - f(stops[low]) <= f(stops[high]) - f(value) ? low : high;
}
