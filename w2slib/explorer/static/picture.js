// Drawing on canvases: scales with ticks, the phase diagram, the section.

/** A scale maps values of a parameter (or an error) to pixels and knows its ticks. */
function makeScale({ low, high, scale }, from, to) {
  const range = { low, high, scale };
  const pixel = (value) => from + (to - from) * fraction(range, value);
  const ticks = scale === "log" ? logTicks(low, high) : linearTicks(low, high, Math.abs(to - from));
  return { pixel, ticks, from, to };
}

function logTicks(low, high) {
  const ticks = [];
  const labelAll = high / low < 30;
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (let digit = 1; digit < 10; digit++) {
      const value = digit * 10 ** power;
      if (value < low * (1 - 1e-9) || value > high * (1 + 1e-9)) continue;
      const labelled = digit === 1 || (labelAll && (digit === 2 || digit === 5));
      ticks.push({ value, label: labelled ? tickLabel(value) : "" });
    }
  }
  return ticks;
}

function linearTicks(low, high, pixels) {
  const step = niceStep((high - low) / Math.max(2, Math.min(6, pixels / 55)));
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    ticks.push({ value: k * step, label: tickLabel(Number((k * step).toPrecision(12))) });
  }
  return ticks;
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9));
}

function tickLabel(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e4)) {
    const power = Math.round(Math.log10(size));
    if (Math.abs(size / 10 ** power - 1) < 1e-6) return `10${superscript(power)}`;
  }
  return formatNumber(value);
}

/** A canvas of the given CSS size, sharp on dense displays, with its origin at the corner. */
function prepareCanvas(canvas, width, height) {
  const density = Math.min(window.devicePixelRatio || 1, 3);
  const device = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== device[0]) canvas.width = device[0];
  if (canvas.height !== device[1]) canvas.height = device[1];
  const context = canvas.getContext("2d");
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

