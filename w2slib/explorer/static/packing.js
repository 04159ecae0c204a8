// Tables as they are sent; w2slib/explorer/model/packing.py packs them and says how.

const WRAP = 0xffffff;

/**
 * @param {DataView} bytes
 * @param {number[]} sizes number of values of each table
 * @returns {Float32Array}
 */
export function unpack(bytes, sizes) {
  const total = bytes.byteLength / 3;
  const words = new Uint32Array(total);
  for (let i = 0; i < total; i++) {
    const folded =
      bytes.getUint8(i) | (bytes.getUint8(total + i) << 8) | (bytes.getUint8(2 * total + i) << 16);
    words[i] = folded & 1 ? -(folded + 1) / 2 : folded / 2;
  }
  let at = 0;
  for (const size of sizes) {
    let slope = 0;
    let value = 0;
    for (let k = 0; k < size; k++, at++) {
      slope = (slope + words[at]) & WRAP;
      value = (value + slope) & WRAP;
      // The last eight bits are zero.
      words[at] = value << 8;
    }
  }
  return new Float32Array(words.buffer);
}
