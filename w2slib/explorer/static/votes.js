// Predict first: a question with its answers, in the place of the verdict until one has been chosen.
// Votes are kept nowhere: they are gone with the page.

import { button, element } from "./dom.js";
import { fill, formatNumber } from "./words.js";

/**
 * @import { Sentence } from "./dom.js"
 *
 * A question of the book's about one setting. Without `to`: who wins there? With it: does the
 * student's error rise or fall on the way from there to `to`? Or with answers of its own, of which
 * the one with the number `right` is right, and a fact that says why.
 * @typedef {object} Vote
 * @property {string} question
 * @property {Record<string, number>} settings
 * @property {Record<string, number> | null} [to]
 * @property {{answers: string[], right: number, fact: string}} [own]
 *
 * @typedef {"student" | "teacher" | "tie"} Winner
 *
 * What the ballot needs of the explorer.
 * @typedef {object} Booth
 * @property {() => Record<string, number>} settings
 * @property {(settings: Record<string, number>) => {student: number, winner: Winner}} look
 * @property {(settings: Record<string, number>) => boolean} standsAt
 * @property {() => void} reveal
 * @property {(settings: Record<string, number>) => void} askAt go to the setting and cover it
 *
 * An answer's name and its button's label.
 * @typedef {[name: string, label: string]} Answer
 */

/**
 * A booth without a field: every question has answers of its own, and there is no setting to go to.
 * @type {Booth}
 */
export const PLAIN_BOOTH = {
  settings: () => ({}),
  look: () => ({ student: NaN, winner: "tie" }),
  standsAt: () => true,
  reveal: () => {},
  askAt: () => {},
};

export class Ballot {
  /**
   * @param {Vote[]} votes
   * @param {Record<string, string>} texts
   * @param {Booth} booth
   */
  constructor(votes, texts, booth) {
    this.votes = votes;
    this.texts = texts;
    this.booth = booth;
    // Votes of the book's that were cast: the next one has this number.
    this.cast = 0;
    /** @type {Vote | null | undefined} */
    this.asked = undefined;
    this.question = element("p", { class: "w2s-question", tabindex: "-1" });
    this.answers = element("div", { class: "w2s-answers", role: "group", "aria-label": "vote" });
    this.ballot = element("div", { class: "w2s-ballot" }, this.question, this.answers);
    this.result = element("span", { class: "w2s-result", tabindex: "-1" });
    this.next = button("", () => this.goOn(), { kind: "w2s-quiet" });
    this.outcome = element("p", { class: "w2s-outcome" }, this.result, " ", this.next);
    this.open = false;
    // The setting that the outcome is about.
    this.judged = "";
    this.close();
  }

  /**
   * The place of the verdict, with the question that stands there until one has voted.
   * @param {Sentence} sentence
   */
  place(sentence) {
    const parts = [this.ballot, this.outcome, sentence.shown, sentence.live];
    return element("div", { class: "w2s-verdict-place" }, ...parts);
  }

  /** Ask about the present setting: the book's own question if it is about this one. */
  ask() {
    const vote = this.votes[this.cast];
    const asked = vote && this.booth.standsAt(vote.settings) ? vote : null;
    if (this.open && asked === this.asked) return;
    this.open = true;
    this.asked = asked;
    this.question.textContent = asked?.question || this.texts.vote;
    const choices = this.choices().map((answer) =>
      button(answer[1], () => this.choose(answer), { kind: "w2s-vote" }),
    );
    const kind = "w2s-quiet";
    const show = button("just show me", () => this.choose(null), { kind });
    const back = button("the book’s question", () => this.goOn(), { kind });
    back.hidden = !vote || asked !== null;
    this.answers.replaceChildren(...choices, show, back);
    this.ballot.hidden = false;
    this.outcome.hidden = true;
  }

  /** @returns {Answer[]} */
  choices() {
    const { student, teacher, rises, falls } = this.texts;
    if (this.asked?.own) return this.asked.own.answers.map((label, k) => [String(k), label]);
    if (!this.asked?.to)
      return [
        ["student", student],
        ["teacher", teacher],
      ];
    return [
      ["rises", rises],
      ["falls", falls],
    ];
  }

  /** @param {Answer | null} answer null: the reader only wants to see */
  choose(answer) {
    const said = answer ? this.judge(answer) : "";
    if (this.asked) this.cast += 1;
    const more = this.cast < this.votes.length;
    this.close();
    this.judged = said && JSON.stringify(this.booth.settings());
    this.result.textContent = said;
    this.next.textContent = this.cast > 0 ? "next question" : "the book’s question";
    this.next.hidden = !more;
    this.outcome.hidden = !said && !more;
    this.booth.reveal();
    (said ? this.result : this.next).focus({ preventScroll: true });
  }

  /**
   * The reader's vote beside what is the case.
   * @param {Answer} answer
   */
  judge([name, label]) {
    const { to, own } = this.asked ?? {};
    if (own) {
      const right = name === String(own.right) ? "Right" : "Not here";
      return `Your vote: “${label}”. ${right}: ${own.fact}`;
    }
    const { winner, student } = this.booth.look({});
    if (!to) {
      const right = winner === "tie" ? "Neither: a tie" : winner === name ? "Right" : "Not here";
      return `Your vote: “${label}”. ${right}.`;
    }
    const end = this.booth.look(to).student;
    const right = name === (end > student ? "rises" : "falls") ? "Right" : "Not here";
    const places = { from: formatNumber(student), to: formatNumber(end) };
    const fact = fill(this.texts.moves, places);
    return `Your vote: “${label}”. ${right}: ${fact}`;
  }

  goOn() {
    if (this.cast >= this.votes.length) return;
    this.booth.askAt(this.votes[this.cast].settings);
    this.question.focus({ preventScroll: true });
  }

  /**
   * What was voted is about one setting: it is not said at another one.
   * @param {Record<string, number>} settings
   */
  visit(settings) {
    const place = JSON.stringify(settings);
    if (this.judged && this.judged !== place) {
      this.judged = "";
      this.result.textContent = "";
      this.outcome.hidden = this.next.hidden;
    }
  }

  close() {
    this.open = false;
    this.ballot.hidden = true;
    this.outcome.hidden = true;
  }
}
