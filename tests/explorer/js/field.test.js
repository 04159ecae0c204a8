// Tables, interpolation, sums of products: Python's numbers, one by one and over two sweeps.
import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeField, Evaluator } from "../../../w2slib/explorer/static/field.js";
import { unpack } from "../../../w2slib/explorer/static/packing.js";
import { cases, view } from "./cases.js";

const { description, tables, names, points, sweeps } = cases.field;
const field = decodeField(description, view(tables));

function agree(actual, expected, what) {
  assert.equal(actual.length, expected.length, what);
  for (let k = 0; k < expected.length; k++) {
    const error = Math.abs(actual[k] - expected[k]);
    assert.ok(
      error <= 1e-12 + 1e-9 * Math.abs(expected[k]),
      `${what}: ${actual[k]}, not ${expected[k]}`,
    );
  }
}

test("every table and quantity at single points", () => {
  const at = new Evaluator(field);
  for (const { settings, values } of points) {
    at.settings = settings;
    for (const name of names) agree([at.number(name)], [values[name]], name);
  }
});

for (const { first, second, settings, values } of sweeps) {
  const sweep = ({ name, values }) => ({ name, values: Float64Array.from(values) });

  test(`every table and quantity while ${first.name} and ${second.name} sweep`, () => {
    const over = new Evaluator(field, sweep(first), sweep(second));
    over.settings = settings;
    for (const name of names) agree(over.picture(name), values[name], name);
  });

  test(`along ${first.name} alone the first row is the same`, () => {
    const along = new Evaluator(field, sweep(first));
    along.settings = { ...settings, [second.name]: second.values[0] };
    const n = first.values.length;
    for (const name of names) agree(along.picture(name), values[name].slice(0, n), name);
  });
}

test("only what depends on a setting is computed again when it changes", () => {
  const at = new Evaluator(field);
  at.settings = points[0].settings;
  const before = Object.fromEntries(names.map((name) => [name, at.array(name)]));
  at.settings = { ...at.settings, n: at.settings.n === 6 ? 1 : 6 };
  for (const name of names) {
    const depends = field.entries.get(name).dependsOn.includes("n");
    assert.equal(at.array(name) !== before[name], depends, name);
  }
});

test("parameters behind a quantity are found through tables and quantities", () => {
  assert.deepEqual(field.entries.get("tt").dependsOn, ["a", "c"]);
  assert.deepEqual(field.entries.get("diff").dependsOn, ["a", "b", "c", "n"]);
  assert.deepEqual(field.entries.get("teacher").dependsOn, ["c", "n"]);
});

test("coordinates outside a table are moved to its end", () => {
  const at = new Evaluator(field);
  const number = (a) => {
    at.settings = { ...points[0].settings, a };
    return at.number("ta");
  };
  assert.equal(number(1e-9), number(0.1));
  assert.equal(number(1e9), number(10));
});

test("a name that the field does not have is an error", () => {
  assert.throws(() => new Evaluator(field).number("nothing"), /nothing is called nothing/);
});

test("tables are unpacked as they were packed, to the last bit", () => {
  const { bytes, sizes, values } = cases.packing;
  assert.deepEqual([...unpack(view(bytes), sizes)], values);
});
