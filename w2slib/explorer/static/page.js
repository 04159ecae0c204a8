// The elements of an explorer.

import { button, change, element, keepKeys, legend, legendEntry, Sentence } from "./dom.js";
import { dashes } from "./picture.js";
import { Presets } from "./presets.js";
import { formatNumber } from "./words.js";

/**
 * @import { Sampling } from "./draws.js"
 * @import { Preset } from "./presets.js"
 * @import { Ballot, Vote } from "./votes.js"
 *
 * What Python says about an explorer besides its field.
 * @typedef {object} Options
 * @property {string} id
 * @property {string} title
 * @property {string} x
 * @property {string} y
 * @property {"x" | "y"} section
 * @property {string[]} sliders
 * @property {Preset[]} presets
 * @property {Vote[]} votes
 * @property {boolean} covered
 * @property {{quantity: string, label: string, axis: "x" | "y"}[]} markers
 * @property {{quantity: string, label: string}[]} curves
 * @property {Record<string, string>} texts
 * @property {number} limit
 * @property {string[]} colours
 * @property {Sampling | null} sampling
 *
 * What the buttons do.
 * @typedef {object} Actions
 * @property {(settings: Record<string, number>) => void} set
 * @property {() => void} reset
 * @property {() => void} cover
 * @property {() => void} link
 *
 * @typedef {ReturnType<typeof buildPage>} Page
 */

/**
 * All elements of an explorer, by role; `names` are the titles of the map's axes.
 * @param {Options} options
 * @param {{x: string, y: string}} names
 * @param {Ballot} ballot
 * @param {Actions} act
 */
export function buildPage(options, names, ballot, act) {
  const { id, texts, limit, colours, curves } = options;
  const presets = new Presets(options, act.set);
  const buttons = buildButtons(presets, act);
  const plots = buildPlots(names);
  const at = element("span", { class: "w2s-at" });
  const sentence = new Sentence();
  const left = [
    element("div", { class: "w2s-caption" }, colourBar(texts, limit, colours)),
    element(
      "div",
      { class: "w2s-plot w2s-map" },
      plots.map,
      plots.vertical,
      plots.horizontal,
      plots.handle,
    ),
  ];
  const right = [
    element("div", { class: "w2s-caption" }, errorLegend(texts, curves), at),
    element("div", { class: "w2s-plot w2s-curve" }, plots.curve),
  ];
  const panels = element(
    "div",
    { class: "w2s-panels" },
    element("div", { class: "w2s-panel" }, ...left),
    element("div", { class: "w2s-panel" }, ...right),
  );
  // The verdict stands where the hand is: between the sliders and the map.
  const verdict = ballot.place(sentence);
  const root = element(
    "div",
    { class: "w2s-canvas", "data-explorer": id },
    buttons.row,
    presets.meaning,
    verdict,
    panels,
  );
  keepKeys(root);
  /** @param {boolean} covered */
  const cover = (covered) => {
    root.classList.toggle("w2s-covered", covered);
    buttons.cover.hidden = covered;
    presets.explain(!covered);
    nameCanvases(plots, options, names, covered);
  };
  return {
    root,
    cover,
    presets,
    link: buttons.link,
    said: buttons.said,
    ...plots,
    at,
    sentence,
  };
}

/**
 * @param {Presets} presets
 * @param {Actions} act
 */
function buildButtons(presets, act) {
  const kind = "w2s-quiet";
  const reset = button("reset", act.reset, { kind, tip: "back to the initial setting" });
  const hides = "covers the answer until you have voted";
  const cover = button("predict first", act.cover, { kind, tip: hides });
  const tip = "puts the setting into this page’s address and copies it";
  const link = button("link to this setting", act.link, { kind, tip });
  const said = element("span", { class: "w2s-said", role: "status" });
  const quiet = element("span", { class: "w2s-quiet-buttons" }, reset, cover, link, said);
  const row = element("div", { class: "w2s-buttons" }, ...presets.buttons, quiet);
  return { row, cover, link, said };
}

/** @param {{x: string, y: string}} names */
function buildPlots(names) {
  const handle = element("div", {
    class: "w2s-handle",
    role: "slider",
    tabindex: "0",
    "aria-valuemin": "0",
    "aria-valuemax": "100",
    "aria-label": `cross-hair: ${names.x} and ${names.y}; arrow keys move it`,
    "aria-roledescription": "two-dimensional slider",
  });
  const map = element("canvas", { role: "img" });
  const curve = element("canvas", { role: "img" });
  const vertical = element("div", { class: "w2s-hair w2s-vertical" });
  const horizontal = element("div", { class: "w2s-hair w2s-horizontal" });
  return { handle, map, curve, vertical, horizontal };
}

/**
 * @param {{map: HTMLElement, curve: HTMLElement}} canvases
 * @param {Options} options
 * @param {{x: string, y: string}} names
 * @param {boolean} covered
 */
function nameCanvases({ map, curve }, { texts, section }, names, covered) {
  const [across, up] = section === "y" ? [names.y, names.x] : [names.x, names.y];
  const shows = `Map of ${texts.difference} over ${names.x} and ${names.y}`;
  const curves = `Curves of the ${texts.error} against ${across}, at the ${up} of the cross-hair`;
  const [rest, end] = covered
    ? [", covered until you have voted.", ", covered until you have voted."]
    : [". The sentence above says what it shows.", "."];
  change(map, "aria-label", shows + rest);
  change(curve, "aria-label", curves + end);
}

/**
 * @param {Record<string, string>} texts
 * @param {number} limit
 * @param {string[]} colours
 */
function colourBar(texts, limit, colours) {
  const end = formatNumber(limit);
  /** @type {(kind: string, ...words: string[]) => HTMLElement} */
  const row = (kind, ...words) => {
    const spans = words.map((word) => element("span", { class: kind }, word));
    return element("div", { class: "w2s-scale-row" }, ...spans);
  };
  const style = `background-image: linear-gradient(to right, ${colours.join(",")})`;
  return element(
    "div",
    { class: "w2s-scale" },
    row("w2s-word", texts.blue, texts.difference, texts.orange),
    element("div", { class: "w2s-ramp", style }),
    row("", `−${end}`, "0", `+${end}`),
  );
}

/**
 * @param {Record<string, string>} texts
 * @param {{label: string}[]} curves
 */
function errorLegend(texts, curves) {
  const list = legend([
    ["w2s-key-student", texts.student_curve],
    ["w2s-key-teacher", texts.teacher_curve],
  ]);
  list.append(...curves.map(({ label }, k) => legendEntry(dashKey(k), label)));
  return list;
}

/**
 * A short line with the dashes that the k-th extra curve is drawn with.
 * @param {number} k
 */
function dashKey(k) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  const line = document.createElementNS(namespace, "path");
  svg.setAttribute("class", "w2s-dash");
  svg.setAttribute("viewBox", "0 0 24 6");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", "M0 3H24");
  line.setAttribute("stroke-dasharray", dashes(k).join(" "));
  svg.append(line);
  return svg;
}
