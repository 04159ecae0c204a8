// Tables, sums of their products, and nothing else: no theory lives in the browser.
// The reference implementation is w2slib/explorer/model/field.py; names and formulas agree.

import { unpack } from "./packing.js";
import { TRANSFORMS } from "./scales.js";

/**
 * @import { Parameter, Range } from "./scales.js"
 *
 * @typedef {Range & {of: string, n: number, linear: boolean}} AxisDescription
 * @typedef {[coefficient: number, names: string[]]} Term
 *
 * What Python sends: the description, next to the bytes of all tables.
 * @typedef {object} Description
 * @property {Parameter[]} parameters
 * @property {{name: string, axes: AxisDescription[], at: number}[]} tables
 * @property {{name: string, terms: Term[]}[]} quantities
 * @property {string} difference
 * @property {string} student
 * @property {string} teacher
 *
 * @typedef {AxisDescription & {
 *   transform: (value: number) => number, start: number, perUnit: number, width: 2 | 4, key: string,
 * }} Axis
 *
 * What the names of a field stand for. `needs`: names that an entry is computed from; `dependsOn`:
 * the parameters behind it.
 * @typedef {{needs: string[], dependsOn: string[]}} Links
 * @typedef {{type: "parameter", parameter: Parameter} & Links} ParameterEntry
 * @typedef {{type: "table", axes: Axis[], values: Float64Array} & Links} TableEntry
 * @typedef {{type: "quantity", terms: Term[]} & Links} QuantityEntry
 * @typedef {ParameterEntry | TableEntry | QuantityEntry} Entry
 * @typedef {Description & {entries: Map<string, Entry>}} Field
 */

/**
 * Field description and bytes, as sent by Python -> the object that everything below works on.
 * @param {Description} description
 * @param {DataView} bytes
 * @returns {Field}
 */
export function decodeField(description, bytes) {
  const sizes = description.tables.map(({ axes }) => axes.reduce((n, axis) => n * axis.n, 1));
  const numbers = unpack(bytes, sizes);
  /** @type {Map<string, Entry>} */
  const entries = new Map();
  for (const parameter of description.parameters) {
    entries.set(parameter.name, { type: "parameter", parameter, needs: [], dependsOn: [] });
  }
  for (const [k, table] of description.tables.entries()) {
    const values = Float64Array.from(numbers.subarray(table.at, table.at + sizes[k]));
    const axes = table.axes.map(prepareAxis);
    const needs = axes.map((axis) => axis.of);
    entries.set(table.name, { type: "table", axes, values, needs, dependsOn: [] });
  }
  for (const { name, terms } of description.quantities) {
    const needs = terms.flatMap((term) => term[1]);
    entries.set(name, { type: "quantity", terms, needs, dependsOn: [] });
  }
  const known = new Map();
  for (const [name, entry] of entries) entry.dependsOn = parametersBehind(entries, name, known);
  return { ...description, entries };
}

/**
 * Sorted names of the parameters on which an entry depends; `known` remembers them.
 * @param {Map<string, Entry>} entries
 * @param {string} name
 * @param {Map<string, string[]>} known
 * @returns {string[]}
 */
function parametersBehind(entries, name, known) {
  const before = known.get(name);
  if (before) return before;
  const entry = entryOf(entries, name);
  const found = new Set(entry.type === "parameter" ? [name] : []);
  for (const need of entry.needs) {
    for (const parameter of parametersBehind(entries, need, known)) found.add(parameter);
  }
  const sorted = [...found].sort();
  known.set(name, sorted);
  return sorted;
}

/**
 * @param {Map<string, Entry>} entries
 * @param {string} name
 */
function entryOf(entries, name) {
  const entry = entries.get(name);
  if (!entry) throw new Error(`explorer: nothing is called ${name}`);
  return entry;
}

/**
 * @param {AxisDescription} axis
 * @returns {Axis}
 */
function prepareAxis(axis) {
  const transform = TRANSFORMS[axis.scale];
  const start = transform(axis.low);
  const perUnit = (axis.n - 1) / (transform(axis.high) - start);
  const width = axis.linear ? 2 : 4;
  return { ...axis, transform, start, perUnit, width, key: JSON.stringify(axis) };
}

/**
 * First node and weights of the nodes around `value`, written at place k of two arrays.
 * @param {Axis} axis
 * @param {number} value
 * @param {Int32Array} first
 * @param {Float64Array} weights
 * @param {number} k
 */
