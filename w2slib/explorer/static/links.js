// Settings in a page's address.

/**
 * Settings in a fragment "#id?a=1&b=2", or null; unknown names and bad numbers are left out.
 * @param {string} hash
 * @param {string} id
 * @param {{name: string}[]} parameters
 */
export function readFragment(hash, id, parameters) {
  if (!hash.startsWith(`#${id}?`)) return null;
  const wanted = new URLSearchParams(hash.slice(id.length + 2));
  /** @type {Record<string, number>} */
  const settings = {};
  for (const { name } of parameters) {
    const value = wanted.has(name) ? Number(wanted.get(name)) : NaN;
    if (Number.isFinite(value)) settings[name] = value;
  }
  return settings;
}

/**
 * @param {string} id
 * @param {string[]} names
 * @param {Record<string, number>} settings
 */
export function writeFragment(id, names, settings) {
  const pairs = names.map((name) => `${name}=${Number(settings[name].toPrecision(6))}`);
  return `#${id}?${pairs.join("&")}`;
}
