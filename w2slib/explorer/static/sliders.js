// ipywidgets' sliders next to a picture: names and values for their handles, which come without, and
// read-outs that take what readers type.

import { change, keepKeys } from "./dom.js";
import { tidyReadout } from "./numbers.js";

/**
 * Label the sliders that belong to `root`, now and whenever they change; returns how to stop, or
 * null while they are not there yet.
 *
 * `say` turns a read-out into what is spoken; it belongs here because a second writer of the same
 * attribute would wake the MutationObserver below, and that one the other, without end.
 * @param {Element} root
 * @param {(readout: string) => string} say
 */
export function watchSliders(root, say = (readout) => readout) {
  const box = root.closest(".w2s-explorer")?.querySelector(".w2s-sliders");
  if (!box) return null;
  keepKeys(box);
  const label = () => labelSliders(box, say);
  const watch = new MutationObserver(label);
  const attributeFilter = ["aria-valuetext", "aria-valuenow"];
  watch.observe(box, { subtree: true, childList: true, attributeFilter });
  label();
  const stopTidying = tidyReadouts(box);
  return () => {
    watch.disconnect();
    stopTidying();
  };
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
