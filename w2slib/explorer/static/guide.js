// The decision guide: one node of the tree at a time. Entry point: render() at the end.

import { button, element, keepKeys, liveRegion, onBookPage } from "./dom.js";

/**
 * @import { Model } from "./drawing.js"
 *
 * @typedef {{text: string, hint: string, options: {label: string, to: string}[]}} Question
 * @typedef {object} Outcome
 * @property {boolean} wins
 * @property {string} mechanism
 * @property {string} why
 * @property {string} condition
 * @property {string} page
 * @property {string} title
 * @property {string} link
 * @property {object | null} settings
 *
 * @typedef {{id: string, title: string, start: string, nodes: Record<string, Question | Outcome>}} Options
 */

class Guide {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    /** @type {Options} */
    this.options = model.get("options");
    this.published = onBookPage();
    this.spoken = "";
    this.body = element("div", { class: "w2s-guide-body" });
    this.live = liveRegion();
    this.root = element(
      "div",
      { role: "group", "aria-label": this.options.title, "data-guide": this.options.id },
      this.body,
      this.live,
    );
    keepKeys(this.root);
    this.onChange = () => this.draw();
    model.on("change:path", this.onChange);
    this.draw();
  }

  /** @returns {number[]} */
  get path() {
    return this.model.get("path");
  }

  /** The questions passed so far, each with the answer given, and the present node. */
  visited() {
    const { nodes, start } = this.options;
    let node = nodes[start];
    const passed = [];
    for (const answer of this.path) {
      if (!("options" in node)) break;
      passed.push({ text: node.text, label: node.options[answer].label });
      node = nodes[node.options[answer].to];
    }
    return { passed, node };
  }

  /** @param {number[]} path */
  go(path) {
    this.model.set("path", path);
    this.model.save_changes();
    // A reader who works with the keyboard or a screen reader goes on at the new question.
    /** @type {HTMLElement | null} */
    const head = this.body.querySelector(".w2s-question, .w2s-verdict");
    head?.focus();
    this.live.textContent = this.spoken;
  }

  draw() {
    const { passed, node } = this.visited();
    const content = "options" in node ? this.question(node) : this.verdict(node);
    this.body.replaceChildren(this.trail(passed), ...content, this.footer());
  }

  /** @param {{text: string, label: string}[]} passed */
  trail(passed) {
    const steps = passed.map(({ text, label }, k) => {
      const back = button("change", () => this.go(this.path.slice(0, k)), { kind: "w2s-quiet" });
      back.setAttribute("aria-label", `change the answer to: ${text}`);
      const said = element("span", {}, `${text} `, element("strong", {}, label));
      return element("li", {}, said, back);
    });
    return element("ol", { class: "w2s-trail", "aria-label": "answers so far" }, ...steps);
  }

  /** @param {Question} node */
  question(node) {
    const answers = node.options.map(({ label }, k) =>
      button(label, () => this.go([...this.path, k])),
    );
    this.spoken = `${node.text} ${node.options.length} answers.`;
    return [
      element("p", { class: "w2s-question", tabindex: "-1" }, node.text),
      element("p", { class: "w2s-hint" }, node.hint),
      element("div", { class: "w2s-answers", role: "group", "aria-label": "answers" }, ...answers),
    ];
  }

  /** @param {Outcome} node */
  verdict(node) {
    const outcome = node.wins ? "The student wins" : "The student does not win";
    this.spoken = `${outcome}. ${node.mechanism}. ${node.why}`;
    /** @type {(href: string, text: string) => HTMLElement} */
    const chapter = (href, text) =>
      this.published ? element("a", { href }, text) : element("span", {}, text);
    /** @type {(Node | string)[]} */
    const links = [chapter(`${node.page}.html`, `Chapter: ${node.title}`)];
    if (node.settings) links.push(" · ", chapter(node.link, "see it in the chapter’s explorer"));
    return [
      element(
        "p",
        { class: "w2s-verdict", tabindex: "-1", "data-wins": String(node.wins) },
        `${node.wins ? "✓" : "✗"} ${outcome}: ${node.mechanism}`,
      ),
      element("p", { class: "w2s-why" }, node.why),
      element("p", { class: "w2s-condition" }, element("strong", {}, "Check: "), node.condition),
      element("p", { class: "w2s-why" }, ...links),
    ];
  }

  footer() {
    const kind = "w2s-quiet";
    const back = button("back", () => this.go(this.path.slice(0, -1)), { kind });
    const again = button("start over", () => this.go([]), { kind });
    back.hidden = again.hidden = this.path.length === 0;
    return element("div", { class: "w2s-buttons" }, back, again);
  }

  destroy() {
    this.model.off("change:path", this.onChange);
  }
}

/** @param {{model: Model, el: HTMLElement}} widget */
function render({ model, el }) {
  const guide = new Guide(model);
  el.append(guide.root);
  return () => guide.destroy();
}

export default { render };
