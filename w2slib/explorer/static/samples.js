// The models of the book at finite size: draw a data set, fit teacher and student to it, and measure
// their errors. Nothing here knows what the theory expects; w2slib's `simulate` functions do the same.

import { answers, dot, ridgeFit, squaredDistance } from "./linear.js";
import { drawMultiIndex, fitMultiIndex } from "./multi_index.js";
import { drawWarmStart, fitWarmStart } from "./warm_start.js";

/**
 * @import { RandomState } from "./random.js"
 *
 * Parameters by name; `dim` is d, `sizes` has the number of samples for every ratio.
 * @typedef {Record<string, any> & {dim: number, sizes: Record<string, number>}} Setting
 *
 * @typedef {Record<string, any>} Data
 *
 * What a draw says: both errors, and what theory may want to start from.
 * @typedef {{student: number, teacher: number, measured?: Record<string, number>}} Errors
 *
 * @typedef {object} SampledModel
 * @property {(setting: Setting, source: RandomState) => Data} draw
 * @property {(data: Data, setting: Setting) => Errors & Record<string, any>} fit
 */

/** @type {Record<string, SampledModel>} */
export const MODELS = {
  "one-fit": { draw: drawOneFit, fit: fitOne },
  ridge: { draw: drawRidge, fit: fitRidge },
  spike: { draw: drawSpike, fit: fitRidge },
  "multi-index": { draw: drawMultiIndex, fit: fitMultiIndex },
  "warm-start": { draw: drawWarmStart, fit: fitWarmStart },
};

/**
 * One draw of a model; the same `seed` and `number` give the same data.
 * @param {string} model
 * @param {Setting} setting
 * @param {RandomState} source
 */
export function drawOnce(model, setting, source) {
  const { draw, fit } = MODELS[model];
  return fit(draw(setting, source), setting);
}

// --- ridge regression -----------------------------------------------------------------------------

/**
 * A data set with labels ⟨target, x⟩ + noise.
 * @param {Float64Array} target
 * @param {number} n
 * @param {number} noiseVar
 * @param {RandomState} source
 */
function labelled(target, n, noiseVar, source) {
  const X = source.normals(n * target.length);
  const noise = source.normals(n, Math.sqrt(noiseVar));
  const y = answers(X, target).map((value, i) => value + noise[i]);
  return { X, y };
}

/** @type {SampledModel["draw"]} */
function drawOneFit({ dim, sizes, noise_var }, source) {
  const target = source.normals(dim, 1 / Math.sqrt(dim));
  return { target, ...labelled(target, sizes.gamma, noise_var, source) };
}

/** @type {SampledModel["fit"]} */
function fitOne({ target, X, y }, { lam }) {
  const fitted = ridgeFit(X, y, lam);
  const zero = dot(target, target);
  return { fitted, student: squaredDistance(fitted, target), teacher: zero };
}

/** @type {SampledModel["draw"]} */
function drawRidge(setting, source) {
  const { dim } = setting;
  return taught(source.normals(dim, 1 / Math.sqrt(dim)), setting, source);
}

/**
 * The target has the overlap ζ with the first axis, along which the student's penalty is relieved.
 * @type {SampledModel["draw"]}
 */
function drawSpike(setting, source) {
  const { dim, zeta } = setting;
  const rest = source.normals(dim - 1);
  const scale = Math.sqrt((1 - zeta ** 2) / dot(rest, rest));
  const target = Float64Array.of(zeta, ...rest.map((value) => scale * value));
  return taught(target, setting, source);
}

/**
 * The teacher's data set, and inputs for the student: fresh ones, unless the teacher's are shared.
 * @param {Float64Array} target
 * @param {Setting} setting
 * @param {RandomState} source
 */
function taught(target, { sizes, noise_var, shared }, source) {
  const { X, y } = labelled(target, sizes.gamma_t ?? sizes.gamma, noise_var, source);
  const Z = shared ? X : source.normals((sizes.gamma_s ?? sizes.gamma) * target.length);
  return { target, X, y, Z };
}

/** @type {SampledModel["fit"]} */
function fitRidge({ target, X, y, Z }, { lam_t, lam_s, relief, measure }) {
  const teacher = ridgeFit(X, y, lam_t);
  const weights = new Float64Array(target.length).fill(1);
  weights[0] -= relief ?? 0;
  const student = ridgeFit(Z, answers(Z, teacher), lam_s, weights);
  const error = measure ? misclassified : squaredDistance;
  return {
    coefficients: { teacher, student },
    teacher: error(teacher, target),
    student: error(student, target),
  };
}

/**
 * Part of all inputs on which the signs of ⟨a, x⟩ and ⟨b, x⟩ differ: the angle between a and b over π.
 * @param {Float64Array} a
 * @param {Float64Array} b
 */
function misclassified(a, b) {
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  return Math.acos(Math.max(-1, Math.min(1, cosine))) / Math.PI;
}