function locate(axis, value, first, weights, k) {
  const inside = Math.max(axis.low, Math.min(value, axis.high));
  const position = (axis.transform(inside) - axis.start) * axis.perUnit;
  if (axis.linear) {
    const node = Math.max(0, Math.min(Math.floor(position), axis.n - 2));
    first[k] = node;
    weights[2 * k] = 1 - (position - node);
    weights[2 * k + 1] = position - node;
    return;
  }
  const node = Math.max(0, Math.min(Math.floor(position) - 1, axis.n - 4));
  const a = position - node;
  const b = a - 1;
  const c = a - 2;
  const d = a - 3;
  first[k] = node;
  weights[4 * k] = (-b * c * d) / 6;
  weights[4 * k + 1] = (a * c * d) / 2;
  weights[4 * k + 2] = (-a * b * d) / 2;
  weights[4 * k + 3] = (a * b * c) / 6;
}

// What an array depends on: nothing, the first sweep, the second, or both.
const NONE = 0;
const FIRST = 1;
const SECOND = 2;
const BOTH = 3;

/**
 * @typedef {{name: string, values: Float64Array}} Sweep
 * @typedef {{first: Int32Array, weights: Float64Array}} Places
 * @typedef {{kind: number, data: Float64Array, places?: Map<string, Places>}} Values
 * @typedef {Values & {key: string}} Kept
 * @typedef {{axis: Axis, coordinate: Values}} Live
 * @typedef {Places & {width: number, stride: number, di: number, dj: number}} Located
 * @typedef {object} Product
 * @property {number} number
 * @property {(Float64Array | null)[]} vectors
 * @property {Float64Array[]} pictures
 * @property {number} kind
 */

/**
 * Evaluates entries of a field while up to two parameters sweep over arrays of values.
 *
 * An array {kind, data} holds one number, one per value of the first sweep, one per value of the
 * second, or one per pair (first sweep fastest); so work is done per pixel only where both sweeps
 * meet. Every entry is kept until a setting changes on which it depends.
 */
export class Evaluator {
  /**
   * @param {Field} field
   * @param {Sweep | null} first
   * @param {Sweep | null} second
   */
  constructor(field, first = null, second = null) {
    this.field = field;
    this.sweeps = [first, second];
    this.lengths = [first ? first.values.length : 1, second ? second.values.length : 1];
    /** @type {Record<string, number>} */
    this.settings = {};
    /** @type {Map<string, Kept>} */
    this.kept = new Map();
    /** @type {Map<string, string[]>} */
    this.watched = new Map();
    const swept = [first?.name, second?.name];
    for (const [name, entry] of field.entries) {
      this.watched.set(
        name,
        entry.dependsOn.filter((p) => !swept.includes(p)),
      );
    }
  }

  /** @param {number} kind */
  size(kind) {
    return (kind & FIRST ? this.lengths[0] : 1) * (kind & SECOND ? this.lengths[1] : 1);
  }

  /**
   * The settings that matter for an entry, as a string to compare.
   * @param {string} name
   */
  key(name) {
    let key = "";
    for (const parameter of this.watched.get(name) ?? []) key += `${this.settings[parameter]};`;
    return key;
  }

  /**
   * @param {string} name
   * @returns {Kept}
   */
  array(name) {
    const key = this.key(name);
    const kept = this.kept.get(name);
    if (kept?.key === key) return kept;
    const array = { ...this.compute(name, entryOf(this.field.entries, name)), key };
    this.kept.set(name, array);
    return array;
  }

  /**
   * The number called `name` when nothing is swept.
   * @param {string} name
   */
  number(name) {
    return this.array(name).data[0];
  }

  /**
   * The values called `name` for every pair of both sweeps, whatever they depend on.
   * @param {string} name
   */
  picture(name) {
    const { kind, data } = this.array(name);
    const [ni, nj] = this.lengths;
    if (data.length === ni * nj) return data;
    const { di, dj } = this.steps(kind);
    const all = new Float64Array(ni * nj);
    for (let k = 0; k < all.length; k++) all[k] = data[(k % ni) * di + Math.floor(k / ni) * dj];
    return all;
  }

