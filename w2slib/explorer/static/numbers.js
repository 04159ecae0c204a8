// Numbers that readers write, in links and in the read-outs of sliders.

const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * The number that a text is as a whole, or NaN: an empty text is none, and so is an infinite one.
 * @param {string} text
 */
export function plainNumber(text) {
  const value = PLAIN.test(text.trim()) ? Number(text) : NaN;
  return Number.isFinite(value) ? value : NaN;
}

/**
 * The number that a reader writes, "0.5", "0,5" or "−2", or NaN.
 * @param {string} text
 */
export function readNumber(text) {
  const pointed = text.includes(".") ? text : text.replace(",", ".");
  return plainNumber(pointed.replace("−", "-"));
}

/**
 * A typed read-out as ipywidgets reads it, which takes what precedes a comma for the number (0,5
 * for 0, and so for the minimum). What is no number becomes empty: the slider stays where it is.
 * @param {string} text
 */
export function tidyReadout(text) {
  const value = readNumber(text);
  return Number.isNaN(value) ? "" : String(value);
}
