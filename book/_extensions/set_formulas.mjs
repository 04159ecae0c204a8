// Sets formulas for house_formulas.py: one line of JSON {tex, display} in, one line {html} or {error} out.
import { createInterface } from "node:readline";
import katex from "../assets/vendor/katex/katex.mjs";

const options = { output: "htmlAndMathml", strict: "error", throwOnError: true, trust: false };

function set({ tex, display }) {
  try {
    return { html: katex.renderToString(tex, { ...options, displayMode: display }) };
  } catch (error) {
    return { error: error.message };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(set(JSON.parse(line)))}\n`);
}
