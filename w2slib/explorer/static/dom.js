// Elements, and where they stand.

/**
 * element("p", {class: "x", onclick: f}, "text", child, …)
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | (() => void)>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") Object.assign(node, { [name]: value });
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/**
 * A button of the house; `kind` adds a class, `tip` says what it does.
 * @param {string} label
 * @param {() => void} onclick
 * @param {{kind?: string, tip?: string}} more
 */
export function button(label, onclick, { kind = "", tip } = {}) {
  const node = element("button", { type: "button", class: `w2s-button ${kind}`, onclick }, label);
  if (tip !== undefined) node.title = tip;
  return node;
}

/**
 * setAttribute that does not wake MutationObservers when nothing changes.
 * @param {Element} node
 * @param {string} name
 * @param {string} value
 */
export function change(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/**
 * The same for what is written in a node.
 * @param {Node} node
 * @param {string} text
 */
export function changeText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * JupyterLab's shortcuts would take the arrow keys away from what is below this node.
 * @param {Element} node
 */
export function keepKeys(node) {
  change(node, "data-lm-suppress-shortcuts", "true");
}

/** Are we on a published page of the book? Slides hold the widgets' state too, but not the chapters. */
export function onBookPage() {
  const state = 'script[type="application/vnd.jupyter.widget-state+json"]';
  return !!document.querySelector(state) && !document.querySelector(".reveal");
}

/**
 * A line of a legend: what it looks like, and what it means.
 * @param {Element} key
 * @param {string} label
 */
export function legendEntry(key, label) {
  return element("span", { class: "w2s-entry" }, key, label);
}

/**
 * A legend of keys that the style sheet draws, by class.
 * @param {[kind: string, label: string][]} entries
 */
export function legend(entries) {
  const lines = entries.map(([kind, label]) =>
    legendEntry(element("i", { class: `w2s-key ${kind}` }), label),
  );
  return element("div", { class: "w2s-legend" }, ...lines);
}

/**
 * Keep room for any of these texts in a paragraph; `after` is where they are tried out.
 * @param {HTMLElement} paragraph
 * @param {string[]} texts
 * @param {HTMLElement} after
 */
export function reserve(paragraph, texts, after = paragraph) {
  const trials = texts.map((text) => element("p", { class: "w2s-trial" }, text));
  after.after(...trials);
  const tallest = Math.max(0, ...trials.map((trial) => trial.getBoundingClientRect().height));
  for (const trial of trials) trial.remove();
  paragraph.style.minHeight = `${Math.ceil(tallest)}px`;
}

/** The sentence beside a picture: shown at once, read aloud when the reader pauses. */
export class Sentence {
  constructor() {
    this.shown = element("p", { class: "w2s-sentence", "aria-hidden": "true" });
    // Read aloud by screen readers, and not seen.
    this.live = element("p", { class: "w2s-live", "aria-live": "polite" });
    this.text = "";
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /**
   * @param {string} text
   * @param {...(Node | string)} content the text, in the elements that show it
   */
  write(text, ...content) {
    if (text === this.text) return;
    this.text = text;
    this.shown.replaceChildren(...content);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.live.textContent = text;
    }, 500);
  }

  /**
   * Keep room for any of these texts, so that what stands below stays where the reader's hand is.
   * @param {string[]} texts
   */
  reserve(texts) {
    reserve(this.shown, texts, this.live);
  }

  clear() {
    this.stop();
    this.text = "";
    this.shown.replaceChildren();
    this.live.textContent = "";
  }

  stop() {
    clearTimeout(this.timer);
  }
}
