// What a reader can take away: the curves and the draws as numbers, and the picture.

import { button } from "./dom.js";
import { contextOf, dashes, stroke } from "./picture.js";
import { formatNumber } from "./words.js";

/**
 * @import { Draws } from "./draws.js"
 * @import { Options } from "./page.js"
 * @import { Section } from "./picture.js"
 * @import { Pinned } from "./pins.js"
 * @import { Parameter } from "./scales.js"
 * @import { Theme } from "./theme.js"
 *
 * @typedef {Record<string, string | number>} Row
 * @typedef {[string, string, string]} Triple
 *
 * @typedef {{map: HTMLCanvasElement, curve: HTMLCanvasElement, handle: {x: number, y: number},
 *   sentence: string, theme: Theme | null}} Shown
 *
 * What of an explorer can be taken away.
 * @typedef {object} Host
 * @property {Options} options
 * @property {Parameter[]} parameters
 * @property {string} along
 * @property {() => Pinned} now
 * @property {() => Pinned | null} pinned
 * @property {Draws | null} draws
 * @property {() => Shown} picture
 */

/**
 * The buttons that save the numbers and the picture.
 * @param {Host} host
 */
export function fileButtons(host) {
  const kind = "w2s-quiet w2s-result-button";
  return [
    button("numbers (CSV)", () => saveNumbers(host), {
      kind,
      tip: "saves the curves, and the data sets drawn, as a table",
    }),
    button("picture (PNG)", () => savePicture(host), {
      kind,
      tip: "saves the map and the curves with what is said about them",
    }),
  ];
}

/** @param {Host} host */
function saveNumbers({ options, along, now, pinned, draws }) {
  const names = options.curves.map(({ quantity }) => quantity);
  /** @type {(kind: string, what: Pinned | null) => Row[]} */
  const rows = (kind, what) =>
    what ? curveRows(kind, what.settings, along, what.section, names) : [];
  const table = [...rows("theory", now()), ...rows("pinned", pinned()), ...(draws?.rows() ?? [])];
  save(`${options.id}.csv`, new Blob([toCsv(table)], { type: "text/csv" }));
}

/** @param {Host} host */
function savePicture({ options, parameters, now, draws, picture }) {
  const { theme, sentence, ...pictures } = picture();
  if (!theme) return;
  const { title, texts, limit, colours, curves } = options;
  const { settings } = now();
  const end = formatNumber(limit);
  const at = parameters.map((p) => `${p.label} = ${formatNumber(settings[p.name])}`);
  const drawn = draws && draws.draws.length > 0 ? [draws.sentence()] : [];
  const sheet = {
    ...pictures,
    title,
    colours,
    words: /** @type {Triple} */ ([texts.blue, texts.difference, texts.orange]),
    numbers: /** @type {Triple} */ ([`−${end}`, "0", `+${end}`]),
    student: texts.student_curve,
    teacher: texts.teacher_curve,
    curves: curves.map(({ label }) => label),
    lines: [`At ${at.join(", ")}.`, sentence, ...drawn],
  };
  composePicture(sheet, theme).toBlob((blob) => blob && save(`${options.id}.png`, blob));
}

/**
 * Rows as CSV; every column that some row has, empty where another has none.
 * @param {Row[]} rows
 */
export function toCsv(rows) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => columns.map((name) => row[name] ?? "").join(","));
  return `${[columns.join(","), ...lines].join("\n")}\n`;
}

/**
 * The curves of a section, a row for each position; `curves` names those beside student and teacher.
 * @param {string} kind
 * @param {Record<string, number>} settings
 * @param {string} along
 * @param {Section} section
 * @param {string[]} curves
 * @returns {Row[]}
 */
export function curveRows(kind, settings, along, section, curves) {
  /** @type {(values: Float64Array, k: number) => number} */
  const at = (values, k) => values[Math.min(k, values.length - 1)];
  return Array.from(section.positions, (position, k) => {
    const [student, teacher] = [at(section.student, k), at(section.teacher, k)];
    const more = curves.map((name, c) => [name, at(section.curves[c], k)]);
    const errors = { student, teacher, ...Object.fromEntries(more) };
    return { kind, ...settings, [along]: position, ...errors };
  });
}

/**
 * Hand a file to the reader.
 * @param {string} name
 * @param {Blob} content
 */