  /**
   * @param {string} name
   * @param {Entry} entry
   * @returns {Values}
   */
  compute(name, entry) {
    if (entry.type === "table") return this.ofTable(entry);
    if (entry.type === "quantity") return this.ofQuantity(entry);
    const [first, second] = this.sweeps;
    if (first?.name === name) return { kind: FIRST, data: first.values };
    if (second?.name === name) return { kind: SECOND, data: second.values };
    return { kind: NONE, data: Float64Array.of(this.settings[name]) };
  }

  /**
   * @param {TableEntry} table
   * @returns {Values}
   */
  ofTable({ axes, values }) {
    /** @type {Live[]} */
    const remaining = [];
    let data = values;
    let shape = axes.map((axis) => axis.n);
    axes.forEach((axis) => {
      const coordinate = this.array(axis.of);
      if (coordinate.kind === NONE) {
        const i = remaining.length;
        data = contract(data, shape, i, axis, coordinate.data[0]);
        shape = shape.filter((_, j) => j !== i);
      } else remaining.push({ axis, coordinate });
    });
    const kind = remaining.reduce((all, { coordinate }) => all | coordinate.kind, NONE);
    return { kind, data: this.gather(data, shape, remaining, kind) };
  }

  /**
   * Look a table up at arrays of coordinates (axes with a single coordinate are gone).
   * @param {Float64Array} table
   * @param {number[]} shape
   * @param {Live[]} remaining
   * @param {number} kind
   */
  gather(table, shape, remaining, kind) {
    if (remaining.length === 0) return table;
    const located = remaining.map(({ axis, coordinate }, i) => {
      const stride = shape.slice(i + 1).reduce((product, n) => product * n, 1);
      return this.locateAll(axis, coordinate, stride);
    });
    if (located.length === 1) return gatherAlong(table, located[0]);
    const ni = kind & FIRST ? this.lengths[0] : 1;
    const nj = kind & SECOND ? this.lengths[1] : 1;
    return gatherAcross(table, located, ni, nj);
  }

  /**
   * @param {Axis} axis
   * @param {Values} coordinate
   * @param {number} stride
   * @returns {Located}
   */
  locateAll(axis, coordinate, stride) {
    const { first, weights } = this.located(axis, coordinate);
    const scaled = stride === 1 ? first : first.map((node) => node * stride);
    return { first: scaled, weights, width: axis.width, stride, ...this.steps(coordinate.kind) };
  }

  /**
   * Nodes and weights of a coordinate; tables over equal axes share them.
   * @param {Axis} axis
   * @param {Values} coordinate
   * @returns {Places}
   */
  located(axis, coordinate) {
    coordinate.places ??= new Map();
    const known = coordinate.places.get(axis.key);
    if (known) return known;
    const { data } = coordinate;
    const first = new Int32Array(data.length);
    const weights = new Float64Array(data.length * axis.width);
    for (let k = 0; k < data.length; k++) locate(axis, data[k], first, weights, k);
    const places = { first, weights };
    coordinate.places.set(axis.key, places);
    return places;
  }

  /**
   * How far the index into an array of this kind moves when i or j moves by one.
   * @param {number} kind
   */
  steps(kind) {
    const row = kind & FIRST ? this.lengths[0] : 1;
    return { di: kind & FIRST ? 1 : 0, dj: kind & SECOND ? row : 0 };
  }

  /**
   * @param {QuantityEntry} quantity
   * @returns {Values}
   */
  ofQuantity({ terms }) {
    const products = terms.map(([coefficient, names]) => this.product(coefficient, names));
    const kind = products.reduce((all, product) => all | product.kind, NONE);
    const data = new Float64Array(this.size(kind));
    for (const product of products) this.add(data, kind, product);
    return { kind, data };
  }

  /**
   * A product kept apart as number x vector x vector x pictures: few multiplications per pixel.
   * @param {number} coefficient
   * @param {string[]} names
   * @returns {Product}
   */
  product(coefficient, names) {
    /** @type {Product} */
    const result = { number: coefficient, vectors: [null, null], pictures: [], kind: NONE };
    // A term that a switch turns off: what else it is made of need not be computed.
    if (names.some((name) => this.isZero(name))) return { ...result, number: 0 };
    for (const name of names) {
      const { kind, data } = this.array(name);
      result.kind |= kind;
      if (kind === NONE) result.number *= data[0];
      else if (kind === BOTH) result.pictures.push(data);
      else {
        const before = result.vectors[kind - 1];
        result.vectors[kind - 1] = before ? before.map((value, k) => value * data[k]) : data;
      }
    }
    return result;
  }

