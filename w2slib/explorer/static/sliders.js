// ipywidgets' sliders next to a picture: names and values for their handles, which come without.

import { change, keepKeys } from "./dom.js";

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
  return () => watch.disconnect();
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
