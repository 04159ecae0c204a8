// Fingers on what can be dragged sideways: a swipe that only wants to scroll the page changes nothing.

// How far a finger moves before it is a drag, in pixels.
const THRESHOLD = 8;

/**
 * Has a finger gone far enough from its start, and sideways rather than up or down?
 * @param {{x: number, y: number}} start
 * @param {PointerEvent} event
 */
export function isSideways(start, event) {
  const [across, along] = [event.clientX - start.x, event.clientY - start.y].map(Math.abs);
  return across >= THRESHOLD && across >= along;
}

/**
 * noUiSlider takes a touch at once. Hold it back until the finger has moved sideways, and hand over
 * what follows as a mouse, which noUiSlider takes anywhere; up and down the browser scrolls (the style
 * sheet says `touch-action: pan-y`). A tap still sets the slider: browsers make a click of it.
 * @param {Element} box returns how to stop
 */
export function guardFromSwipes(box) {
  /** @type {{id: number, x: number, y: number, target: Element, drags: boolean} | null} */
  let finger = null;
  /** @type {(target: EventTarget, kind: string, event: PointerEvent | {clientX: number, clientY: number}) => void} */
  const mouse = (target, kind, { clientX, clientY }) => {
    const held = kind === "mouseup" ? 0 : 1;
    const options = { clientX, clientY, buttons: held, bubbles: true, cancelable: true };
    target.dispatchEvent(new MouseEvent(kind, options));
  };
  /** @param {Event} event */
  const hold = (event) => {
    const { target } = event;
    if (target instanceof Element && target.closest(".noUi-target")) event.stopPropagation();
  };
  /** @param {Event} event */
  const down = (event) => {
    if (!(event instanceof PointerEvent) || event.pointerType !== "touch") return;
    const { target, pointerId, clientX, clientY } = event;
    if (!(target instanceof Element) || !target.closest(".noUi-target")) return;
    finger = { id: pointerId, x: clientX, y: clientY, target, drags: false };
  };
  /** @param {Event} event */
  const move = (event) => {
    if (!(event instanceof PointerEvent) || event.pointerId !== finger?.id) return;
    if (!finger.drags) {
      if (!isSideways(finger, event)) return;
      finger.drags = true;
      finger.target.setPointerCapture(finger.id);
      mouse(finger.target, "mousedown", { clientX: finger.x, clientY: finger.y });
    }
    mouse(document.documentElement, "mousemove", event);
  };
  /** @param {Event} event */
  const end = (event) => {
    if (!(event instanceof PointerEvent) || event.pointerId !== finger?.id) return;
    if (finger.drags) mouse(document.documentElement, "mouseup", event);
    finger = null;
  };
  /** @type {[kind: string, listener: (event: Event) => void, options: object][]} */
  const listeners = [
    ["touchstart", hold, { capture: true, passive: true }],
    ["pointerdown", down, { capture: true }],
    ["pointermove", move, { capture: true }],
    ["pointerup", end, { capture: true }],
    ["pointercancel", end, { capture: true }],
  ];
  for (const [kind, listener, options] of listeners) box.addEventListener(kind, listener, options);
  return () => {
    for (const [kind, listener, options] of listeners) {
      box.removeEventListener(kind, listener, options);
    }
  };
}
