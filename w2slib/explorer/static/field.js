// Tables, sums of their products, and nothing else: no theory lives in the browser.
// The reference implementation is w2slib/explorer/field.py; names and formulas agree.

const TRANSFORMS = { linear: (v) => v, log: Math.log, sqrt: Math.sqrt };
const INVERSES = { linear: (v) => v, log: Math.exp, sqrt: (v) => v * v };

/** Field description and bytes, as sent by Python -> the object that everything below works on. */
function decodeField(description, bytes) {
  // A copy, because Float32Array needs an offset that is a multiple of four.
  const start = bytes.byteOffset;
  const numbers = new Float32Array(bytes.buffer.slice(start, start + bytes.byteLength));
  const entries = new Map();
  for (const parameter of description.parameters) {
    entries.set(parameter.name, { ...parameter, type: "parameter", needs: [] });
  }
  for (const table of description.tables) {
    const size = table.axes.reduce((product, axis) => product * axis.n, 1);
    const values = Float64Array.from(numbers.subarray(table.at, table.at + size));
    const axes = table.axes.map(prepareAxis);
    const needs = axes.map((axis) => axis.of);
    entries.set(table.name, { name: table.name, type: "table", axes, values, needs });
  }
  for (const { name, terms } of description.quantities) {
    const needs = terms.flatMap((term) => term[1]);
    entries.set(name, { name, type: "quantity", terms, needs });
  }
  for (const entry of entries.values()) entry.dependsOn = null;
  for (const name of entries.keys()) parametersBehind(entries, name);
  return { ...description, entries };
}

/** Sorted names of the parameters on which an entry depends (remembered in the entry). */
function parametersBehind(entries, name) {
  const entry = entries.get(name);
  if (entry.dependsOn) return entry.dependsOn;
  const found = new Set(entry.type === "parameter" ? [name] : []);
  for (const need of entry.needs) {
    for (const parameter of parametersBehind(entries, need)) found.add(parameter);
  }
  return (entry.dependsOn = [...found].sort());
}

function prepareAxis(axis) {
  const transform = TRANSFORMS[axis.scale];
  const start = transform(axis.low);
  const perUnit = (axis.n - 1) / (transform(axis.high) - start);
  return { ...axis, transform, start, perUnit, width: axis.linear ? 2 : 4, key: JSON.stringify(axis) };
}

/** First node and weights of the nodes around `value`, written at place k of two arrays. */
function locate(axis, value, first, weights, k) {
  const inside = value < axis.low ? axis.low : value > axis.high ? axis.high : value;
  const position = (axis.transform(inside) - axis.start) * axis.perUnit;
  if (axis.linear) {
    const node = Math.max(0, Math.min(Math.floor(position), axis.n - 2));
    first[k] = node;
    weights[2 * k] = 1 - (position - node);
    weights[2 * k + 1] = position - node;
    return;
  }
  const node = Math.max(0, Math.min(Math.floor(position) - 1, axis.n - 4));
  const a = position - node, b = a - 1, c = a - 2, d = a - 3;
  first[k] = node;
  weights[4 * k] = (-b * c * d) / 6;
  weights[4 * k + 1] = (a * c * d) / 2;
  weights[4 * k + 2] = (-a * b * d) / 2;
  weights[4 * k + 3] = (a * b * c) / 6;
}

// What an array depends on: nothing, the first sweep, the second, or both.
const NONE = 0, FIRST = 1, SECOND = 2, BOTH = 3;

/**
 * Evaluates entries of a field while up to two parameters sweep over arrays of values.
 *
 * An array {kind, data} holds one number, one per value of the first sweep, one per value of the
 * second, or one per pair (first sweep fastest); so work is done per pixel only where both sweeps
 * meet. Every entry is kept until a setting changes on which it depends.
 */
class Evaluator {
  constructor(field, first = null, second = null) {
    this.field = field;
    this.sweeps = [first, second];
    this.lengths = [first ? first.values.length : 1, second ? second.values.length : 1];
    this.settings = {};
    this.kept = new Map();
    this.watched = new Map();
    const swept = this.sweeps.filter(Boolean).map((sweep) => sweep.name);
    for (const [name, entry] of field.entries) {
      this.watched.set(name, entry.dependsOn.filter((p) => !swept.includes(p)));
    }
  }

  size(kind) {
    return (kind & FIRST ? this.lengths[0] : 1) * (kind & SECOND ? this.lengths[1] : 1);
  }

  /** The settings that matter for an entry, as a string to compare. */
  key(name) {
    let key = "";
    for (const parameter of this.watched.get(name)) key += this.settings[parameter] + ";";
    return key;
  }

  array(name) {
    const key = this.key(name);
    const kept = this.kept.get(name);
    if (kept && kept.key === key) return kept;
    const entry = this.field.entries.get(name);
    if (!entry) throw new Error(`explorer: nothing is called ${name}`);
    const compute = { parameter: "ofParameter", table: "ofTable", quantity: "ofQuantity" };
    const array = this[compute[entry.type]](entry);
    array.key = key;
    this.kept.set(name, array);
    return array;
  }

  /** The number called `name` when nothing is swept. */
  number(name) {
    return this.array(name).data[0];
  }

  ofParameter({ name }) {
    if (this.sweeps[0]?.name === name) return { kind: FIRST, data: this.sweeps[0].values };
    if (this.sweeps[1]?.name === name) return { kind: SECOND, data: this.sweeps[1].values };
    return { kind: NONE, data: Float64Array.of(this.settings[name]) };
  }

