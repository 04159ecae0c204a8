// Ranges, fractions and slider steps.
import assert from "node:assert/strict";
import { test } from "node:test";

import { fraction, snap, spread, stopOf, valueAt } from "../../../w2slib/explorer/static/scales.js";
import { cases } from "./cases.js";

const close = (a, b) =>
  assert.ok(Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b)), `${a}, not ${b}`);

test("nodes are those of Python's axes", () => {
  for (const { range, nodes } of cases.axes) {
    const values = spread(range, nodes.length);
    for (const [k, node] of nodes.entries()) close(values[k], node);
    assert.equal(values[0], range.low);
    assert.equal(values.at(-1), range.high);
  }
});

const [log, linear, whole] = cases.sliders;

test("fraction and valueAt are inverse where a slider stops", () => {
  for (const parameter of [log, linear, whole]) {
    for (const value of spread(parameter, 31).map((v) => snap(parameter, v))) {
      close(valueAt(parameter, fraction(parameter, value)), value);
    }
    assert.equal(fraction(parameter, parameter.low), 0);
    assert.equal(fraction(parameter, parameter.high), 1);
  }
});

test("a value goes to the nearest stop on its scale, and a stop to itself", () => {
  for (const parameter of cases.sliders) {
    for (const [k, stop] of parameter.stops.entries()) {
      assert.equal(snap(parameter, stop), stop);
      assert.equal(stopOf(parameter, stop), k);
    }
  }
  assert.equal(snap(log, 0.501187), 0.5);
  // 1 and 1.05 have their middle at 1.0247 on a log scale
  assert.equal(snap(log, 1.0246), 1);
  assert.equal(snap(log, 1.0248), 1.05);
  assert.equal(snap(linear, 0.513), 0.52);
  assert.equal(snap(linear, 0.509), 0.5);
  assert.equal(snap(whole, 4.4), 4);
  assert.equal(snap(whole, 4.6), 5);
});

test("nothing leaves the range", () => {
  for (const parameter of [log, linear, whole]) {
    for (const value of [-Infinity, parameter.low - 5, parameter.low]) {
      assert.equal(snap(parameter, value), parameter.low);
    }
    for (const value of [Infinity, parameter.high + 5, parameter.high]) {
      assert.equal(snap(parameter, value), parameter.high);
    }
    assert.equal(valueAt(parameter, -0.3), parameter.low);
    assert.equal(valueAt(parameter, 1.3), parameter.high);
  }
});
