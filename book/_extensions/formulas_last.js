// On a page with widgets they are drawn first, then the formulas are set: MathJax would keep the
// sliders waiting for a second. After three seconds it waits no longer.
MathJax.startup = {
  pageReady: async () => {
    const views = document.querySelectorAll(
      'script[type="application/vnd.jupyter.widget-view+json"]',
    );
    const drawn = () =>
      document.querySelectorAll(".widget-subarea :is(canvas, svg, input, button)").length;
    const last = performance.now() + 3000;
    while (views.length && !drawn() && performance.now() < last) {
      await new Promise((go) => setTimeout(go, 20));
    }
    await new Promise((go) => setTimeout(go, 50)); // an explorer fills its canvas in the next frame
    return MathJax.startup.defaultPageReady?.();
  },
};
