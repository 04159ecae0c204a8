// Functions of one direction, in normalised Hermite polynomials, and their sums over directions.

import { answers, dot } from "./linear.js";

/**
 * h_0(z), …, h_{count − 1}(z).
 * @param {number} z
 * @param {number} count
 */
export function hermites(z, count) {
  const values = [1, z];
  for (let k = 1; k + 1 < count; k++) {
    values.push((z * values[k] - Math.sqrt(k) * values[k - 1]) / Math.sqrt(k + 1));
  }
  return values.slice(0, count);
}

/**
 * h_{k − 1}(z) and h_k(z), k ≥ 1, into `pair`.
 * @param {number} z
 * @param {number} degree
 * @param {Float64Array} pair
 */
export function lastTwo(z, degree, pair) {
  let before = 1;
  let here = z;
  for (let k = 1; k < degree; k++) {
    const next = (z * here - Math.sqrt(k) * before) / Math.sqrt(k + 1);
    before = here;
    here = next;
  }
  pair[0] = before;
  pair[1] = here;
}

/**
 * Σ_k c_k h_k(z), for every z.
 * @param {number[]} coefficients
 * @param {Float64Array} z
 */
export function series(coefficients, z) {
  return z.map((value) => dot(coefficients, hermites(value, coefficients.length)));
}

/**
 * Σ over units of Σ_k readout_k h_k(⟨direction, x⟩).
 * @typedef {{direction: Float64Array, readout: number[]}[]} Units
 */

/**
 * The answers of a sum of units to all inputs.
 * @param {Units} units
 * @param {Float64Array} X
 */
export function unitAnswers(units, X) {
  const parts = units.map(({ direction, readout }) => series(readout, answers(X, direction)));
  return parts[0].map((_, i) => parts.reduce((sum, part) => sum + part[i], 0));
}

/**
 * E(f − g)² over normal inputs, exactly: E h_j(⟨u, x⟩) h_k(⟨v, x⟩) = δ_jk ⟨u, v⟩ᵏ.
 * @param {Units} f
 * @param {Units} g
 */
export function meanSquare(f, g) {
  const all = [...f.map((unit) => ({ ...unit, sign: 1 })), ...g.map((u) => ({ ...u, sign: -1 }))];
  let total = 0;
  for (const a of all) {
    for (const b of all) {
      const overlap = dot(a.direction, b.direction);
      const degrees = Math.min(a.readout.length, b.readout.length);
      for (let k = 0; k < degrees; k++) {
        total += a.sign * b.sign * a.readout[k] * b.readout[k] * overlap ** k;
      }
    }
  }
  return total;
}