  ofTable({ axes, values }) {
    let remaining = [], data = values, shape = axes.map((axis) => axis.n), done = 0;
    axes.forEach((axis, i) => {
      const coordinate = this.array(axis.of);
      if (coordinate.kind === NONE) {
        data = contract(data, shape, i - done, axis, coordinate.data[0]);
        shape = shape.filter((_, j) => j !== i - done);
        done += 1;
      } else remaining.push({ axis, coordinate });
    });
    const kind = remaining.reduce((all, { coordinate }) => all | coordinate.kind, NONE);
    return { kind, data: this.gather(data, shape, remaining, kind) };
  }

  /** Look a table up at arrays of coordinates (axes with a single coordinate are gone). */
  gather(table, shape, remaining, kind) {
    if (remaining.length === 0) return table;
    const located = remaining.map(({ axis, coordinate }, i) => {
      const stride = shape.slice(i + 1).reduce((product, n) => product * n, 1);
      return this.locateAll(axis, coordinate, stride);
    });
    if (located.length === 1) return gatherAlong(table, located[0]);
    // Unused leading axes have one node of weight one, so that one loop serves 2 and 3 axes.
    const none = { first: Int32Array.of(0), weights: Float64Array.of(1), width: 1, stride: 0, di: 0, dj: 0 };
    while (located.length < 3) located.unshift(none);
    const [A, B, C] = located;
    const ni = kind & FIRST ? this.lengths[0] : 1;
    const nj = kind & SECOND ? this.lengths[1] : 1;
    const out = new Float64Array(ni * nj);
    for (let j = 0, k = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, k++) {
        const a = A.di * i + A.dj * j, b = B.di * i + B.dj * j, c = C.di * i + C.dj * j;
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

  locateAll(axis, coordinate, stride) {
    const { first, weights } = this.located(axis, coordinate);
    const scaled = stride === 1 ? first : first.map((node) => node * stride);
    return { first: scaled, weights, width: axis.width, stride, ...this.steps(coordinate.kind) };
  }

  /** Nodes and weights of a coordinate; tables over equal axes share them. */
  located(axis, coordinate) {
    coordinate.places ??= new Map();
    if (!coordinate.places.has(axis.key)) {
      const { data } = coordinate;
      const first = new Int32Array(data.length);
      const weights = new Float64Array(data.length * axis.width);
      for (let k = 0; k < data.length; k++) locate(axis, data[k], first, weights, k);
      coordinate.places.set(axis.key, { first, weights });
    }
    return coordinate.places.get(axis.key);
  }

  /** How far the index into an array of this kind moves when i or j moves by one. */
  steps(kind) {
    return { di: kind & FIRST ? 1 : 0, dj: kind & SECOND ? (kind & FIRST ? this.lengths[0] : 1) : 0 };
  }

  ofQuantity({ terms }) {
    const products = terms.map(([coefficient, names]) => this.product(coefficient, names));
    const kind = products.reduce((all, product) => all | product.kind, NONE);
    const data = new Float64Array(this.size(kind));
    for (const product of products) this.add(data, kind, product);
    return { kind, data };
  }

  /** A product kept apart as number x vector x vector x pictures: few multiplications per pixel. */
  product(coefficient, names) {
    const result = { number: coefficient, vectors: [null, null], pictures: [], kind: NONE };
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

/** Values of a table of one axis at located coordinates. */
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

/** The table with one axis interpolated away at `value`. */
function contract(data, shape, i, axis, value) {
  const first = new Int32Array(1), weights = new Float64Array(axis.width);
  locate(axis, value, first, weights, 0);
  const n = shape[i];
  const inner = shape.slice(i + 1).reduce((product, m) => product * m, 1);
  const outer = data.length / (n * inner);
  const out = new Float64Array(outer * inner);
  for (let o = 0; o < outer; o++) {
    for (let p = 0; p < axis.width; p++) {
      const from = (o * n + first[0] + p) * inner, weight = weights[p];
      for (let k = 0; k < inner; k++) out[o * inner + k] += weight * data[from + k];
    }
  }
  return out;
}

/** n values of a parameter from low to high, evenly spaced on its scale. */
function spread({ low, high, scale }, n) {
  const a = TRANSFORMS[scale](low), b = TRANSFORMS[scale](high);
  const values = new Float64Array(n);
  for (let k = 0; k < n; k++) values[k] = INVERSES[scale](a + ((b - a) * k) / (n - 1));
  values[0] = low;
  values[n - 1] = high;
  return values;
}

/** Where a value of a parameter lies between low (0) and high (1) on its scale. */
function fraction({ low, high, scale }, value) {
  const f = TRANSFORMS[scale];
  return (f(value) - f(low)) / (f(high) - f(low));
}

/** The inverse: the value at a fraction, moved to the nearest slider step and into the range. */
function valueAt(parameter, position) {
  const { low, high, scale } = parameter;
  const f = TRANSFORMS[scale];
  return snap(parameter, INVERSES[scale](f(low) + position * (f(high) - f(low))));
}

/** Sliders only stop at multiples of their step (in decades on a log scale): so does everything. */
function snap({ low, high, scale, step }, value) {
  const inside = Math.max(low, Math.min(high, value));
  const unit = scale === "log" ? Math.log10 : (v) => v;
  const steps = Math.round((unit(inside) - unit(low)) / step);
  const snapped = unit(low) + steps * step;
  return Math.max(low, Math.min(high, scale === "log" ? 10 ** snapped : snapped));
}
