// What readers write into links and read-outs.
import assert from "node:assert/strict";
import { test } from "node:test";

import { plainNumber, tidyReadout } from "../../../w2slib/explorer/static/numbers.js";

test("a number is read as a whole or not at all", () => {
  for (const text of [
    "",
    " ",
    "abc",
    "1 2",
    "0x10",
    "NaN",
    "Infinity",
    "1e",
    "--1",
    "1e999",
    ".",
  ]) {
    assert.ok(Number.isNaN(plainNumber(text)), text);
  }
  const expected = [
    ["0", 0],
    ["-2", -2],
    ["+.5", 0.5],
    ["5.", 5],
    [" 1e-1 ", 0.1],
    ["2E3", 2000],
  ];
  for (const [text, value] of expected) assert.equal(plainNumber(text), value);
});

test("a read-out takes a decimal comma and a true minus sign, and gives up on the rest", () => {
  const expected = [
    ["0,5", "0.5"],
    ["−0,25", "-0.25"],
    ["1e-1", "0.1"],
    ["1,5e-3", "0.0015"],
    [",5", "0.5"],
    ["0.30", "0.3"],
    ["", ""],
    ["1,2,3", ""],
    ["1.000,5", ""],
    ["0.5 or so", ""],
    ["1e999", ""],
  ];
  for (const [text, plain] of expected) assert.equal(tidyReadout(text), plain, text);
});
