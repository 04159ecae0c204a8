// Mechanism III at finite size: one gradient step for the direction, a second batch for the read-out.
// Step for step what w2slib.multi_index.simulate does.

import { hermites, meanSquare, series, unitAnswers } from "./hermite.js";
import { answers, axis, dot, moments, perpendicular, ridgeFit, turned, unit } from "./linear.js";

/**
 * @import { Units } from "./hermite.js"
 * @import { Data, Errors, Setting } from "./samples.js"
 * @import { RandomState } from "./random.js"
 */

/**
 * Batches: inputs X of a gradient step, and of the second batch only what stands along the few
 * directions that its labels and features depend on.
 * @param {Setting} setting
 * @param {RandomState} source
 * @returns {Data}
 */
export function drawMultiIndex({ dim, sizes }, source) {
  const { gamma_t: taught, gamma_s: studied } = sizes;
  return {
    other: source.normals(dim),
    X: source.normals(taught * dim),
    noise: source.normals(taught),
    second: source.normals(taught * 3),
    secondNoise: source.normals(taught),
    Z: source.normals(studied * dim),
    along: source.normals(studied * 3),
  };
}

/**
 * @param {Data} data
 * @param {Setting} setting
 * @returns {Errors & {units: {teacher: Units, student: Units}}}
 */
export function fitMultiIndex(data, setting) {
  const truth = trueUnits(setting);
  const known = pretrained(data.other, truth[1], setting);
  const teacher = teach(data, truth, setting);
  const student = study(data, teacher, known, setting);
  return {
    units: { teacher, student },
    teacher: meanSquare(truth, teacher),
    student: meanSquare(truth, student),
  };
}

/**
 * The easy unit and the hard one.
 * @param {Setting} setting
 * @returns {Units}
 */
function trueUnits({ dim, easy, hard, share }) {
  const energy = dot(easy, easy) + dot(hard, hard);
  /** @type {(list: number[], part: number) => number[]} */
  const scaled = (list, part) => list.map((c) => c * Math.sqrt((part * energy) / dot(list, list)));
  return [
    { direction: axis(0, dim), readout: scaled(easy, 1 - share) },
    { direction: axis(1, dim), readout: scaled(hard, share) },
  ];
}

/**
 * A direction of overlap ρ with the hard one, and the read-out that suits it.
 * @param {Float64Array} other
 * @param {Units[number]} hard
 * @param {Setting} setting
 * @returns {Units}
 */
function pretrained(other, hard, { rho }) {
  const direction = turned(hard.direction, other, rho);
  return [{ direction, readout: hard.readout.map((e, k) => e * rho ** k) }];
}

/**
 * @param {Data} data
 * @param {Units} truth
 * @param {Setting} setting
 * @returns {Units}
 */
function teach({ X, noise, second, secondNoise }, truth, { label_noise, lam_t }) {
  const sigma = Math.sqrt(label_noise);
  const labels = unitAnswers(truth, X).map((y, i) => y + sigma * noise[i]);
  const direction = unit(moments(X, labels));
  const directions = [truth[0].direction, truth[1].direction, direction];
  const [easy, hard, along] = projections(directions, second);
  const clean = [series(truth[0].readout, easy), series(truth[1].readout, hard)];
  const y = clean[0].map((value, i) => value + clean[1][i] + sigma * secondNoise[i]);
  const degrees = truth[0].readout.length;
  const features = flatten(along, (i) => hermites(along[i], degrees));
  return [{ direction, readout: [...ridgeFit(features, y, lam_t)] }];
}

/**
 * A new direction from one step on what the pre-trained model misses, then all read-outs together; an
 * adapter keeps the old one.
 * @param {Data} data
 * @param {Units} teacher
 * @param {Units} known
 * @param {Setting} setting
 * @returns {Units}
 */
function study({ Z, along }, teacher, known, { adapter, lam_s }) {
  const [given, before] = [unitAnswers(teacher, Z), unitAnswers(known, Z)];
  const direction = unit(
    moments(
      Z,
      given.map((y, i) => y - before[i]),
    ),
  );
  const old = known[0];
  const found = [teacher[0].direction, old.direction, direction];
  const [taught, remembered, fresh] = projections(found, along);
  const [answer, memory] = [series(teacher[0].readout, taught), series(old.readout, remembered)];
  const missed = answer.map((y, i) => y - memory[i]);
  const degrees = teacher[0].readout.length;
  const kept = adapter ? 2 : old.readout.length;
  const features = flatten(fresh, (i) => [
    ...hermites(fresh[i], degrees),
    ...hermites(remembered[i], kept).slice(2),
  ]);
  const fitted = [...ridgeFit(features, missed, lam_s)];
  const changes = [0, 0, ...fitted.slice(degrees)];
  return [
    { direction, readout: fitted.slice(0, degrees) },
    { direction: old.direction, readout: old.readout.map((e, k) => e + (changes[k] ?? 0)) },
  ];
}

/**
 * ⟨u, x⟩ for the directions u, from the coordinates of x in the space that they span.
 * @param {Float64Array[]} directions
 * @param {Float64Array} coordinates n rows
 */
function projections(directions, coordinates) {
  /** @type {Float64Array[]} */
  const basis = [];
  for (const direction of directions) basis.push(unit(perpendicular(direction, basis)));
  return directions.map((direction) => {
    const weights = basis.map((each) => dot(each, direction));
    return answers(coordinates, weights);
  });
}

/**
 * Rows one after another.
 * @param {ArrayLike<number>} of
 * @param {(i: number) => number[]} row
 */
function flatten(of, row) {
  return Float64Array.from(Array.from(of, (_, i) => row(i)).flat());
}
