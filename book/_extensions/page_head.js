// Runs before anything is painted, so that a reader of dark pages sees no white one. The theme's own script
// chooses light or dark only after the page has loaded, and fails where the browser keeps no storage.
(() => {
  for (const name of /** @type {const} */ (["localStorage", "sessionStorage"])) {
    try {
      window[name].getItem("mode");
    } catch {
      const kept = new Map();
      const storage = {
        getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
        setItem: (/** @type {string} */ key, /** @type {unknown} */ value) =>
          kept.set(key, String(value)),
        removeItem: (/** @type {string} */ key) => kept.delete(key),
      };
      Object.defineProperty(window, name, { value: storage, configurable: true });
    }
  }
  const mode = localStorage.getItem("mode") || "auto";
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.mode = mode;
  document.documentElement.dataset.theme = mode === "auto" ? (dark ? "dark" : "light") : mode;
})();