function drawAxes(context, box, xScale, yScale, labels, theme) {
  context.font = theme.font;
  context.strokeStyle = context.fillStyle = theme.muted;
  context.lineWidth = 1;
  context.beginPath();
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
  context.stroke();
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

/** 513 colours from −limit to +limit, as 32-bit pixels. */
function colourRamp(colours) {
  const channels = colours.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
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

/** Paint samples (row 0 at the bottom) as a picture of ni x nj pixels. */
function paintSamples(canvas, data, ni, nj, ramp, limit) {
  canvas.width = ni;
  canvas.height = nj;
  const context = canvas.getContext("2d");
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

/** Trace the zero line of the samples cell by cell (marching squares). */
function traceZero(context, data, ni, nj, box) {
  const dx = (box.right - box.left) / (ni - 1), dy = (box.bottom - box.top) / (nj - 1);
  const place = [];
  const cross = (i, j, di, dj, a, b) => {
    const t = a / (a - b);
    place.push(box.left + (i + di * t) * dx, box.bottom - (j + dj * t) * dy);
  };
  for (let j = 0; j + 1 < nj; j++) {
    for (let i = 0; i + 1 < ni; i++) {
      const k = j * ni + i;
      const a = data[k], b = data[k + 1], c = data[k + ni + 1], d = data[k + ni];
      const signs = (a < 0) + (b < 0) + (c < 0) + (d < 0);
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

/** Dots where the student wins: the region can be told without its colour. */
function stippleWins(context, data, ni, nj, box, spacing = 11) {
  const width = box.right - box.left, height = box.bottom - box.top;
  for (let y = spacing / 2, row = 0; y < height; y += spacing, row++) {
    for (let x = (spacing * (1 + (row % 2))) / 2; x < width; x += spacing) {
      const i = Math.round((x / width) * (ni - 1)), j = Math.round((1 - y / height) * (nj - 1));
      if (data[j * ni + i] < 0) context.fillRect(box.left + x - 0.75, box.top + y - 0.75, 1.5, 1.5);
    }
  }
}

function drawMap(canvas, box, sample, { x, y, theme, ramp, limit, lines, labels, buffer }) {
  const { data, ni, nj } = sample;
  const context = prepareCanvas(canvas, box.width, box.height);
  const xScale = makeScale(x, box.left, box.right);
  const yScale = makeScale(y, box.bottom, box.top);
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  context.clip();
  paintSamples(buffer, data, ni, nj, ramp, limit);
  const dx = (box.right - box.left) / (ni - 1), dy = (box.bottom - box.top) / (nj - 1);
  // Samples sit at the centres of the picture's pixels, hence half a pixel more on each side.
  context.imageSmoothingEnabled = true;
  context.drawImage(buffer, box.left - dx / 2, box.top - dy / 2, ni * dx, nj * dy);
  context.fillStyle = "rgba(10, 25, 60, 0.55)";
  stippleWins(context, data, ni, nj, box);
  context.strokeStyle = "#111";
  context.lineWidth = 2;
  context.beginPath();
  traceZero(context, data, ni, nj, box);
  context.stroke();
  context.font = theme.font;
  for (const line of lines) drawMarker(context, line, xScale, yScale, box);
  context.restore();
  drawAxes(context, box, xScale, yScale, labels, theme);
  return { xScale, yScale };
}

/** A dashed line through points given in values of the two parameters. */
function drawMarker(context, { points, label }, xScale, yScale, box) {
  context.strokeStyle = "#111";
  context.lineWidth = 1.25;
  context.setLineDash([6, 4]);
  context.beginPath();
  points.forEach(([px, py], k) => {
    context[k ? "lineTo" : "moveTo"](xScale.pixel(px), yScale.pixel(py));
  });
  context.stroke();
  context.setLineDash([]);
  const [px, py] = points[points.length - 1];
  const x = xScale.pixel(px);
  if (x < box.left || x > box.right) return;
  // The label stays inside the map, to the left of the line where there is no room to its right.
  const flip = x + 10 + context.measureText(label).width > box.right;
  context.textAlign = flip ? "right" : "left";
  context.textBaseline = "top";
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeStyle = "rgba(255, 255, 255, 0.8)";
  const y = Math.max(box.top + 5, Math.min(box.bottom - 18, yScale.pixel(py) + 5));
  context.strokeText(label, x + (flip ? -6 : 6), y);
  context.fillStyle = "#111";
  context.fillText(label, x + (flip ? -6 : 6), y);
}

/** Round limits that hold the values, so that the axis does not tremble while a slider moves. */
function roundLimits(values) {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const step = niceStep(Math.max(high - low, 1e-9 + 1e-3 * Math.abs(high)) / 4);
  const floor = Math.floor(low / step - 0.15) * step;
  return { low: low >= 0 ? Math.max(0, floor) : floor, high: Math.ceil(high / step + 0.15) * step, scale: "linear" };
}

const DASHES = [[7, 3], [2, 3], [9, 3, 2, 3], [5, 5]];

function drawSection(canvas, box, section, { along, theme, labels, here, markerAt }) {
  const { positions, student, teacher, curves } = section;
  const context = prepareCanvas(canvas, box.width, box.height);
  const xScale = makeScale(along, box.left, box.right);
  const errors = roundLimits([...student, ...teacher, ...curves.flatMap((c) => [...c.values])]);
  const yScale = makeScale(errors, box.bottom, box.top);
  const trace = (values, backwards = false) => {
    const last = positions.length - 1;
    for (let k = 0; k <= last; k++) {
      const at = backwards ? last - k : k;
      context[k || backwards ? "lineTo" : "moveTo"](
        xScale.pixel(positions[at]), yScale.pixel(values[Math.min(at, values.length - 1)]));
    }
  };
  drawGrid(context, box, yScale, theme);
  // Shaded: between the student's error and the teacher's, where the student's is smaller.
  context.beginPath();
  trace(student.map((value, k) => Math.min(value, teacher[Math.min(k, teacher.length - 1)])));
  trace(teacher, true);
  context.fillStyle = theme.winShade;
  context.fill();
  const stroke = (values, colour, width, dash) => {
    context.beginPath();
    trace(values);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.stroke();
    context.setLineDash([]);
  };
  curves.forEach(({ values }, k) => stroke(values, theme.muted, 1.5, DASHES[k % DASHES.length]));
  stroke(teacher, theme.teacher, 2, [8, 4]);
  stroke(student, theme.student, 2.5, []);
  if (markerAt !== null) verticalLine(context, xScale.pixel(markerAt), box, theme.text, [6, 4]);
  drawAxes(context, box, xScale, yScale, labels, theme);
  const x = xScale.pixel(here.position), y = yScale.pixel(here.student);
  verticalLine(context, x, box, theme.muted, [1, 3]);
  context.beginPath();
  context.arc(x, y, 5.5, 0, 2 * Math.PI);
  context.fillStyle = theme.student;
  context.strokeStyle = theme.background;
  context.lineWidth = 2;
  context.fill();
  context.stroke();
}

function verticalLine(context, x, box, colour, dash) {
  context.beginPath();
  context.moveTo(x, box.top);
  context.lineTo(x, box.bottom);
  context.strokeStyle = colour;
  context.lineWidth = 1.25;
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

function drawGrid(context, box, yScale, theme) {
  context.strokeStyle = theme.grid;
  context.lineWidth = 1;
  context.beginPath();
  for (const { value } of yScale.ticks) {
    const y = Math.round(yScale.pixel(value)) + 0.5;
    context.moveTo(box.left, y);
    context.lineTo(box.right, y);
  }
  context.stroke();
}
