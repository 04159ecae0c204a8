// Numbers and sentences. The phrases come from Python (PhaseExplorer's `texts`).

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function superscript(integer) {
  const digits = String(Math.abs(integer)).replace(/\d/g, (digit) => SUPERSCRIPTS[digit]);
  return (integer < 0 ? "⁻" : "") + digits;
}

/** Three significant digits: 0.0123, 4.56, 789, 1.2×10⁻⁵. */
function formatNumber(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "undefined" : value < 0 ? "−∞" : "∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) {
    return String(Number(value.toPrecision(3))).replace("-", "−");
  }
  const [mantissa, exponent] = value.toExponential(2).split("e");
  return `${Number(mantissa)}×10${superscript(Number(exponent))}`.replace("-", "−");
}

function formatPercent(ratio) {
  const percent = 100 * Math.abs(ratio);
  return `${percent >= 10 || percent === 0 ? percent.toFixed(0) : Number(percent.toPrecision(2))} %`;
}

function fill(template, places) {
  return template.replace(/\{(\w+)\}/g, (_, key) => places[key] ?? `{${key}}`);
}

/**
 * On which parts of a section is the difference negative?
 * `refine(a, b)` returns the zero between two neighbouring samples.
 */
function winningRanges(positions, difference, refine) {
  const ranges = [];
  const last = positions.length - 1;
  let low = difference[0] < 0 ? positions[0] : null;
  for (let k = 0; k < last; k++) {
    const now = difference[k] < 0, next = difference[k + 1] < 0;
    if (now === next) continue;
    const zero = refine(positions[k], positions[k + 1]);
    if (next) low = zero;
    else ranges.push([low, zero]);
  }
  if (difference[last] < 0) ranges.push([low, positions[last]]);
  return ranges;
}

/** never, always, below, above, between or several, with the end points. */
function nameRegime(ranges, low, high) {
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

/** Is the cross-hair before, at or after the marker? At: as close as sliders with steps can come. */
function sideOf({ value, at }) {
  if (Math.abs(value - at) <= 5e-3 * Math.abs(at)) return "at";
  return value < at ? "before" : "after";
}

/** The sentence as [headline, rest]; `verdict` is what Explorer.verdict() returns. */
function composeSentence(texts, verdict) {
  const { winner, student, teacher, difference, marker, label } = verdict;
  const places = {
    student: formatNumber(student),
    teacher: formatNumber(teacher),
    gap: formatNumber(Math.abs(difference)),
    percent: formatPercent(difference / teacher),
    label,
    count: String(verdict.count),
  };
  for (const end of ["low", "high"]) places[end] = formatNumber(verdict[end]);
  const parts = [fill(texts[`${winner}_by`], places)];
  if (marker) {
    const numbers = { value: formatNumber(marker.value), marker: formatNumber(marker.at) };
    parts.push(fill(texts[`${sideOf(marker)}_marker`], { ...places, ...numbers }));
  }
  parts.push(fill(texts[verdict.regime], places));
  return [texts[winner], parts.filter(Boolean).join(" ")];
}
