// Pointer and keyboard on the cross-hair and on the section.

import { isSideways } from "./touch.js";

/** @import { Area } from "./picture.js" */

/**
 * Steps of the cross-hair, by key.
 * @type {Record<string, [right: number, up: number]>}
 */
const KEYS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowDown: [0, -1],
  ArrowUp: [0, 1],
  PageDown: [0, -10],
  PageUp: [0, 10],
  Home: [-Infinity, 0],
  End: [Infinity, 0],
};

/**
 * Let the reader move the cross-hair.
 * @param {{map: HTMLElement, curve: HTMLElement, handle: HTMLElement}} page
 * @param {() => Area} area the drawn area of either canvas
 * @param {object} act
 * @param {(place: {x?: number, y?: number, along?: number}) => void} act.goTo takes fractions of the area
 * @param {(right: number, up: number) => void} act.move moves by slider steps
 */
export function attachCrosshair({ map, curve, handle }, area, { goTo, move }) {
  const plot = /** @type {HTMLElement} */ (map.parentElement);
  /** @type {(event: MouseEvent, canvas: HTMLElement) => {x: number, y: number}} */
  const placeOf = (event, canvas) => {
    const box = area();
    const { left, top } = canvas.getBoundingClientRect();
    return {
      x: (event.clientX - left - box.left) / (box.right - box.left),
      y: (box.bottom - (event.clientY - top)) / (box.bottom - box.top),
    };
  };
  // A finger on the map scrolls the page unless it starts on the handle; a tap moves there.
  const starts = (/** @type {PointerEvent} */ event) =>
    event.pointerType !== "touch" || handle.contains(/** @type {Node} */ (event.target));
  drag(plot, starts, (event) => goTo(placeOf(event, map)));
  plot.addEventListener("click", (event) => goTo(placeOf(event, map)));
  // In the section only the horizontal direction means something: a finger drags once it has gone
  // sideways, up and down it scrolls the page, and a tap moves there.
  const always = () => true;
  drag(curve, always, (event) => goTo({ along: placeOf(event, curve).x }), true);
  curve.addEventListener("click", (event) => goTo({ along: placeOf(event, curve).x }));
  handle.addEventListener("keydown", (event) => {
    const steps = KEYS[event.key];
    if (!steps) return;
    event.preventDefault();
    event.stopPropagation();
    const times = event.shiftKey && event.key.startsWith("Arrow") ? 10 : 1;
    move(times * steps[0], times * steps[1]);
  });
}

/**
 * @param {HTMLElement} target
 * @param {(event: PointerEvent) => boolean} starts
 * @param {(event: PointerEvent) => void} follow
 * @param {boolean} [waits] does a finger have to go sideways first?
 */
function drag(target, starts, follow, waits = false) {
  let active = false;
  /** @type {{x: number, y: number} | null} */
  let finger = null;
  /** @param {PointerEvent} event */
  const begin = (event) => {
    active = true;
    finger = null;
    target.setPointerCapture(event.pointerId);
    follow(event);
  };
  target.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !starts(event)) return;
    if (waits && event.pointerType === "touch") finger = { x: event.clientX, y: event.clientY };
    else begin(event);
  });
  target.addEventListener("pointermove", (event) => {
    if (active) follow(event);
    else if (finger && isSideways(finger, event)) begin(event);
  });
  const stop = () => {
    active = false;
    finger = null;
  };
  target.addEventListener("pointerup", stop);
  target.addEventListener("pointercancel", stop);
  target.addEventListener("lostpointercapture", stop);
}
