// Drawing on canvases: axes, the phase diagram, the section.

import { makeScale, roundLimits } from "./ticks.js";

/**
 * @import { Parameter } from "./scales.js"
 * @import { Theme } from "./theme.js"
 * @import { PixelScale } from "./ticks.js"
 *
 * The drawn area of a canvas of the size width x height.
 * @typedef {{left: number, top: number, right: number, bottom: number}} Area
 * @typedef {Area & {width: number, height: number}} Box
 */

/**
 * A canvas of the given CSS size, sharp on dense displays, with its origin at the corner.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function prepareCanvas(canvas, width, height) {
  const density = Math.min(window.devicePixelRatio || 1, 3);
  const device = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== device[0]) canvas.width = device[0];
  if (canvas.height !== device[1]) canvas.height = device[1];
  const context = contextOf(canvas);
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D}
 */
export function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("explorer: this browser cannot draw on a canvas");
  return context;
}

/**
 * Stroke the path that `trace` makes, and leave no dashes behind.
 * @param {CanvasRenderingContext2D} context
 * @param {{colour: string, width?: number, dash?: number[]}} style
 * @param {() => void} trace
 */
export function stroke(context, { colour, width = 1, dash = [] }, trace) {
  context.beginPath();
  trace();
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {[x: number, y: number][]} points
 */
export function polyline(context, points) {
  points.forEach(([x, y], k) => {
    if (k) context.lineTo(x, y);
    else context.moveTo(x, y);
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Box} box
 * @param {PixelScale} xScale
 * @param {PixelScale} yScale
 * @param {{x: string, y: string}} labels
 * @param {Theme} theme
 */
function drawAxes(context, box, xScale, yScale, labels, theme) {
  context.font = theme.font;
  context.fillStyle = theme.muted;
  stroke(context, { colour: theme.muted }, () => traceTicks(context, box, xScale, yScale));
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const { value, label } of xScale.ticks) {
    if (label) context.fillText(label, xScale.pixel(value), box.bottom + 8);
  }
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const { value, label } of yScale.ticks) {
    if (label) context.fillText(label, box.left - 8, yScale.pixel(value));
  }
  context.fillStyle = theme.text;
  context.textAlign = "center";
  context.textBaseline = "bottom";
  context.fillText(labels.x, (box.left + box.right) / 2, box.height - 1);
  context.save();
  context.translate(1, (box.top + box.bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.textBaseline = "top";
  context.fillText(labels.y, 0, 0);
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Area} box
 * @param {PixelScale} xScale
 * @param {PixelScale} yScale
 */
function traceTicks(context, box, xScale, yScale) {
  for (const { value, label } of xScale.ticks) {
    const x = Math.round(xScale.pixel(value)) + 0.5;
    context.moveTo(x, box.bottom);
    context.lineTo(x, box.bottom + (label ? 5 : 3));
  }
  for (const { value, label } of yScale.ticks) {
    const y = Math.round(yScale.pixel(value)) + 0.5;
    context.moveTo(box.left, y);
    context.lineTo(box.left - (label ? 5 : 3), y);
  }
  context.rect(box.left + 0.5, box.top + 0.5, box.right - box.left - 1, box.bottom - box.top - 1);
}

/**
 * 513 colours from −limit to +limit, as 32-bit pixels.
 * @param {string[]} colours
 */
export function colourRamp(colours) {
  const channels = colours.map((hex) =>
    [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)),
  );
  const bytes = new Uint8ClampedArray(513 * 4);
  for (let k = 0; k < 513; k++) {
    const position = (k / 512) * (channels.length - 1);
    const i = Math.min(Math.floor(position), channels.length - 2);
    for (let c = 0; c < 3; c++) {
      bytes[4 * k + c] = channels[i][c] + (position - i) * (channels[i + 1][c] - channels[i][c]);
    }
    bytes[4 * k + 3] = 255;
  }
  return new Uint32Array(bytes.buffer);
}

/**
 * Samples of the map, x fastest, row 0 at the bottom: ni of them in each of nj rows.
 * @typedef {{data: Float64Array, ni: number, nj: number}} Samples
 */

/**
 * Paint samples as a picture of ni x nj pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {Samples} samples
 * @param {Uint32Array} ramp
 * @param {number} limit
 */
function paintSamples(canvas, { data, ni, nj }, ramp, limit) {
  canvas.width = ni;
  canvas.height = nj;
  const context = contextOf(canvas);
  const image = context.createImageData(ni, nj);
  const pixels = new Uint32Array(image.data.buffer);
  const perUnit = 256 / limit;
  for (let j = 0; j < nj; j++) {
    for (let i = 0, from = j * ni, to = (nj - 1 - j) * ni; i < ni; i++) {
      const level = 256 + perUnit * data[from + i];
      pixels[to + i] = ramp[level < 0 ? 0 : level > 512 ? 512 : Math.round(level)];
    }
  }
  context.putImageData(image, 0, 0);
}

/**
 * Trace the zero line of the samples cell by cell (marching squares).
 * @param {Pick<CanvasRenderingContext2D, "moveTo" | "lineTo">} context
 * @param {Samples} samples
 * @param {Area} box
 */
export function traceZero(context, { data, ni, nj }, box) {
  const dx = (box.right - box.left) / (ni - 1);
  const dy = (box.bottom - box.top) / (nj - 1);
  /** @type {number[]} */
  const place = [];
  /** @type {(i: number, j: number, di: number, dj: number, a: number, b: number) => void} */
  const cross = (i, j, di, dj, a, b) => {
    const t = a / (a - b);
    place.push(box.left + (i + di * t) * dx, box.bottom - (j + dj * t) * dy);
  };
  for (let j = 0; j + 1 < nj; j++) {
    for (let i = 0; i + 1 < ni; i++) {
      const k = j * ni + i;
      const a = data[k];
      const b = data[k + 1];
      const c = data[k + ni + 1];
      const d = data[k + ni];
      const signs = Number(a < 0) + Number(b < 0) + Number(c < 0) + Number(d < 0);
      if (signs === 0 || signs === 4) continue;
      place.length = 0;
      if (a < 0 !== b < 0) cross(i, j, 1, 0, a, b);
      if (b < 0 !== c < 0) cross(i + 1, j, 0, 1, b, c);
      if (d < 0 !== c < 0) cross(i, j + 1, 1, 0, d, c);
      if (a < 0 !== d < 0) cross(i, j, 0, 1, a, d);
      // Two crossings give one segment, four (a saddle) give two.
      for (let p = 0; p + 3 < place.length; p += 4) {
        context.moveTo(place[p], place[p + 1]);
        context.lineTo(place[p + 2], place[p + 3]);
      }
    }
  }
}

/**
 * Dots where the student wins: the region can be told without its colour.
 * @param {CanvasRenderingContext2D} context
 * @param {Samples} samples
 * @param {Area} box
 */
function stippleWins(context, { data, ni, nj }, box) {
  const spacing = 11;
  const width = box.right - box.left;
  const height = box.bottom - box.top;
  for (let y = spacing / 2, row = 0; y < height; y += spacing, row++) {
    for (let x = (spacing * (1 + (row % 2))) / 2; x < width; x += spacing) {
      const i = Math.round((x / width) * (ni - 1));
      const j = Math.round((1 - y / height) * (nj - 1));
      if (data[j * ni + i] < 0) context.fillRect(box.left + x - 0.75, box.top + y - 0.75, 1.5, 1.5);
    }
  }
}

/**
 * A dashed line through points given in values of the two parameters.
 * @typedef {{points: [x: number, y: number][], label: string}} Line
 *
 * @typedef {object} MapStyle
 * @property {Parameter} x
 * @property {Parameter} y
 * @property {Theme} theme
 * @property {Uint32Array} ramp
 * @property {number} limit
 * @property {Line[]} lines
 * @property {HTMLCanvasElement} buffer
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Box} box
 * @param {Samples} samples
 * @param {MapStyle} style
 */
export function drawMap(canvas, box, samples, { x, y, theme, ramp, limit, lines, buffer }) {
  const { ni, nj } = samples;
  const context = prepareCanvas(canvas, box.width, box.height);
  const xScale = makeScale(x, box.left, box.right);
  const yScale = makeScale(y, box.bottom, box.top);
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  context.clip();
  paintSamples(buffer, samples, ramp, limit);
  const dx = (box.right - box.left) / (ni - 1);
  const dy = (box.bottom - box.top) / (nj - 1);
  // Samples sit at the centres of the picture's pixels, hence half a pixel more on each side.
  context.imageSmoothingEnabled = true;
  context.drawImage(buffer, box.left - dx / 2, box.top - dy / 2, ni * dx, nj * dy);
  context.fillStyle = theme.dots;
  stippleWins(context, samples, box);
  stroke(context, { colour: theme.ink, width: 2 }, () => traceZero(context, samples, box));
  context.font = theme.font;
  for (const line of lines) drawMarker(context, line, xScale, yScale, box, theme);
  context.restore();
  drawAxes(context, box, xScale, yScale, { x: x.title, y: y.title }, theme);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Line} line
 * @param {PixelScale} xScale
 * @param {PixelScale} yScale
 * @param {Area} box
 * @param {Theme} theme
 */
function drawMarker(context, { points, label }, xScale, yScale, box, theme) {
  /** @type {[x: number, y: number][]} */
  const pixels = points.map(([x, y]) => [xScale.pixel(x), yScale.pixel(y)]);
  stroke(context, { colour: theme.ink, width: 1.25, dash: [6, 4] }, () =>
    polyline(context, pixels),
  );
  const [x, y] = pixels[pixels.length - 1];
  if (x < box.left || x > box.right) return;
  // The label stays inside the map, to the left of the line where there is no room to its right.
  const flip = x + 10 + context.measureText(label).width > box.right;
  const at = Math.max(box.top + 5, Math.min(box.bottom - 18, y + 5));
  context.textAlign = flip ? "right" : "left";
  context.textBaseline = "top";
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeStyle = theme.halo;
  context.strokeText(label, x + (flip ? -6 : 6), at);
  context.fillStyle = theme.ink;
  context.fillText(label, x + (flip ? -6 : 6), at);
}

/**
 * Axes, and nothing on them yet: hatching, and a word that says why. Without `y` the upright axis has no
 * numbers, which would tell how large the errors are.
 * @param {HTMLCanvasElement} canvas
 * @param {Box} box
 * @param {{x: Parameter, y: Parameter | null}} axes
 * @param {Theme} theme
 */
export function drawCover(canvas, box, { x, y }, theme) {
  const context = prepareCanvas(canvas, box.width, box.height);
  const { left, right, top, bottom } = box;
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
  stroke(context, { colour: theme.grid, width: 2 }, () => {
    for (let at = left - (bottom - top); at < right; at += 12) {
      context.moveTo(at, bottom);
      context.lineTo(at + bottom - top, top);
    }
  });
  context.restore();
  const xScale = makeScale(x, left, right);
  /** @type {PixelScale} */
  const none = { pixel: () => 0, ticks: [] };
  const yScale = y ? makeScale(y, bottom, top) : none;
  drawAxes(context, box, xScale, yScale, { x: x.title, y: y ? y.title : "" }, theme);
  context.textAlign = "center";
  context.textBaseline = "middle";
  const word = "covered until you vote";
  const half = context.measureText(word).width / 2 + 8;
  const [middle, height] = [(left + right) / 2, (top + bottom) / 2];
  context.fillStyle = theme.background;
  context.fillRect(middle - half, height - 12, 2 * half, 24);
  context.fillStyle = theme.text;
  context.fillText(word, middle, height);
}

// Of the extra curves of a section, in order.
const DASHES = [
  [7, 3],
  [2, 3],
  [9, 3, 2, 3],
  [5, 5],
];

/**
 * Dashes of the k-th extra curve of a section.
 * @param {number} k
 */
export function dashes(k) {
  return DASHES[k % DASHES.length];
}

/**
 * The errors along a section; an error that is the same everywhere has one value.
 * @typedef {object} Section
 * @property {Float64Array} positions
 * @property {Float64Array} student
 * @property {Float64Array} teacher
 * @property {Float64Array[]} curves
 *
 * @typedef {object} SectionStyle
 * @property {Parameter} along
 * @property {Theme} theme
 * @property {string} error
 * @property {{position: number, student: number}} here
 * @property {number | null} markerAt
 * @property {Overlay[]} [under] what is drawn below the curves
 * @property {Overlay[]} [over] and above them
 *
 * Something more in a section; `values` are the errors that the axis has to hold.
 * @typedef {object} Overlay
 * @property {Iterable<number>} values
 * @property {(context: CanvasRenderingContext2D, place: Place) => void} paint
 *
 * @typedef {{xScale: PixelScale, yScale: PixelScale, box: Box, theme: Theme}} Place
 */

/**
 * Points of a curve in pixels; one value stands for the same everywhere.
 * @param {Float64Array} positions
 * @param {Float64Array} values
 * @param {PixelScale} xScale
 * @param {PixelScale} yScale
 */
export function tracePoints(positions, values, xScale, yScale) {
  return Array.from(positions, (position, k) => {
    const value = values[Math.min(k, values.length - 1)];
    return /** @type {[x: number, y: number]} */ ([xScale.pixel(position), yScale.pixel(value)]);
  });
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Box} box
 * @param {Section} section
 * @param {SectionStyle} style
 */
export function drawSection(canvas, box, section, style) {
  const { along, theme, error, here, markerAt, under = [], over = [] } = style;
  const { positions, student, teacher, curves } = section;
  const context = prepareCanvas(canvas, box.width, box.height);
  const xScale = makeScale(along, box.left, box.right);
  const more = [...under, ...over].flatMap(({ values }) => [...values]);
  const errors = roundLimits([...student, ...teacher, ...curves.flatMap((c) => [...c]), ...more]);
  const yScale = makeScale(errors, box.bottom, box.top);
  const place = { xScale, yScale, box, theme };
  /** @param {Float64Array} values */
  const pixels = (values) => tracePoints(positions, values, xScale, yScale);
  drawGrid(context, box, yScale, theme);
  // Shaded: between the student's error and the teacher's, where the student's is smaller.
  const [ours, theirs] = [pixels(student), pixels(teacher)];
  /** @type {[x: number, y: number][]} */
  const lower = ours.map(([x, y], k) => [x, Math.max(y, theirs[k][1])]);
  context.beginPath();
  polyline(context, [...lower, ...[...theirs].reverse()]);
  context.fillStyle = theme["win-shade"];
  context.fill();
  for (const overlay of under) overlay.paint(context, place);
  curves.forEach((values, k) => {
    const style = { colour: theme.muted, width: 1.5, dash: dashes(k) };
    stroke(context, style, () => polyline(context, pixels(values)));
  });
  stroke(context, { colour: theme.teacher, width: 2, dash: [8, 4] }, () =>
    polyline(context, theirs),
  );
  stroke(context, { colour: theme.student, width: 2.5 }, () => polyline(context, ours));
  if (markerAt !== null) verticalLine(context, xScale.pixel(markerAt), box, theme.text, [6, 4]);
  drawAxes(context, box, xScale, yScale, { x: along.title, y: error }, theme);
  const x = xScale.pixel(here.position);
  verticalLine(context, x, box, theme.muted, [1, 3]);
  drawDot(context, x, yScale.pixel(here.student), theme);
  for (const overlay of over) overlay.paint(context, place);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {Theme} theme
 */
function drawDot(context, x, y, theme) {
  context.beginPath();
  context.arc(x, y, 5.5, 0, 2 * Math.PI);
  context.fillStyle = theme.student;
  context.strokeStyle = theme.background;
  context.lineWidth = 2;
  context.fill();
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {Area} box
 * @param {string} colour
 * @param {number[]} dash
 */
function verticalLine(context, x, box, colour, dash) {
  stroke(context, { colour, width: 1.25, dash }, () =>
    polyline(context, [
      [x, box.top],
      [x, box.bottom],
    ]),
  );
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Area} box
 * @param {PixelScale} yScale
 * @param {Theme} theme
 */
function drawGrid(context, box, yScale, theme) {
  stroke(context, { colour: theme.grid }, () => {
    for (const { value } of yScale.ticks) {
      const y = Math.round(yScale.pixel(value)) + 0.5;
      context.moveTo(box.left, y);
      context.lineTo(box.right, y);
    }
  });
}
