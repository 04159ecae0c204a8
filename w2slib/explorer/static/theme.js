// The theme of the page that an explorer stands on: light or dark, of the book or of JupyterLab.

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
  const theme = { font: `12px ${style.fontFamily || "sans-serif"}` };
  const colours = COLOURS.map((name) => [name, style.getPropertyValue(`--w2s-${name}`).trim()]);
  return /** @type {Theme} */ ({ ...theme, ...Object.fromEntries(colours) });
}

/**
 * Call `repaint` whenever the theme changes; returns how to stop.
 * @param {() => void} repaint
 */
export function watchTheme(repaint) {
  const page = new MutationObserver(repaint);
  page.observe(document.documentElement, { attributeFilter: ["data-theme", "class"] });
  page.observe(document.body, { attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"] });
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", repaint);
  return () => {
    page.disconnect();
    system.removeEventListener("change", repaint);
  };
}
