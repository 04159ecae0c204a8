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
  const read = { settings, refused: [], covered: false };
  assert.deepEqual(readFragment(fragment, "ridge", parameters), read);
  const covered = writeFragment("ridge", Object.keys(settings), settings, true);
  assert.equal(covered, `${fragment}&covered=1`);
  assert.deepEqual(readFragment(covered, "ridge", parameters), { ...read, covered: true });
});

test("another explorer's link, and a plain one, are not read", () => {
  for (const hash of ["", "#ridge", "#weighted-ridge?lam_t=1", "#ridge2?lam_t=1"]) {
    assert.equal(readFragment(hash, "ridge", parameters), null);
  }
  assert.deepEqual(read(""), { settings: {}, refused: [], covered: false });
});

test("bad values are left out, good ones are kept, and it is known which", () => {
  const expected = [
    ["lam_t=&lam_s=", {}, ["lam_t", "lam_s"]],
    ["lam_t=abc&lam_s=1e9&foo=1", {}, ["lam_t", "lam_s"]],
    ["lam_t=0.02&amp;lam_s=0.3", { lam_t: 0.02, lam_s: 0.3 }, []],
    ["lam_t=0.02&amp;amp;lam_s=0.3", { lam_t: 0.02, lam_s: 0.3 }, []],
    ["lam_t=0.02&#38;lam_s=0.3&#x26;foo", { lam_t: 0.02, lam_s: 0.3 }, []],
    ["lam_t=0.02&amp;lam_s=abc", { lam_t: 0.02 }, ["lam_s"]],
    ["lam_t=NaN&lam_s=Infinity", {}, ["lam_t", "lam_s"]],
    ["gamma_s=-1&lam_t=2e0", { lam_t: 2 }, ["gamma_s"]],
    ["gamma_s=0x1&lam_s=1_0", {}, ["lam_s", "gamma_s"]],
    ["lam_s=5&lam_s=7", { lam_s: 5 }, []],
    ["relief=-2&foo", { relief: -2 }, []],
    ["relief=-2.1", {}, ["relief"]],
  ];
  for (const [query, settings, refused] of expected) {
    assert.deepEqual(read(query), { settings, refused, covered: false }, query);
  }
});

test("an end of the range that was rounded in the link is still in it", () => {
  const third = [{ name: "a", low: 1 / 3, high: 2 / 3 }];
  for (const a of [1 / 3, 2 / 3]) {
    const { settings, refused } = readFragment(writeFragment("x", ["a"], { a }), "x", third);
    assert.deepEqual(refused, []);
    assert.ok(Math.abs(settings.a - a) < 1e-6);
  }
});
