// The decision guide: one node of the tree at a time. Entry point: render() at the end.

import { button, element, keepKeys, onBookPage } from "./dom.js";
import { Ballot, PLAIN_BOOTH } from "./votes.js";

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
 * @typedef {{id: string, title: string, start: string, nodes: Record<string, Question | Outcome>, covered: boolean}} Options
 */

const GUESS = "Your guess first: does the student win?";
const GUESSES = ["The student wins", "The student does not win"];

class Guide {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    /** @type {Options} */
    this.options = model.get("options");
    this.published = onBookPage();
    // Paths whose verdict the reader has uncovered.
    /** @type {Set<string>} */
    this.seen = new Set();
    /** @type {Ballot | null} */
    this.ballot = null;
    this.body = element("div", { class: "w2s-guide-body" });
    this.root = element(
      "div",
      { role: "group", "aria-label": this.options.title, "data-guide": this.options.id },
      this.body,
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
    // A reader who works with the keyboard goes on at the new question, and a screen reader reads it,
    // with what describes it: a live region would say it once more.
    /** @type {HTMLElement | null} */
    const head = this.body.querySelector(".w2s-question, .w2s-verdict");
    head?.focus();
  }

  draw() {
    const { passed, node } = this.visited();
    const content = "options" in node ? this.question(node) : this.voteOrVerdict(node);
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
    const hint = this.named("p", "w2s-hint", node.hint);
    return [
      element(
        "p",
        { class: "w2s-question", tabindex: "-1", "aria-describedby": hint.id },
        node.text,
      ),
      hint,
      element("div", { class: "w2s-answers", role: "group", "aria-label": "answers" }, ...answers),
    ];
  }

  /**
   * An element that describes the one which has the focus.
   * @param {"p"} tag
   * @param {string} kind
   * @param {string} text
   */
  named(tag, kind, text) {
    return element(tag, { class: kind, id: `${this.options.id}-${kind}` }, text);
  }

  /** @param {Outcome} node */
  voteOrVerdict(node) {
    const path = this.path.join();
    if (!this.options.covered || this.seen.has(path)) {
      const verdict = this.verdict(node);
      if (this.ballot) verdict.unshift(this.ballot.outcome);
      this.ballot = null;
      return verdict;
    }
    const own = { answers: GUESSES, right: node.wins ? 0 : 1, fact: `${node.mechanism}.` };
    const vote = { question: GUESS, settings: {}, own };
    const reveal = () => {
      this.seen.add(path);
      this.ballot = ballot;
      this.draw();
    };
    const ballot = new Ballot([vote], {}, { ...PLAIN_BOOTH, reveal });
    ballot.ask();
    return [ballot.ballot];
  }

  /** @param {Outcome} node */
  verdict(node) {
    const outcome = GUESSES[node.wins ? 0 : 1];
    const why = this.named("p", "w2s-why", node.why);
    /** @type {(href: string, text: string) => HTMLElement} */
    const chapter = (href, text) =>
      this.published ? element("a", { href }, text) : element("span", {}, text);
    /** @type {(Node | string)[]} */
    const links = [chapter(`${node.page}.html`, `Chapter: ${node.title}`)];
    if (node.settings) links.push(" · ", chapter(node.link, "see it in the chapter’s explorer"));
    return [
      element(
        "p",
        {
          class: "w2s-verdict",
          tabindex: "-1",
          "data-wins": String(node.wins),
          "aria-describedby": why.id,
        },
        `${node.wins ? "✓" : "✗"} ${outcome}: ${node.mechanism}`,
      ),
      why,
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
