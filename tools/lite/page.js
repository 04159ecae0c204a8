// @ts-check
/* First script of every page of the lite site: a sentence where Python cannot start, and the formulas of quizzes. */
(() => {
  const here = /** @type {HTMLScriptElement} */ (document.currentScript).src;
  if (location.protocol === "file:") {
    document.addEventListener("DOMContentLoaded", () => {
      const told = document.createElement("p");
      told.textContent =
        "Python in the browser needs a web server: a browser starts none from a file. In the folder of the book, " +
        "type python -m http.server, then open http://localhost:8000/ and press the button there.";
      told.setAttribute("style", "max-width: 40em; margin: 4em auto; font: 1.1em/1.5 sans-serif");
      document.body.replaceChildren(told);
    });
    return;
  }

  // jupyterquiz asks MathJax to set its formulas and fetches it from outside unless it is there. JupyterLab's own
  // is a part of JupyterLab that no page can call; here KaTeX, which sets the book's formulas, answers to the name.
  const FORMULA = /\\\((.+?)\\\)|\\\[(.+?)\\\]/gs;

  /** @param {string} file */
  const beside = (file) => new URL(`katex/${file}`, here).href;

  /** @param {Element[]} elements */
  const typeset = async (elements) => {
    if (!document.querySelector("link[data-formulas]")) {
      const style = document.createElement("link");
      style.rel = "stylesheet";
      style.href = beside("katex-swap.min.css");
      style.dataset.formulas = "";
      document.head.append(style);
    }
    const { default: katex } = await import(beside("katex.mjs"));
    for (const element of elements) {
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      /** @type {Text[]} */
      const texts = [];
      while (walker.nextNode()) texts.push(/** @type {Text} */ (walker.currentNode));
      for (const text of texts) setIn(katex, text);
    }
  };

  /**
   * @param {any} katex
   * @param {Text} text
   */
  const setIn = (katex, text) => {
    const parts = [];
    let at = 0;
    for (const found of text.data.matchAll(FORMULA)) {
      const span = document.createElement("span");
      const displayMode = found[2] !== undefined;
      katex.render(found[1] ?? found[2], span, { displayMode, throwOnError: false });
      parts.push(text.data.slice(at, found.index), span);
      at = found.index + found[0].length;
    }
    if (parts.length) text.replaceWith(...parts, text.data.slice(at));
  };

  Object.assign(window, { MathJax: { version: "3", _: {}, config: {}, typeset } });
})();
