// The warm start at finite size: a spectral start, then descent on the sphere on a supervisor's labels.
// Step for step what w2slib.warm_start's `pretrain` and `fine_tune` do.

import { lastTwo } from "./hermite.js";
import {
  answers,
  axis,
  dot,
  perpendicular,
  pulled,
  sampleCovariance,
  topEigenvector,
  turned,
  unit,
} from "./linear.js";

/**
 * @import { Data, Errors, Setting } from "./samples.js"
 * @import { RandomState } from "./random.js"
 */

const STEP = 0.01;

/**
 * @param {Setting} setting
 * @param {RandomState} source
 * @returns {Data}
 */
export function drawWarmStart({ dim, sizes, theta, rho }, source) {
  const inputs = source.normals(sizes.gamma * dim);
  for (let at = 0; at < inputs.length; at += dim) inputs[at] *= Math.sqrt(1 + theta);
  const truth = axis(0, dim);
  const supervisor = turned(truth, source.normals(dim), rho);
  return { inputs, truth, supervisor, X: source.normals(sizes.d_per_label * dim) };
}

/**
 * @param {Data} data
 * @param {Setting} setting
 * @returns {Errors & {start: Float64Array, end: Float64Array}}
 */
export function fitWarmStart({ inputs, truth, supervisor, X }, { degree, time }) {
  const found = topEigenvector(sampleCovariance(inputs, truth.length));
  // Inputs without labels leave the sign open; the supervisor's labels choose it.
  const start = dot(found, supervisor) < 0 ? found.map((v) => -v) : found;
  const end = descend(start, X, supervisor, degree, time);
  /** @param {Float64Array} w */
  const error = (w) => 2 - 2 * dot(w, truth) ** degree;
  return {
    start,
    end,
    student: error(end),
    teacher: error(supervisor),
    measured: { m0: dot(start, truth), c: dot(start, supervisor) },
  };
}

/**
 * Gradient descent on the unit sphere for the mean of (h_k(⟨w, x⟩) − h_k(⟨supervisor, x⟩))².
 * @param {Float64Array} start
 * @param {Float64Array} X
 * @param {Float64Array} supervisor
 * @param {number} degree
 * @param {number} time
 */
function descend(start, X, supervisor, degree, time) {
  const pair = new Float64Array(2);
  const labels = answers(X, supervisor).map((z) => {
    lastTwo(z, degree, pair);
    return pair[1];
  });
  const steps = Math.ceil(time / STEP - 1e-9);
  const slope = 2 * Math.sqrt(degree);
  let w = start;
  for (let k = 0; k < steps; k++) {
    const gradient = pulled(X, w, (z, i) => {
      lastTwo(z, degree, pair);
      return (pair[1] - labels[i]) * slope * pair[0];
    });
    const along = perpendicular(gradient, [w]);
    w = unit(w.map((v, i) => v - (time / steps) * along[i]));
  }
  return w;
}
