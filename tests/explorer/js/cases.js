// What Python computed for these tests: tests/explorer/test_javascript.py writes it and says where.
import { readFileSync } from "node:fs";

const path = process.env.W2S_JS_CASES;
if (!path)
  throw new Error("run `make test-js`: it computes the cases that these tests compare with");

/** JSON without NaN and inf. */
export const cases = JSON.parse(readFileSync(path, "utf8"));

/** Bytes in base64 as the browser gets them, at an offset that is no multiple of four. */
export function view(base64) {
  const bytes = Buffer.from(base64, "base64");
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  return new DataView(shifted.buffer, 3);
}
