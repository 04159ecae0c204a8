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
import { drawOnce, MODELS } from "../../../w2slib/explorer/static/samples.js";
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
    const found = MODELS.spike.fit(arraysOf(data), setting);
    assert.ok(apart(found.coefficients.teacher, teacher) < 1e-9);
    assert.ok(apart(found.coefficients.student, student) < 1e-9);
    assert.ok(apart([found.teacher, found.student], errors) < 1e-9);
    const one = MODELS["one-fit"].fit(arraysOf(data), { lam: setting.lam_t });
    assert.ok(apart(one.fitted, teacher) < 1e-9);
  }
});

/** Lists of numbers as arrays. */
function arraysOf(data) {
  const arrays = Object.entries(data).map(([name, list]) => [name, Float64Array.from(list)]);
  return Object.fromEntries(arrays);
}

test("the same data give the same teacher and student of Mechanism III", () => {
  for (const { data, setting, errors, readouts } of cases.multiIndex) {
    const { units, teacher, student } = MODELS["multi-index"].fit(arraysOf(data), setting);
    const found = [units.teacher[0], ...units.student].map(({ readout }) => readout);
    readouts.forEach((readout, k) => {
      assert.ok(apart(found[k], readout) < 1e-9);
    });
    assert.ok(apart([teacher, student], errors) < 1e-9);
  }
});

test("the same data give the same start and the same descent", () => {
  for (const { data, setting, start, end, errors } of cases.warmStart) {
    const found = MODELS["warm-start"].fit(arraysOf(data), setting);
    assert.ok(apart(found.start, start) < 1e-9);
    assert.ok(apart(found.end, end) < 1e-9);
    assert.ok(apart([found.teacher, found.student], errors) < 1e-9);
    assert.ok(Math.abs(found.measured.m0 - start[0]) < 1e-9);
  }
});

test("every model draws what its fit needs", () => {
  const sizes = { gamma: 20, gamma_t: 20, gamma_s: 30, d_per_label: 60 };
  const ridge = { lam: 0.1, lam_t: 0.1, lam_s: 0.1, noise_var: 1, zeta: 0.5, relief: 0.5 };
  const hard = { rho: 0.8, share: 0.4, adapter: 0, theta: 2, time: 0.1, degree: 2 };
  const given = cases.multiIndex[0].setting;
  const { easy, hard: coefficients, label_noise } = given;
  const setting = { dim: 10, sizes, ...ridge, ...hard, easy, hard: coefficients, label_noise };
  for (const name of Object.keys(MODELS)) {
    const twice = [1, 1, 2].map((k) => drawOnce(name, setting, new RandomState([7, k])));
    assert.ok(Number.isFinite(twice[0].student) && Number.isFinite(twice[0].teacher), name);
    assert.equal(twice[0].student, twice[1].student);
    assert.notEqual(twice[0].student, twice[2].student);
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
