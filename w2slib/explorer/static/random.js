// Normal deviates from a seed: NumPy's RandomState, number for number, so that a data set drawn on
// a page can be drawn again in Python, `numpy.random.RandomState([seed, k]).standard_normal(n)`.
// The generator is the Mersenne Twister of Matsumoto and Nishimura (1998), the normal deviates are
// Marsaglia's polar method. NumPy keeps this stream as it is for good (its policy NEP 19).

const WORDS = 624;
const SHIFT = 397;

export class RandomState {
  /** @param {number[]} key whole numbers from 0 to 2**32 - 1 */
  constructor(key) {
    this.words = seeded(key);
    this.next = WORDS;
    /** @type {number | null} the second deviate of a pair */
    this.kept = null;
  }

  /** A whole number from 0 to 2**32 - 1. */
  word() {
    if (this.next === WORDS) {
      twist(this.words);
      this.next = 0;
    }
    let y = this.words[this.next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** A number from 0 to 1, of 53 bits. */
  uniform() {
    const high = this.word() >>> 5;
    return (high * 67108864 + (this.word() >>> 6)) / 9007199254740992;
  }

  normal() {
    if (this.kept !== null) {
      const kept = this.kept;
      this.kept = null;
      return kept;
    }
    let a = 0;
    let b = 0;
    let square = 0;
    do {
      a = 2 * this.uniform() - 1;
      b = 2 * this.uniform() - 1;
      square = a * a + b * b;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    this.kept = factor * a;
    return factor * b;
  }

  /**
   * @param {number} count
   * @param {number} [scale]
   */
  normals(count, scale = 1) {
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = scale * this.normal();
    return values;
  }
}

/**
 * The generator's first state, from one or several numbers (init_by_array of its authors).
 * @param {number[]} key
 */
function seeded(key) {
  const words = new Uint32Array(WORDS);
  words[0] = 19650218;
  for (let i = 1; i < WORDS; i++) words[i] = Math.imul(1812433253, mixed(words, i)) + i;
  let i = 1;
  const move = () => {
    i++;
    if (i < WORDS) return;
    words[0] = words[WORDS - 1];
    i = 1;
  };
  for (let k = 0; k < Math.max(WORDS, key.length); k++) {
    const j = k % key.length;
    words[i] = (words[i] ^ Math.imul(1664525, mixed(words, i))) + key[j] + j;
    move();
  }
  for (let k = 1; k < WORDS; k++) {
    words[i] = (words[i] ^ Math.imul(1566083941, mixed(words, i))) - i;
    move();
  }
  words[0] = 0x80000000;
  return words;
}

/**
 * @param {Uint32Array} words
 * @param {number} i
 */
function mixed(words, i) {
  return words[i - 1] ^ (words[i - 1] >>> 30);
}

/** @param {Uint32Array} words */
function twist(words) {
  for (let i = 0; i < WORDS; i++) {
    const y = (words[i] & 0x80000000) | (words[(i + 1) % WORDS] & 0x7fffffff);
    words[i] = words[(i + SHIFT) % WORDS] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
}
