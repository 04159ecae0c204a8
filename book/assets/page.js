/* What every page of the book does on its own. Part of site.js (book/_extensions/house_pages.py). */
(() => {
  // A link to a section is where the page starts; what grows above it later, such as an explorer or a late font, must
  // not move it. Browsers with scroll anchoring see to that themselves; the others are put right until the reader acts.
  // (An explorer that is linked to brings itself into view.)
  let alone = true;
  const takeOver = () => {
    alone = false;
  };
  for (const sign of ["wheel", "touchstart", "pointerdown", "keydown"]) {
    window.addEventListener(sign, takeOver, { once: true, passive: true });
  }
  const target = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    return name && !name.includes("=") ? document.getElementById(name) : null;
  };
  const keep = () => {
    const place = target();
    if (!alone || !place || CSS.supports("overflow-anchor: auto")) return;
    const margin = Number.parseFloat(getComputedStyle(place).scrollMarginTop) || 0;
    const root =
      Number.parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
    const off = place.getBoundingClientRect().top - Math.max(margin, root);
    if (Math.abs(off) > 2) window.scrollBy({ top: off, behavior: "instant" });
  };
  if (target()) {
    const watch = new ResizeObserver(keep);
    watch.observe(document.body);
    document.fonts.ready.then(keep);
    window.addEventListener("load", () => setTimeout(() => watch.disconnect(), 5000));
  }

  // A formula that is wider than its column can be scrolled by keyboard; the others are no tab stops.
  /** @param {Element} formula */
  const reach = (formula) => {
    if (formula.scrollWidth > formula.clientWidth) formula.setAttribute("tabindex", "0");
  };
  const widths = new ResizeObserver((entries) => {
    for (const { target: formula } of entries) reach(formula);
  });
  const formulas = document.querySelectorAll(".katex-display");
  for (const formula of formulas) widths.observe(formula);
  document.fonts.ready.then(() => formulas.forEach(reach));

  // On a phone the contents lie over the page: a tap on one of them leads to the page, not under them.
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => {
      const link = event.target instanceof Element ? event.target.closest("a") : null;
      if (link?.href && new URL(link.href).pathname === location.pathname) dialog.close();
    });
  }

  // "Run in the browser" (tools/lite/pages.py) needs a web server.
  if (location.protocol === "file:") {
    for (const link of document.querySelectorAll(".w2s-run a")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        const told = link.nextElementSibling;
        told?.setAttribute("role", "status");
        if (told) told.textContent = " needs a web server: a browser starts no Python from a file.";
      });
    }
  }

  // A figure that has not come near yet is printed too.
  window.addEventListener("beforeprint", () => {
    for (const image of document.querySelectorAll('img[loading="lazy"]')) {
      image.setAttribute("loading", "eager");
    }
  });
})();
