// The theme of the page that an explorer stands on: light or dark, of the book or of JupyterLab.

import { element } from "./dom.js";

/** Every colour of static/theme.css that is drawn with, as --w2s-NAME. */
const COLOURS = /** @type {const} */ ([
  "text",
  "muted",
  "grid",
  "background",
  "student",
  "teacher",
  "win-shade",
  "ink",
  "dots",
  "halo",
]);

/** @typedef {{font: string} & Record<(typeof COLOURS)[number], string>} Theme */

/**
 * The font and the colours of an element in the document.
 * @param {Element} root
 */
export function readTheme(root) {
  const style = getComputedStyle(root);
  const theme = { font: `${12 * fontScale(root)}px ${style.fontFamily || "sans-serif"}` };
  // A canvas does not know the system's own colours, by which a reader may have replaced ours.
  const probe = element("span", { style: "forced-color-adjust: none" });
  root.append(probe);
  const colours = COLOURS.map((name) => {
    probe.style.color = style.getPropertyValue(`--w2s-${name}`).trim();
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return /** @type {Theme} */ ({ ...theme, ...Object.fromEntries(colours) });
}

/**
 * How many times larger the reader's letters are than the usual ones, of 16 pixels.
 * @param {Element} root
 */
export function fontScale(root) {
  return Number.parseFloat(getComputedStyle(root).fontSize) / 14 || 1;
}

/**
 * Call `repaint` whenever the theme changes; returns how to stop.
 * @param {() => void} repaint
 */
export function watchTheme(repaint) {
  const page = new MutationObserver(repaint);
  page.observe(document.documentElement, { attributeFilter: ["data-theme", "class"] });
  page.observe(document.body, { attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"] });
  const systems = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((query) =>
    window.matchMedia(query),
  );
  for (const system of systems) system.addEventListener("change", repaint);
  return () => {
    page.disconnect();
    for (const system of systems) system.removeEventListener("change", repaint);
  };
}
