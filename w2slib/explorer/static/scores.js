// A slider over checkpoints: histograms of the student's decision scores, then and now.

const SCORE_HEIGHT = 300;

/** Little-endian uint16 counts of shape (checkpoint, class, bin). */
function unpackCounts(view) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const counts = new Uint16Array(bytes.length / 2);
  for (let k = 0; k < counts.length; k++) counts[k] = bytes[2 * k] | (bytes[2 * k + 1] << 8);
  return counts;
}

class Scores {
  constructor(model, el) {
    this.model = model;
    this.options = model.get("options");
    this.counts = unpackCounts(model.get("counts"));
    this.redrawTimes = [];
    this.build(el);
    this.listen();
  }

  build(el) {
    const { id, title, classes, axis } = this.options;
    this.canvas = element("canvas", {
      role: "img",
      "aria-label": `Two histograms of the ${axis}: ${classes[1]} upward, ${classes[0]} downward. The sentence below says what they show.`,
    });
    const entry = (kind, label) => element("span", { class: "w2s-entry" }, element("i", { class: `w2s-key ${kind}` }), label);
    const legend = element("div", { class: "w2s-caption w2s-legend" },
      entry("w2s-key-student", `${classes[1]}, now (upward)`),
      entry("w2s-key-teacher", `${classes[0]}, now (downward)`),
      entry("w2s-key-then", "both, at the first checkpoint"));
    this.sentence = element("p", { class: "w2s-sentence", "aria-hidden": "true" });
    this.live = element("p", { class: "w2s-live", "aria-live": "polite" });
    this.root = element("div", {
      class: "w2s-canvas w2s-scores", role: "group", "aria-label": title, "data-explorer": id,
    }, legend, element("div", { class: "w2s-plot" }, this.canvas), this.sentence, this.live);
    // For the tests: what is shown, without reading pixels.
    this.root.w2slib = {
      index: () => this.index,
      bins: (k, label) => [...this.bins(k, label)],
      sentence: () => this.sentence.textContent,
      redrawTimes: this.redrawTimes,
    };
    el.append(this.root);
  }

  get index() {
    return Math.max(0, Math.min(this.options.steps.length - 1, this.model.get("index")));
  }

  bins(k, label) {
    const n = this.options.n_bins;
    return this.counts.subarray((2 * k + label) * n, (2 * k + label + 1) * n);
  }

  // --- events -----------------------------------------------------------------------------------

  listen() {
    const repaint = () => this.schedule();
    this.model.on("change:index", repaint);
    const resize = new ResizeObserver(() => (this.watchSliders(), this.schedule()));
    resize.observe(this.root);
    const watch = new MutationObserver(repaint);
    watch.observe(document.documentElement, { attributeFilter: ["data-theme", "class"] });
    watch.observe(document.body, { attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"] });
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", repaint);
    this.cleanups = [
      () => this.model.off("change:index", repaint), () => resize.disconnect(), () => watch.disconnect(),
      () => system.removeEventListener("change", repaint), () => clearTimeout(this.liveTimer),
      () => cancelAnimationFrame(this.frame), () => this.sliderWatch?.disconnect(),
    ];
    this.schedule();
  }

  /** Name the slider's handle, which ipywidgets leaves without one, and say the step it stands for. */
  watchSliders() {
    const box = this.root.closest(".w2s-explorer")?.querySelector(".w2s-sliders");
    if (!box || this.sliderWatch) return;
    change(box, "data-lm-suppress-shortcuts", "true");
    const label = () => labelSliders(box, () => `step ${this.options.steps[this.index]}`);
    this.sliderWatch = new MutationObserver(label);
    this.sliderWatch.observe(box, { subtree: true, childList: true, attributeFilter: ["aria-valuetext", "aria-valuenow"] });
    label();
  }

  schedule() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      const started = performance.now();
      this.draw();
      this.speak();
      this.redrawTimes.push(performance.now() - started);
    });
  }

  destroy() {
    for (const cleanup of this.cleanups) cleanup();
  }

  // --- drawing ----------------------------------------------------------------------------------

  speak() {
    const text = this.options.sentences[this.index];
    if (this.sentence.textContent === text) return;
    this.sentence.textContent = text;
    clearTimeout(this.liveTimer);
    this.liveTimer = setTimeout(() => (this.live.textContent = text), 400);
  }

  draw() {
    const width = Math.floor(this.root.clientWidth);
    if (width === 0) return;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${SCORE_HEIGHT}px`;
    const context = prepareCanvas(this.canvas, width, SCORE_HEIGHT);
    const style = getComputedStyle(this.root);
    const colour = (name) => style.getPropertyValue(`--w2s-${name}`).trim() || "#333";
    const { limit, n_bins, highest, classes, axis } = this.options;
    const box = { left: 12, right: width - 12, top: 18, bottom: SCORE_HEIGHT - 38 };
    const middle = (box.top + box.bottom) / 2;
    const x = (score) => box.left + ((score + limit) / (2 * limit)) * (box.right - box.left);
    const edge = (k) => box.left + (k / n_bins) * (box.right - box.left);
    const tall = (count) => (Math.min(count, highest) / highest) * (middle - box.top);
    context.font = `12px ${style.fontFamily || "sans-serif"}`;

    for (const [label, sign, name] of [[1, -1, "student"], [0, 1, "teacher"]]) {
      context.fillStyle = colour(name);
      this.bins(this.index, label).forEach((count, k) => {
        const height = tall(count);
        context.fillRect(edge(k) + 0.5, sign < 0 ? middle - height : middle, edge(k + 1) - edge(k) - 1, height);
      });
      // "Then": the outline of the first checkpoint.
      context.beginPath();
      context.moveTo(box.left, middle);
      this.bins(0, label).forEach((count, k) => {
        context.lineTo(edge(k), middle + sign * tall(count));
        context.lineTo(edge(k + 1), middle + sign * tall(count));
      });
      context.lineTo(box.right, middle);
      context.strokeStyle = colour("text");
      context.lineWidth = 1.3;
      context.setLineDash([4, 3]);
      context.stroke();
      context.setLineDash([]);
    }
    this.drawFrame(context, box, middle, x, colour, limit, classes, axis);
  }

  drawFrame(context, box, middle, x, colour, limit, classes, axis) {
    context.strokeStyle = colour("muted");
    context.lineWidth = 1;
    for (const [x0, y0, x1, y1] of [[box.left, middle, box.right, middle], [x(0), box.top, x(0), box.bottom]]) {
      context.beginPath();
      context.moveTo(x0, y0);
      context.lineTo(x1, y1);
      context.stroke();
    }
    context.fillStyle = colour("text");
    context.textBaseline = "top";
    for (const { value, label } of linearTicks(-limit, limit, box.right - box.left)) {
      context.textAlign = "center";
      if (Math.abs(value) < limit * 0.97) context.fillText(label, x(value), box.bottom + 4);
    }
    context.fillText(axis, (box.left + box.right) / 2, box.bottom + 20);
    context.textAlign = "left";
    context.fillText(`← says ${classes[0]}`, box.left, 2);
    context.textAlign = "right";
    context.fillText(`says ${classes[1]} →`, box.right, 2);
  }
}

function render({ model, el }) {
  const scores = new Scores(model, el);
  return () => scores.destroy();
}

export default { render };
