// Least squares on sampled data. Inputs are n rows of d numbers, one after another.

import { decompositions } from "./decompositions.js";

/**
 * @typedef {{rows: number, columns: number, data: Float64Array[], set: Function, get: Function}} Matrix
 * @typedef {ArrayLike<number>} Vector
 */

/**
 * @param {Vector} a
 * @param {Vector} b
 */
export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * ‖a − b‖².
 * @param {Vector} a
 * @param {Vector} b
 */
export function squaredDistance(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

/**
 * The k-th coordinate direction.
 * @param {number} k
 * @param {number} dim
 */
export function axis(k, dim) {
  const vector = new Float64Array(dim);
  vector[k] = 1;
  return vector;
}

/** @param {Float64Array} vector */
export function unit(vector) {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((v) => v / length);
}

/**
 * What of a vector is perpendicular to these orthonormal ones.
 * @param {Float64Array} vector
 * @param {Float64Array[]} others
 */
export function perpendicular(vector, others) {
  let rest = vector;
  for (const other of others) {
    const along = dot(rest, other);
    rest = rest.map((v, i) => v - along * other[i]);
  }
  return rest;
}

/**
 * The direction of overlap ρ with `direction` that turns from it towards `other`.
 * @param {Float64Array} direction of length 1
 * @param {Float64Array} other
 * @param {number} rho
 */
export function turned(direction, other, rho) {
  const aside = unit(perpendicular(other, [direction]));
  return aside.map((v, i) => rho * direction[i] + Math.sqrt(1 - rho * rho) * v);
}

/**
 * ⟨x, β⟩ for every row x of X.
 * @param {Float64Array} X
 * @param {Vector} beta
 */
export function answers(X, beta) {
  const d = beta.length;
  const y = new Float64Array(X.length / d);
  for (let s = 0, at = 0; s < y.length; s++, at += d) {
    let sum = 0;
    for (let i = 0; i < d; i++) sum += X[at + i] * beta[i];
    y[s] = sum;
  }
  return y;
}

/**
 * Xᵀy/n.
 * @param {Float64Array} X
 * @param {Vector} y
 */
export function moments(X, y) {
  const n = y.length;
  const d = X.length / n;
  const sums = new Float64Array(d);
  for (let s = 0, at = 0; s < n; s++, at += d) {
    for (let i = 0; i < d; i++) sums[i] += X[at + i] * y[s];
  }
  return sums.map((sum) => sum / n);
}

/**
 * Xᵀ pull(Xw)/n, with X read once; `pull` has the answer to a row and its number.
 * @param {Float64Array} X
 * @param {Float64Array} w
 * @param {(answer: number, row: number) => number} pull
 */
export function pulled(X, w, pull) {
  const d = w.length;
  const n = X.length / d;
  const sums = new Float64Array(d);
  for (let s = 0, at = 0; s < n; s++, at += d) {
    let answer = 0;
    for (let i = 0; i < d; i++) answer += X[at + i] * w[i];
    const weight = pull(answer, s) / n;
    for (let i = 0; i < d; i++) sums[i] += weight * X[at + i];
  }
  return sums;
}

/**
 * XᵀX/n.
 * @param {Float64Array} X
 * @param {number} d
 * @returns {Matrix}
 */
export function sampleCovariance(X, d) {
  const n = X.length / d;
  const matrix = new decompositions.Matrix(d, d);
  const rows = matrix.data;
  let at = 0;
  // Four samples at a time: the sums are read and written a quarter as often.
  for (; at + 4 * d <= X.length; at += 4 * d) addFour(rows, X, at, d);
  for (; at < X.length; at += d) {
    for (let i = 0; i < d; i++) {
      for (let j = 0; j <= i; j++) rows[i][j] += X[at + i] * X[at + j];
    }
  }
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      rows[i][j] /= n;
      rows[j][i] = rows[i][j];
    }
  }
  return matrix;
}

/**
 * @param {Float64Array[]} rows
 * @param {Float64Array} X
 * @param {number} at
 * @param {number} d
 */
function addFour(rows, X, at, d) {
  const [second, third, fourth] = [at + d, at + 2 * d, at + 3 * d];
  for (let i = 0; i < d; i++) {
    const row = rows[i];
    const a = X[at + i];
    const b = X[second + i];
    const c = X[third + i];
    const e = X[fourth + i];
    for (let j = 0; j <= i; j++) {
      row[j] += a * X[at + j] + b * X[second + j] + c * X[third + j] + e * X[fourth + j];
    }
  }
}

/**
 * Ridge regression, (XᵀX/n + λ diag(g))⁻¹ Xᵀy/n, by a Cholesky decomposition; g is 1 without `weights`.
 * @param {Float64Array} X
 * @param {Vector} y
 * @param {number} lam
 * @param {Vector} [weights]
 */
export function ridgeFit(X, y, lam, weights) {
  const d = X.length / y.length;
  const matrix = sampleCovariance(X, d);
  for (let i = 0; i < d; i++) matrix.data[i][i] += lam * (weights ? weights[i] : 1);
  return solve(matrix, moments(X, y));
}

/**
 * The solution of a positive definite system.
 * @param {Matrix} matrix
 * @param {Vector} right
 */
export function solve(matrix, right) {
  const column = new decompositions.Matrix(right.length, 1);
  for (let i = 0; i < right.length; i++) column.set(i, 0, right[i]);
  const found = new decompositions.Cholesky(matrix).solve(column);
  return Float64Array.from(right, (_, i) => found.get(i, 0));
}

/**
 * The eigenvector of a symmetric matrix that belongs to its largest eigenvalue, of length 1.
 * @param {Matrix} matrix
 */
export function topEigenvector(matrix) {
  const { d: values, V: vectors } = new decompositions.Eigen(matrix, { assumeSymmetric: true });
  const top = values.indexOf(Math.max(...values));
  return Float64Array.from(values, (_, i) => vectors.get(i, top));
}
