// What a reader can take away: the curves and the draws as numbers, and the picture.

import { contextOf } from "./picture.js";

/**
 * @import { Section } from "./picture.js"
 * @import { Theme } from "./theme.js"
 *
 * @typedef {Record<string, string | number>} Row
 */

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
 * @property {{x: number, y: number} | null} handle centre of the cross-hair on the map
 * @property {string[]} colours
 * @property {[string, string, string]} words what the colours mean, from left to right
 * @property {[string, string, string]} numbers and their values
 * @property {[string, string]} legend student and teacher
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
  drawLegend(context, sheet.legend, 2 * MARGIN + width + LEFT, theme);
  context.drawImage(map, MARGIN, HEAD, width, height);
  context.drawImage(curve, 2 * MARGIN + width, HEAD, width, height);
  if (sheet.handle) {
    drawRing(context, MARGIN + sheet.handle.x, HEAD + sheet.handle.y);
  }
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
 * @param {[string, string]} names
 * @param {number} left
 * @param {Theme} theme
 */
function drawLegend(context, names, left, theme) {
  let x = left;
  names.forEach((name, k) => {
    context.strokeStyle = k === 0 ? theme.student : theme.teacher;
    context.lineWidth = 3;
    context.setLineDash(k === 0 ? [] : [7, 4]);
    context.beginPath();
    context.moveTo(x, 64);
    context.lineTo(x + 24, 64);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = theme.text;
    context.fillText(name, x + 30, 57);
    x += 48 + context.measureText(name).width;
  });
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
