// Settings in addresses.
import assert from "node:assert/strict";
import { test } from "node:test";

import { readFragment, writeFragment } from "../../../w2slib/explorer/static/links.js";

const parameters = [
  { name: "lam_t", low: 0.01, high: 10 },
  { name: "lam_s", low: 0.01, high: 100 },
  { name: "gamma_s", low: 0.1, high: 10 },
  { name: "relief", low: -2, high: 1 },
];
const read = (query) => readFragment(`#ridge?${query}`, "ridge", parameters);

test("a link that was written is read again", () => {
  const settings = { lam_t: 0.0123457, lam_s: 100, gamma_s: 0.1, relief: -2 };
  const fragment = writeFragment("ridge", Object.keys(settings), settings);
  assert.equal(fragment, "#ridge?lam_t=0.0123457&lam_s=100&gamma_s=0.1&relief=-2");
  assert.deepEqual(readFragment(fragment, "ridge", parameters), settings);
});

test("another explorer's link, and a plain one, are not read", () => {
  for (const hash of ["", "#ridge", "#weighted-ridge?lam_t=1", "#ridge2?lam_t=1"]) {
    assert.equal(readFragment(hash, "ridge", parameters), null);
  }
  assert.deepEqual(read(""), {});
});
