// Numbers and sentences, most of all at the places where one turns into another.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  composeSentence,
  formatNumber,
  formatPercent,
  longSentences,
  nameRegime,
  nameWinner,
  sideOf,
  winningRanges,
} from "../../../w2slib/explorer/static/words.js";
import { cases } from "./cases.js";

test("numbers have three significant digits and a true minus sign", () => {
  const expected = [
    [0, "0"],
    [-0, "0"],
    [0.012345, "0.0123"],
    [4.5649, "4.56"],
    [4.5, "4.5"],
    [789.4, "789"],
    [-0.5, "−0.5"],
    [1e-3, "0.001"],
    [9.99e-4, "9.99×10⁻⁴"],
    [1.2345e-5, "1.23×10⁻⁵"],
    [-1e-12, "−1×10⁻¹²"],
    [99999, "100000"],
    [1e5, "1×10⁵"],
    [Infinity, "∞"],
    [-Infinity, "−∞"],
    [NaN, "undefined"],
  ];
  for (const [value, text] of expected) assert.equal(formatNumber(value), text);
});

test("ordinary numbers read as Python writes them", () => {
  for (const [value, text] of cases.numbers) assert.equal(formatNumber(value), text);
});

test("per cent: whole from ten on, two digits below", () => {
  const expected = [
    [0, "0 %"],
    [0.1, "10 %"],
    [0.0999, "10 %"],
    [0.0994, "9.9 %"],
    [-0.0123, "1.2 %"],
    [0.00012, "0.012 %"],
    [2.5, "250 %"],
    [9.99, "999 %"],
    [10, "11 times"],
    [12.3, "13 times"],
    [1e6, "1×10⁶ times"],
  ];
  for (const [ratio, text] of expected) assert.equal(formatPercent(ratio), text);
});

test("winning ranges: zeros between samples, ends where there is none", () => {
  const positions = [1, 2, 3, 4, 5];
  const middle = (a, b) => (a + b) / 2;
  const ranges = (...difference) => winningRanges(positions, difference, middle);
  assert.deepEqual(ranges(1, 1, 1, 1, 1), []);
  assert.deepEqual(ranges(0, 0, 0, 0, 0), []);
  assert.deepEqual(ranges(-1, -1, -1, -1, -1), [[1, 5]]);
  assert.deepEqual(ranges(-1, -1, 1, 1, 1), [[1, 2.5]]);
  assert.deepEqual(ranges(1, 1, 1, 1, -1), [[4.5, 5]]);
  assert.deepEqual(ranges(1, -1, -1, 0, 1), [[1.5, 3.5]]);
  assert.deepEqual(ranges(-1, 1, -1, 1, -1), [
    [1, 1.5],
    [2.5, 3.5],
    [4.5, 5],
  ]);
});

test("a range that touches an end of the section is open there", () => {
  assert.deepEqual(nameRegime([], 1, 5), { regime: "never" });
  assert.deepEqual(nameRegime([[1, 5]], 1, 5), { regime: "always" });
  assert.deepEqual(nameRegime([[1, 4]], 1, 5), { regime: "below", high: 4 });
  assert.deepEqual(nameRegime([[2, 5]], 1, 5), { regime: "above", low: 2 });
  assert.deepEqual(nameRegime([[2, 4]], 1, 5), { regime: "between", low: 2, high: 4 });
  assert.deepEqual(
    nameRegime(
      [
        [1, 2],
        [3, 5],
      ],
      1,
      5,
    ),
    { regime: "several", count: 2 },
  );
});

test("a tie is a difference below a thousandth of the teacher's error", () => {
  assert.equal(nameWinner(-0.00099, 1), "tie");
  assert.equal(nameWinner(0.00099, 1), "tie");
  assert.equal(nameWinner(-0.00101, 1), "student");
  assert.equal(nameWinner(0.00101, 1), "teacher");
  assert.equal(nameWinner(0.00101, 2), "tie");
});

test("at the marker: within half a per cent of it", () => {
  assert.equal(sideOf({ value: 0.5024, at: 0.5 }), "at");
  assert.equal(sideOf({ value: 0.4976, at: 0.5 }), "at");
  assert.equal(sideOf({ value: 0.5026, at: 0.5 }), "after");
  assert.equal(sideOf({ value: 0.4974, at: 0.5 }), "before");
  assert.equal(sideOf({ value: 0.1, at: 0 }), "after");
  assert.equal(sideOf({ value: 0, at: 0 }), "at");
});

const errors = { student: 0.25, teacher: 0.5, difference: -0.25, winner: "student", label: "λₛ" };

test("a sentence says who wins, by how much and where", () => {
  const [headline, rest] = composeSentence(cases.texts.standard, {
    ...errors,
    regime: "between",
    low: 0.1,
    high: 2,
  });
  assert.equal(headline, "The student wins");
  assert.equal(
    rest,
    "its error 0.25 is 0.25 below the teacher’s 0.5 (50 %). The student wins for 0.1 < λₛ < 2.",
  );
});

test("every sentence of every explorer is complete, whatever happens", () => {
  const regimes = [
    { regime: "never" },
    { regime: "always" },
    { regime: "below", high: 2 },
    { regime: "above", low: 0.1 },
    { regime: "between", low: 0.1, high: 2 },
    { regime: "several", count: 3 },
  ];
  const markers = [undefined, ...[1, 2, 3].map((value) => ({ value, at: 2 }))];
  for (const [name, texts] of Object.entries(cases.texts)) {
    for (const winner of ["student", "teacher", "tie"]) {
      for (const regime of regimes) {
        for (const marker of markers) {
          const [headline, rest] = composeSentence(texts, { ...errors, winner, marker, ...regime });
          assert.ok(headline, name);
          assert.doesNotMatch(rest, /[{}]|undefined|NaN| {2}/, `${name}: ${rest}`);
          assert.match(rest, /^\S.*\.$/, `${name}: ${rest}`);
        }
      }
    }
  }
});

test("no sentence of ordinary numbers is longer than the room that is kept for it", () => {
  for (const texts of Object.values(cases.texts)) {
    const room = Math.max(...longSentences(texts, "λₛ", true).map((text) => text.length));
    for (const winner of ["student", "teacher", "tie"]) {
      const marker = { value: 0.123, at: 0.456 };
      const all = { student: 0.514, teacher: 0.604, difference: 0.0904, winner, marker };
      for (const regime of ["never", "always", "below", "above", "between", "several"]) {
        const ends = { regime, low: 0.123, high: 0.456, count: 2, label: "λₛ" };
        assert.ok(composeSentence(texts, { ...all, ...ends }).join(": ").length <= room);
      }
    }
  }
});