  /** @param {string} name */
  isZero(name) {
    const swept = this.sweeps.some((sweep) => sweep?.name === name);
    return !swept && this.settings[name] === 0;
  }

  /**
   * @param {Float64Array} data
   * @param {number} kind
   * @param {Product} product
   */
  add(data, kind, { number, vectors: [alongFirst, alongSecond], pictures }) {
    if (number === 0) return; // a term that is switched off, as those of the other degrees
    const ni = kind & FIRST ? this.lengths[0] : 1;
    const nj = kind & SECOND ? this.lengths[1] : 1;
    const factors = alongFirst ? [alongFirst, ...pictures] : pictures;
    const [a, b] = factors;
    const row = new Float64Array(ni);
    for (let j = 0, start = 0; j < nj; j++, start += ni) {
      const scale = alongSecond ? number * alongSecond[j] : number;
      const from = alongFirst ? 0 : start; // a vector begins anew in every row
      if (factors.length === 0) {
        for (let i = 0; i < ni; i++) data[start + i] += scale;
      } else if (factors.length === 1) {
        for (let i = 0; i < ni; i++) data[start + i] += scale * a[from + i];
      } else {
        for (let i = 0; i < ni; i++) row[i] = scale * a[from + i] * b[start + i];
        for (const c of factors.slice(2)) for (let i = 0; i < ni; i++) row[i] *= c[start + i];
        for (let i = 0; i < ni; i++) data[start + i] += row[i];
      }
    }
  }
}

/**
 * Values of a table of one axis at located coordinates.
 * @param {Float64Array} table
 * @param {Located} located
 */
function gatherAlong(table, { first, weights, width }) {
  const out = new Float64Array(first.length);
  for (let k = 0, w = 0; k < out.length; k++, w += width) {
    const node = first[k];
    let sum = weights[w] * table[node] + weights[w + 1] * table[node + 1];
    if (width === 4) sum += weights[w + 2] * table[node + 2] + weights[w + 3] * table[node + 3];
    out[k] = sum;
  }
  return out;
}

// Unused leading axes have one node of weight one, so that one loop serves 2 and 3 axes.
/** @type {Located} */
const UNUSED = {
  first: Int32Array.of(0),
  weights: Float64Array.of(1),
  width: 1,
  stride: 0,
  di: 0,
  dj: 0,
};

/**
 * Values of a table of two or three axes at located coordinates, ni of them in each of nj rows.
 * @param {Float64Array} table
 * @param {Located[]} located
 * @param {number} ni
 * @param {number} nj
 */
function gatherAcross(table, located, ni, nj) {
  const [A, B, C] = located.length === 2 ? [UNUSED, ...located] : located;
  const out = new Float64Array(ni * nj);
  for (let j = 0, k = 0; j < nj; j++) {
    for (let i = 0; i < ni; i++, k++) {
      const a = A.di * i + A.dj * j;
      const b = B.di * i + B.dj * j;
      const c = C.di * i + C.dj * j;
      const corner = A.first[a] + B.first[b] + C.first[c];
      let total = 0;
      for (let p = 0; p < A.width; p++) {
        for (let q = 0; q < B.width; q++) {
          const weight = A.weights[a * A.width + p] * B.weights[b * B.width + q];
          const row = corner + p * A.stride + q * B.stride;
          let sum = 0;
          for (let r = 0; r < C.width; r++) sum += C.weights[c * C.width + r] * table[row + r];
          total += weight * sum;
        }
      }
      out[k] = total;
    }
  }
  return out;
}

/**
 * The table with its i-th axis interpolated away at `value`.
 * @param {Float64Array} data
 * @param {number[]} shape
 * @param {number} i
 * @param {Axis} axis
 * @param {number} value
 */
function contract(data, shape, i, axis, value) {
  const first = new Int32Array(1);
  const weights = new Float64Array(axis.width);
  locate(axis, value, first, weights, 0);
  const n = shape[i];
  const inner = shape.slice(i + 1).reduce((product, m) => product * m, 1);
  const outer = data.length / (n * inner);
  const out = new Float64Array(outer * inner);
  for (let o = 0; o < outer; o++) {
    for (let p = 0; p < axis.width; p++) {
      const from = (o * n + first[0] + p) * inner;
      const weight = weights[p];
      for (let k = 0; k < inner; k++) out[o * inner + k] += weight * data[from + k];
    }
  }
  return out;
}