export function save(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * What stands on the exported picture.
 * @typedef {object} Sheet
 * @property {string} title
 * @property {HTMLCanvasElement} map
 * @property {HTMLCanvasElement} curve
 * @property {{x: number, y: number}} handle centre of the cross-hair on the map
 * @property {string[]} colours
 * @property {Triple} words what the colours mean, from left to right
 * @property {Triple} numbers and their values
 * @property {string} student
 * @property {string} teacher
 * @property {string[]} curves the names of the extra curves
 * @property {string[]} lines what is said below
 */

const MARGIN = 16;
const HEAD = 74;
const LINE = 20;
const LEFT = 58;

/**
 * The picture with everything that explains it, on one canvas.
 * @param {Sheet} sheet
 * @param {Theme} theme
 */
export function composePicture(sheet, theme) {
  const { map, curve } = sheet;
  const [width, height] = [map.style.width, map.style.height].map(Number.parseFloat);
  const full = 2 * width + 3 * MARGIN;
  const canvas = document.createElement("canvas");
  const context = contextOf(canvas);
  context.font = theme.font;
  const lines = sheet.lines.flatMap((line) => wrap(context, line, full - 2 * MARGIN));
  const density = map.width / width;
  canvas.width = Math.round(density * full);
  canvas.height = Math.round(density * (HEAD + height + MARGIN + LINE * lines.length + MARGIN));
  context.scale(density, density);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, full, canvas.height);
  context.font = theme.font;
  context.textBaseline = "top";
  context.fillStyle = theme.text;
  context.fillText(sheet.title, MARGIN, 8);
  drawBar(context, sheet, MARGIN + LEFT, width - LEFT - 12, theme);
  const left = 2 * MARGIN + width + LEFT;
  const extra = sheet.curves.map((name, k) => ({ name, colour: theme.muted, dash: dashes(k) }));
  const { student, teacher } = sheet;
  const both = [
    { name: student, colour: theme.student, dash: [] },
    { name: teacher, colour: theme.teacher, dash: [7, 4] },
  ];
  drawLegend(context, extra, left, 37, theme);
  drawLegend(context, both, left, 57, theme);
  context.drawImage(map, MARGIN, HEAD, width, height);
  context.drawImage(curve, 2 * MARGIN + width, HEAD, width, height);
  drawRing(context, MARGIN + sheet.handle.x, HEAD + sheet.handle.y);
  context.fillStyle = theme.text;
  context.textAlign = "left";
  lines.forEach((line, k) => {
    context.fillText(line, MARGIN, HEAD + height + MARGIN + LINE * k);
  });
  return canvas;
}

/**
 * A line of text in lines that fit.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} width
 */
function wrap(context, text, width) {
  /** @type {string[]} */
  const lines = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (line && context.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Sheet} sheet
 * @param {number} left
 * @param {number} width
 * @param {Theme} theme
 */
function drawBar(context, { colours, words, numbers }, left, width, theme) {
  const gradient = context.createLinearGradient(left, 0, left + width, 0);
  colours.forEach((colour, k) => {
    gradient.addColorStop(k / (colours.length - 1), colour);
  });
  context.fillStyle = gradient;
  context.fillRect(left, 44, width, 10);
  context.fillStyle = theme.text;
  /** @type {CanvasTextAlign[]} */
  const sides = ["left", "center", "right"];
  sides.forEach((side, k) => {
    context.textAlign = side;
    context.fillText(words[k], left + (k * width) / 2, 29);
    context.fillText(numbers[k], left + (k * width) / 2, 57);
  });
  context.textAlign = "left";
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{name: string, colour: string, dash: number[]}[]} entries
 * @param {number} left
 * @param {number} top
 * @param {Theme} theme
 */
function drawLegend(context, entries, left, top, theme) {
  let x = left;
  for (const { name, colour, dash } of entries) {
    stroke(context, { colour, width: 2.5, dash }, () => {
      context.moveTo(x, top + 7);
      context.lineTo(x + 24, top + 7);
    });
    context.fillStyle = theme.text;
    context.fillText(name, x + 30, top);
    x += 48 + context.measureText(name).width;
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 */
function drawRing(context, x, y) {
  for (const [width, colour] of /** @type {const} */ ([
    [6, "#fff"],
    [3, "#111"],
  ])) {
    context.beginPath();
    context.arc(x, y, 7, 0, 2 * Math.PI);
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke();
  }
}
