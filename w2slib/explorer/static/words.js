// Numbers and sentences. The phrases come from Python (PhaseExplorer's `texts`).

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** @param {number} integer */
export function superscript(integer) {
  const digits = String(Math.abs(integer)).replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)]);
  return (integer < 0 ? "⁻" : "") + digits;
}

/**
 * Three significant digits: 0.0123, 4.56, 789, 1.2×10⁻⁵.
 * @param {number} value
 */
export function formatNumber(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "undefined" : value < 0 ? "−∞" : "∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) {
    return String(Number(value.toPrecision(3))).replace("-", "−");
  }
  const [mantissa, exponent] = value.toExponential(2).split("e");
  return `${Number(mantissa)}×10${superscript(Number(exponent))}`.replace("-", "−");
}

/**
 * A mean and half of its interval, to two digits of the half: 0.521 and 0.019. Without a half, three
 * digits.
 * @param {number} mean
 * @param {number} half
 */
export function formatWithError(mean, half) {
  if (!(half > 1e-9 * Math.abs(mean))) return [formatNumber(mean), "0"];
  const digits = Math.max(0, Math.min(6, 1 - Math.floor(Math.log10(half))));
  return [mean, half].map((value) => value.toFixed(digits).replace("-", "−"));
}

/**
 * How much two numbers differ, as a share of the second: "12 %", and from ten times on "13 times".
 * @param {number} ratio
 */
export function formatPercent(ratio) {
  const percent = 100 * Math.abs(ratio);
  if (percent > 999) return `${formatNumber(Math.round(1 + ratio))} times`;
  return `${percent >= 10 || percent === 0 ? percent.toFixed(0) : Number(percent.toPrecision(2))} %`;
}

/**
 * @param {string} template
 * @param {Record<string, string>} places
 */
export function fill(template, places) {
  return template.replace(/\{(\w+)\}/g, (_, key) => places[key] ?? `{${key}}`);
}

/**
 * On which parts of a section is the difference negative?
 * @param {ArrayLike<number>} positions
 * @param {ArrayLike<number>} difference
 * @param {(a: number, b: number) => number} refine the zero between two neighbouring samples
 */
export function winningRanges(positions, difference, refine) {
  /** @type {[low: number, high: number][]} */
  const ranges = [];
  const last = positions.length - 1;
  let low = positions[0];
  for (let k = 0; k < last; k++) {
    const now = difference[k] < 0;
    const next = difference[k + 1] < 0;
    if (now === next) continue;
    const zero = refine(positions[k], positions[k + 1]);
    if (next) low = zero;
    else ranges.push([low, zero]);
  }
  if (difference[last] < 0) ranges.push([low, positions[last]]);
  return ranges;
}

/**
 * @typedef {"never" | "always" | "below" | "above" | "between" | "several"} RegimeName
 * @typedef {{regime: RegimeName, low?: number, high?: number, count?: number}} Regime
 */

/**
 * The part of the section's range [low, high] where the student wins, with its end points.
 * @param {[low: number, high: number][]} ranges
 * @param {number} low
 * @param {number} high
 * @returns {Regime}
 */
export function nameRegime(ranges, low, high) {
  if (ranges.length === 0) return { regime: "never" };
  if (ranges.length > 1) return { regime: "several", count: ranges.length };
  const [a, b] = ranges[0];
  if (a === low && b === high) return { regime: "always" };
  if (a === low) return { regime: "below", high: b };
  if (b === high) return { regime: "above", low: a };
  return { regime: "between", low: a, high: b };
}

// Differences below this share of the teacher's error are called a tie.
const TIE = 1e-3;

/**
 * @param {number} difference
 * @param {number} teacher
 * @returns {"student" | "teacher" | "tie"}
 */
export function nameWinner(difference, teacher) {
  if (Math.abs(difference) < TIE * Math.abs(teacher)) return "tie";
  return difference < 0 ? "student" : "teacher";
}

/**
 * Is the cross-hair before, at or after the marker? At: as close as sliders with steps can come.
 * @param {{value: number, at: number}} place
 */
export function sideOf({ value, at }) {
  if (Math.abs(value - at) <= 5e-3 * Math.abs(at)) return "at";
  return value < at ? "before" : "after";
}

/**
 * @typedef {Regime & {
 *   winner: "student" | "teacher" | "tie", student: number, teacher: number, difference: number,
 *   marker?: {value: number, at: number}, label: string,
 * }} Verdict
 */

/**
 * The sentence as [headline, rest].
 * @param {Record<string, string>} texts
 * @param {Verdict} verdict
 */
export function composeSentence(texts, verdict) {
  const { winner, student, teacher, difference, marker, label } = verdict;
  const places = {
    student: formatNumber(student),
    teacher: formatNumber(teacher),
    gap: formatNumber(Math.abs(difference)),
    percent: formatPercent(difference / teacher),
    label,
    count: String(verdict.count),
    low: formatNumber(verdict.low ?? NaN),
    high: formatNumber(verdict.high ?? NaN),
  };
  const parts = [fill(texts[`${winner}_by`], places)];
  if (marker) {
    const numbers = { value: formatNumber(marker.value), marker: formatNumber(marker.at) };
    parts.push(fill(texts[`${sideOf(marker)}_marker`], { ...places, ...numbers }));
  }
  parts.push(fill(texts[verdict.regime], places));
  return [texts[winner], parts.filter(Boolean).join(" ")];
}

const REGIMES = /** @type {const} */ (["never", "always", "below", "above", "between", "several"]);

/**
 * Sentences as long as any: so much room is kept above the map, which must not move while one drags.
 * @param {Record<string, string>} texts
 * @param {string} label
 * @param {boolean} hasMarker
 */
export function longSentences(texts, label, hasMarker) {
  const wide = 0.00123;
  const numbers = {
    student: 10 * wide,
    teacher: wide,
    difference: 8 * wide,
    low: wide,
    high: wide,
  };
  /** @type {({value: number, at: number} | undefined)[]} */
  const markers = [
    { value: wide, at: 2 * wide },
    { value: 2 * wide, at: wide },
    { value: wide, at: wide },
  ];
  return /** @type {const} */ (["student", "teacher", "tie"]).flatMap((winner) =>
    REGIMES.flatMap((regime) =>
      (hasMarker ? markers : [undefined]).map((marker) =>
        composeSentence(texts, { ...numbers, winner, regime, marker, label, count: 2 }).join(": "),
      ),
    ),
  );
}
