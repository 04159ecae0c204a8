// Settings in a page's address, and in what the browser's tab remembers of the page.

import { readNumber } from "./numbers.js";

const DIGITS = 6;
const ROUNDING = 10 ** (1 - DIGITS);
// "…&covered=1": the verdict is to be covered until the reader has voted.
const COVERED = "covered";

/**
 * What stands behind the question mark of a fragment, which has one.
 * @param {string} hash
 */
export function readQuery(hash) {
  // A link copied from the source of a page has its ampersands escaped, maybe more than once.
  const query = hash.slice(hash.indexOf("?") + 1).replace(/&(?:amp;|#38;|#x26;)+/gi, "&");
  return new URLSearchParams(query);
}

/**
 * Settings in a fragment "#id?a=1&b=2", or null if it is not about this explorer. Names that are no
 * parameter are passed over; `refused` has those whose value is no number or out of range.
 * @param {string} hash
 * @param {string} id
 * @param {{name: string, low: number, high: number}[]} parameters
 */
export function readFragment(hash, id, parameters) {
  if (!hash.startsWith(`#${id}?`)) return null;
  const wanted = readQuery(hash);
  /** @type {Record<string, number>} */
  const settings = {};
  /** @type {string[]} */
  const refused = [];
  for (const { name, low, high } of parameters) {
    const text = wanted.get(name);
    if (text === null) continue;
    const value = readNumber(text);
    // The ends of a range, too, may have been rounded in the link.
    const [bottom, top] = [low - ROUNDING * Math.abs(low), high + ROUNDING * Math.abs(high)];
    if (value >= bottom && value <= top) settings[name] = value;
    else refused.push(name);
  }
  return { settings, refused, covered: wanted.get(COVERED) === "1" };
}

/**
 * @param {string} id
 * @param {string[]} names
 * @param {Record<string, number>} settings
 * @param {boolean} covered
 */
export function writeFragment(id, names, settings, covered = false) {
  const pairs = names.map((name) => `${name}=${Number(settings[name].toPrecision(DIGITS))}`);
  if (covered) pairs.push(`${COVERED}=1`);
  return `#${id}?${pairs.join("&")}`;
}

/**
 * What a reload must not lose. It is kept in the tab's own history, so that it is gone with the tab.
 * @typedef {{settings: Record<string, number>, covered: boolean}} Memory
 */

/**
 * Remember the settings; `hash` takes the place of a link that is no longer true.
 * @param {string} id
 * @param {Memory} memory
 * @param {string} [hash]
 */
export function remember(id, memory, hash) {
  const state = { ...history.state, w2s: { ...history.state?.w2s, [id]: memory } };
  const { pathname, search } = location;
  try {
    // Browsers refuse when a script does this too often.
    if (hash === undefined) history.replaceState(state, "");
    else history.replaceState(state, "", hash || pathname + search);
  } catch {}
}

/**
 * @param {string} id
 * @returns {Memory | null}
 */
export function recall(id) {
  return history.state?.w2s?.[id] ?? null;
}
