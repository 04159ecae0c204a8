// Deviates as NumPy draws them, and fits as w2slib makes them, on cases that Python computed.
import assert from "node:assert/strict";
import { test } from "node:test";

import { estimate } from "../../../w2slib/explorer/static/draws.js";
import {
  answers,
  ridgeFit,
  sampleCovariance,
  topEigenvector,
} from "../../../w2slib/explorer/static/linear.js";
import { RandomState } from "../../../w2slib/explorer/static/random.js";
import { MODELS } from "../../../w2slib/explorer/static/samples.js";
import { cases } from "./cases.js";

/** Largest deviation of two vectors. */
function apart(found, expected) {
  assert.equal(found.length, expected.length);
  return Math.max(...Array.from(found, (value, i) => Math.abs(value - expected[i])));
}

test("deviates are NumPy's", () => {
  for (const [seed, expected] of cases.deviates) {
    assert.ok(apart(new RandomState(seed).normals(expected.length), expected) < 1e-14, seed);
  }
});

test("the same data give the same teacher and student", () => {
  for (const { data, setting, teacher, student, errors } of cases.fits) {
    const arrays = Object.entries(data).map(([name, list]) => [name, Float64Array.from(list)]);
    const found = MODELS.spike.fit(Object.fromEntries(arrays), setting);
    assert.ok(apart(found.coefficients.teacher, teacher) < 1e-9);
    assert.ok(apart(found.coefficients.student, student) < 1e-9);
    assert.ok(apart([found.teacher, found.student], errors) < 1e-9);
    const one = MODELS["one-fit"].fit(Object.fromEntries(arrays), { lam: setting.lam_t });
    assert.ok(apart(one.fitted, teacher) < 1e-9);
  }
});

test("covariances of any number of samples", () => {
  for (const n of [1, 3, 4, 9]) {
    const X = new RandomState([n]).normals(n * 5);
    const { data } = sampleCovariance(X, 5);
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 5; j++) {
        let sum = 0;
        for (let s = 0; s < n; s++) sum += X[5 * s + i] * X[5 * s + j];
        assert.ok(Math.abs(data[i][j] - sum / n) < 1e-12);
      }
    }
  }
});

test("the top eigenvector is one, and belongs to the largest eigenvalue", () => {
  const X = new RandomState([3]).normals(40 * 12);
  const matrix = sampleCovariance(X, 12);
  const v = topEigenvector(matrix);
  const image = answers(Float64Array.from(matrix.data.flatMap((row) => [...row])), v);
  const value = image.reduce((sum, each, i) => sum + each * v[i], 0);
  assert.ok(
    apart(
      image,
      v.map((each) => value * each),
    ) < 1e-10,
  );
  for (let k = 0; k < 50; k++) {
    const w = new RandomState([k]).normals(12);
    const form = answers(X, w).reduce((sum, each) => sum + each ** 2, 0) / 40;
    assert.ok(form <= value * w.reduce((sum, each) => sum + each ** 2, 0) + 1e-12);
  }
});

test("a penalty without end leaves nothing", () => {
  const source = new RandomState([1]);
  const X = source.normals(30 * 4);
  assert.ok(Math.max(...ridgeFit(X, source.normals(30), 1e12).map(Math.abs)) < 1e-10);
});

test("a mean has twice its standard error on both sides", () => {
  const { mean, half } = estimate([1, 2, 3]);
  assert.ok(apart([mean, half], [2, 2 / Math.sqrt(3)]) < 1e-12);
  assert.deepEqual(estimate([5]), { mean: 5, half: 0 });
});
