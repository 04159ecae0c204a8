// Settings in a page's address.

import { plainNumber } from "./numbers.js";

const DIGITS = 6;
const ROUNDING = 10 ** (1 - DIGITS);

/**
 * Settings in a fragment "#id?a=1&b=2", or null if it is not about this explorer. Names that are no
 * parameter are passed over; `refused` has those whose value is no number or out of range.
 * @param {string} hash
 * @param {string} id
 * @param {{name: string, low: number, high: number}[]} parameters
 */
export function readFragment(hash, id, parameters) {
  if (!hash.startsWith(`#${id}?`)) return null;
  // A link copied from the source of a page has its ampersands escaped.
  const query = hash.slice(id.length + 2).replaceAll("&amp;", "&");
  const wanted = new URLSearchParams(query);
  /** @type {Record<string, number>} */
  const settings = {};
  /** @type {string[]} */
  const refused = [];
  for (const { name, low, high } of parameters) {
    const text = wanted.get(name);
    if (text === null) continue;
    const value = plainNumber(text);
    // The ends of a range, too, may have been rounded in the link.
    const [bottom, top] = [low - ROUNDING * Math.abs(low), high + ROUNDING * Math.abs(high)];
    if (value >= bottom && value <= top) settings[name] = value;
    else refused.push(name);
  }
  return { settings, refused };
}

/**
 * @param {string} id
 * @param {string[]} names
 * @param {Record<string, number>} settings
 */
export function writeFragment(id, names, settings) {
  const pairs = names.map((name) => `${name}=${Number(settings[name].toPrecision(DIGITS))}`);
  return `#${id}?${pairs.join("&")}`;
}
