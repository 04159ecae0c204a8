// Round numbers along axes.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  linearTicks,
  logTicks,
  makeScale,
  niceStep,
  roundLimits,
  tickLabel,
} from "../../../w2slib/explorer/static/ticks.js";

test("steps are 1, 2, 2.5 or 5 times a power of ten, and not below what is asked for", () => {
  const expected = [
    [1, 1],
    [1.01, 2],
    [2.1, 2.5],
    [2.6, 5],
    [5.01, 10],
    [0.03, 0.05],
    [700, 1000],
  ];
  for (const [rough, step] of expected) assert.ok(Math.abs(niceStep(rough) / step - 1) < 1e-12);
});

test("linear ticks include both ends, zero without a sign, and few numbers", () => {
  const ticks = linearTicks(-1, 1, 300);
  assert.deepEqual(
    ticks.map(({ label }) => label),
    ["−1", "−0.5", "0", "0.5", "1"],
  );
  assert.ok(linearTicks(0, 1, 60).length <= 4);
  assert.deepEqual(
    linearTicks(0, 0.3, 330)
      .map(({ label }) => label)
      .at(-1),
    "0.3",
  );
});

test("log ticks label the decades, and 2 and 5 where there are few", () => {
  const labels = (low, high) => logTicks(low, high).flatMap(({ label }) => label || []);
  assert.deepEqual(labels(1e-2, 1e2), ["0.01", "0.1", "1", "10", "100"]);
  assert.deepEqual(labels(0.2, 5), ["0.2", "0.5", "1", "2", "5"]);
  assert.equal(logTicks(1e-2, 1e2).length, 37);
});

test("tick labels write powers of ten as such", () => {
  assert.equal(tickLabel(1e-4), "10⁻⁴");
  assert.equal(tickLabel(1e5), "10⁵");
  assert.equal(tickLabel(0.001), "0.001");
  assert.equal(tickLabel(2e5), "2×10⁵");
});

test("a scale leads from pixel to pixel", () => {
  const { pixel } = makeScale({ low: 0.01, high: 1, scale: "log" }, 200, 100);
  assert.equal(pixel(0.01), 200);
  assert.equal(pixel(1), 100);
  assert.ok(Math.abs(pixel(0.1) - 150) < 1e-9);
});

test("round limits hold the values, stay above zero with them, and take equal ones", () => {
  for (const values of [
    [0.13, 0.87],
    [0.001, 0.002],
    [-3, 12],
    [5, 5],
    [0, 0],
  ]) {
    const { low, high } = roundLimits(values);
    assert.ok(low <= Math.min(...values) && Math.max(...values) <= high && low < high);
    if (Math.min(...values) >= 0) assert.ok(low >= 0);
  }
  // Some air above what is drawn.
  assert.deepEqual(roundLimits([0, 1]), { low: 0, high: 1.25, scale: "linear" });
  assert.deepEqual(roundLimits([0.101, 0.89]), roundLimits([0.11, 0.885]));
});
