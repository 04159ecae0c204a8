// What is drawn, as far as it is arithmetic: the zero line, the colours, the histograms.
import assert from "node:assert/strict";
import { test } from "node:test";

import { colourRamp, traceZero } from "../../../w2slib/explorer/static/picture.js";
import { unpackCounts } from "../../../w2slib/explorer/static/scores.js";

/** Segments of the zero line of f over a grid of ni x nj pixels, one pixel a step, y upward. */
function zeroLine(f, ni, nj) {
  const data = Float64Array.from({ length: ni * nj }, (_, k) => f(k % ni, Math.floor(k / ni)));
  const segments = [];
  const context = {
    moveTo: (x, y) => segments.push([[x, nj - 1 - y]]),
    lineTo: (x, y) => segments.at(-1).push([x, nj - 1 - y]),
  };
  traceZero(context, { data, ni, nj }, { left: 0, right: ni - 1, top: 0, bottom: nj - 1 });
  return segments;
}

test("the zero line of a plane is exact", () => {
  const plane = (x, y) => x + 2 * y - 9.5;
  const segments = zeroLine(plane, 12, 7);
  assert.ok(segments.length > 8);
  for (const [x, y] of segments.flat()) assert.ok(Math.abs(plane(x, y)) < 1e-9);
  assert.equal(zeroLine(() => 1, 5, 5).length, 0);
  assert.equal(zeroLine(() => -1, 5, 5).length, 0);
});

test("the zero line of a circle is closed and has its length", () => {
  const segments = zeroLine((x, y) => Math.hypot(x - 20, y - 20) - 12.3, 41, 41);
  const length = ([[x, y], [u, v]]) => Math.hypot(x - u, y - v);
  const total = segments.reduce((sum, segment) => sum + length(segment), 0);
  assert.ok(Math.abs(total / (2 * Math.PI * 12.3) - 1) < 0.01);
  const meet = new Map();
  for (const [x, y] of segments.flat()) {
    const place = `${x.toFixed(9)} ${y.toFixed(9)}`;
    meet.set(place, (meet.get(place) ?? 0) + 1);
  }
  assert.deepEqual(new Set(meet.values()), new Set([2]));
});

test("a saddle gives two segments in its cell", () => {
  assert.equal(zeroLine((x, y) => (x === y ? -1 : 1), 2, 2).length, 2);
});

test("the ramp runs through the colours it is given", () => {
  const ramp = colourRamp(["#053061", "#f7f7f7", "#d9741a"]);
  const channels = (k) => [ramp[k] & 255, (ramp[k] >> 8) & 255, (ramp[k] >> 16) & 255];
  assert.deepEqual(channels(0), [0x05, 0x30, 0x61]);
  assert.deepEqual(channels(256), [0xf7, 0xf7, 0xf7]);
  assert.deepEqual(channels(512), [0xd9, 0x74, 0x1a]);
  assert.ok([...ramp].every((pixel) => pixel >>> 24 === 255));
});

test("counts are little-endian, wherever they begin", () => {
  const bytes = Uint8Array.of(99, 1, 0, 0, 1, 255, 255);
  assert.deepEqual([...unpackCounts(new DataView(bytes.buffer, 1))], [1, 256, 65535]);
});
