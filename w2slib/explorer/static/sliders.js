// ipywidgets' sliders next to a picture: names and values for their handles, which come without, round
// numbers to stop at, read-outs that take what readers type, and fingers that only want to scroll.

import { change, keepKeys } from "./dom.js";
import { tidyReadout } from "./numbers.js";
import { guardFromSwipes } from "./touch.js";

/**
 * What a picture knows about its sliders: the name of the whole, how a read-out is spoken, and where
 * the sliders of parameters with a log scale stop.
 *
 * `say` belongs here because a second writer of the same attribute would wake the MutationObserver
 * below, and that one the other, without end.
 * @typedef {object} SliderHelp
 * @property {string} title
 * @property {(readout: string) => string} [say]
 * @property {{name: string, scale: string, stops: number[]}[]} [stops]
 */

/**
 * Look after the sliders that belong to `root`, now and whenever they change; returns how to stop, or
 * null while they are not there yet.
 * @param {Element} root
 * @param {SliderHelp} help
 */
export function watchSliders(root, { title, say = (readout) => readout, stops = [] }) {
  const whole = root.closest(".w2s-explorer");
  const box = whole?.querySelector(".w2s-sliders");
  if (!whole || !box) return null;
  // Sliders and picture are one group.
  change(whole, "role", "group");
  change(whole, "aria-label", title);
  keepKeys(box);
  const label = () => {
    for (const parameter of stops) stopAtRoundNumbers(box, parameter);
    labelSliders(box, say);
  };
  const watch = new MutationObserver(label);
  const attributeFilter = ["aria-valuetext", "aria-valuenow"];
  watch.observe(box, { subtree: true, childList: true, attributeFilter });
  label();
  const stopTidying = tidyReadouts(box);
  const stopGuarding = guardFromSwipes(box);
  return () => {
    watch.disconnect();
    stopTidying();
    stopGuarding();
  };
}

/**
 * ipywidgets' log slider stops at powers of ten with even exponents, so at 0.501 instead of 0.5.
 * @param {Element} box
 * @param {{name: string, scale: string, stops: number[]}} parameter
 */
function stopAtRoundNumbers(box, { name, scale, stops }) {
  const track = box.querySelector(`.w2s-slider-${name} .noUi-target`);
  const slider = track && "noUiSlider" in track && track.noUiSlider;
  if (scale !== "log" || !slider || track.hasAttribute("data-w2s-stops")) return;
  track.setAttribute("data-w2s-stops", String(stops.length));
  const exponents = stops.map(Math.log10);
  const [low, high] = [exponents[0], exponents[exponents.length - 1]];
  const inside = exponents
    .slice(1, -1)
    .map((exponent) => [`${(100 * (exponent - low)) / (high - low)}%`, exponent]);
  const range = { min: low, max: high, ...Object.fromEntries(inside) };
  /** @type {{updateOptions: (options: object, fire: boolean) => void}} */ (slider).updateOptions(
    { range, snap: true },
    false,
  );
}

/**
 * Put what is typed into a form that ipywidgets reads, just before it does; returns how to stop.
 *
 * ipywidgets reads a read-out at Enter alone. One that the reader leaves otherwise would go on
 * showing what was typed, and the slider another value: so leaving counts as Enter.
 * @param {Element} box
 */
function tidyReadouts(box) {
  /** @type {Element | null} */
  let typed = null;
  /** @param {Event} event */
  const onInput = ({ target }) => {
    if (target instanceof Element && target.matches(".widget-readout")) typed = target;
  };
  /** @param {Event} event */
  const onKey = (event) => {
    if (!typed || !(event instanceof KeyboardEvent) || event.key !== "Enter") return;
    typed.textContent = tidyReadout(typed.textContent ?? "");
    typed = null;
  };
  const onBlur = () => {
    const enter = { key: "Enter", keyCode: 13, bubbles: true, cancelable: true };
    typed?.dispatchEvent(new KeyboardEvent("keydown", enter));
  };
  // Capturing, because ipywidgets listens below the box.
  box.addEventListener("input", onInput, true);
  box.addEventListener("keydown", onKey, true);
  box.addEventListener("blur", onBlur, true);
  return () => {
    box.removeEventListener("input", onInput, true);
    box.removeEventListener("keydown", onKey, true);
    box.removeEventListener("blur", onBlur, true);
  };
}

/**
 * @param {Element} box
 * @param {(readout: string) => string} say
 */
function labelSliders(box, say) {
  for (const slider of box.querySelectorAll(".widget-slider, .jupyter-widget-slider")) {
    const title = slider.querySelector("label")?.textContent ?? "";
    const handle = slider.querySelector(".noUi-handle");
    const readout = slider.querySelector(".widget-readout");
    if (!handle) continue;
    change(handle, "aria-label", title);
    keepKeys(handle);
    // A log slider tells assistive technology its exponent; the reader wants the value.
    if (readout) {
      change(handle, "aria-valuetext", say(readout.textContent ?? ""));
      change(readout, "role", "textbox");
      change(readout, "aria-label", `${title}, type a value`);
    }
  }
}
