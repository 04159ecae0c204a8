// Summaries of search results: formulas in their letters, once. The page holds each for the eye and for screen readers.
(() => {
  // @ts-expect-error: of Sphinx's searchtools.js
  const search = Search;
  const plain = search.htmlToText;
  search.htmlToText = (/** @type {string} */ html, /** @type {string} */ anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    for (const shown of page.querySelectorAll(".katex-html, noscript")) shown.remove();
    return plain(page.documentElement.outerHTML, anchor).replace(/\s+/g, " ");
  };
})();
