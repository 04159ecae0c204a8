// The decision guide: one node of the tree at a time. Entry point: render() at the end.

class Guide {
  constructor(model, el) {
    this.model = model;
    this.options = model.get("options");
    this.published = onBookPage();
    this.body = element("div", { class: "w2s-guide-body" });
    this.live = element("p", { class: "w2s-live", "aria-live": "polite" });
    this.root = element("div", {
      role: "group", "aria-label": this.options.title, "data-guide": this.options.id,
      "data-lm-suppress-shortcuts": "true",
    }, this.body, this.live);
    el.append(this.root);
    this.onChange = () => this.draw();
    model.on("change:path", this.onChange);
    this.draw();
  }

  /** Names of the nodes passed so far, the present one last. */
  visited() {
    const { nodes, start } = this.options;
    const names = [start];
    for (const answer of this.model.get("path")) names.push(nodes[names.at(-1)].options[answer].to);
    return names;
  }

  go(path) {
    this.model.set("path", path);
    this.model.save_changes();
    // A reader who works with the keyboard or a screen reader goes on at the new question.
    this.body.querySelector(".w2s-question, .w2s-verdict").focus();
    this.live.textContent = this.spoken;
  }

  draw() {
    const names = this.visited();
    const node = this.options.nodes[names.at(-1)];
    const content = node.options ? this.question(node) : this.verdict(node);
    this.body.replaceChildren(this.trail(names), ...content, this.footer());
  }

  trail(names) {
    const path = this.model.get("path");
    const steps = path.map((answer, k) => {
      const node = this.options.nodes[names[k]];
      const change = this.button("change", () => this.go(path.slice(0, k)), "w2s-quiet");
      change.setAttribute("aria-label", `change the answer to: ${node.text}`);
      return element("li", {}, element("span", {}, `${node.text} `,
        element("strong", {}, node.options[answer].label)), change);
    });
    return element("ol", { class: "w2s-trail", "aria-label": "answers so far" }, ...steps);
  }

  question(node) {
    const path = this.model.get("path");
    const answers = node.options.map((option, k) => this.button(option.label, () => this.go([...path, k])));
    this.spoken = `${node.text} ${node.options.length} answers.`;
    return [
      element("p", { class: "w2s-question", tabindex: "-1" }, node.text),
      element("p", { class: "w2s-hint" }, node.hint),
      element("div", { class: "w2s-answers", role: "group", "aria-label": "answers" }, ...answers),
    ];
  }

  verdict(node) {
    const outcome = node.wins ? "The student wins" : "The student does not win";
    this.spoken = `${outcome}. ${node.mechanism}. ${node.why}`;
    const chapter = (href, text) =>
      this.published ? element("a", { href }, text) : element("span", {}, text);
    const links = [chapter(`${node.page}.html`, `Chapter: ${node.title}`)];
    if (node.settings) links.push(" · ", chapter(node.link, "see it in the chapter’s explorer"));
    return [
      element("p", { class: "w2s-verdict", tabindex: "-1", "data-wins": String(node.wins) },
        `${node.wins ? "✓" : "✗"} ${outcome}: ${node.mechanism}`),
      element("p", { class: "w2s-why" }, node.why),
      element("p", { class: "w2s-condition" }, element("strong", {}, "Check: "), node.condition),
      element("p", { class: "w2s-why" }, ...links),
    ];
  }

  footer() {
    const path = this.model.get("path");
    const back = this.button("back", () => this.go(path.slice(0, -1)), "w2s-quiet");
    const again = this.button("start over", () => this.go([]), "w2s-quiet");
    back.hidden = again.hidden = path.length === 0;
    return element("div", { class: "w2s-buttons" }, back, again);
  }

  button(label, onclick, kind = "") {
    return element("button", { type: "button", class: `w2s-button ${kind}`, onclick }, label);
  }

  destroy() {
    this.model.off("change:path", this.onChange);
  }
}

function render({ model, el }) {
  const guide = new Guide(model, el);
  return () => guide.destroy();
}

export default { render };
