// The photo touched by mouse, finger, pen or keyboard: what the tool in hand does then.

import { aimed, moveAim } from "./aim.js";
import { hideCircle, resize } from "./brush.js";
import { $ } from "./elements.js";
import { redo, undo } from "./painting.js";
import { state } from "./state.js";
import { isPainting, tool } from "./tools.js";

let pointer = null; // the one that is pressed; another finger is not for the tool

const placeOf = (event) => {
  const box = $("stage").getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
};

/** Whether there is a result that can be worked on. */
const isReady = () => state.result !== null && $("busy").hidden;

export function press(event) {
  if (!isReady() || event.button || pointer !== null) return;
  pointer = event.pointerId;
  $("stage").setPointerCapture(pointer);
  moveAim(placeOf(event));
  tool().pass(placeOf(event));
  tool().down(placeOf(event));
}

export function drag(event) {
  if (!isReady()) return;
  if (pointer === null || event.pointerId === pointer) tool().pass(placeOf(event));
  if (event.pointerId !== pointer) return;
  const events = event.getCoalescedEvents();
  moveAim(placeOf(event));
  tool().move((events.length ? events : [event]).map(placeOf));
}

export function lift(event) {
  if (event.pointerId !== pointer) return;
  pointer = null;
  tool().up(placeOf(event));
  if (event.pointerType === "touch") hideCircle();
}

/** The browser takes the pointer, to zoom with two fingers say. */
export function lose(event) {
  if (event.pointerId !== pointer) return;
  pointer = null;
  tool().cancel();
  hideCircle();
}

export function leave() {
  if (pointer === null) hideCircle();
}

/** A key pressed on the aim: the arrows move it. */
export function steerAim(event) {
  const step = event.shiftKey ? 0.005 : 0.03;
  const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [];
  if (x === undefined) return;
  event.preventDefault();
  moveAim({ x: aimed().x + step * x, y: aimed().y + step * y });
  tool().pass(aimed());
}

/** The aim pressed: use the tool where it points. */
export function useAim(event) {
  if (event.detail || !isReady()) return; // a pointer has done it already
  tool().down(aimed());
  tool().up(aimed());
}

/** A key pressed anywhere: [ and ] size the brush; Ctrl or Command with Z undoes, with Shift too it redoes. */
export function pressKey(event) {
  if (!isReady() || pointer !== null || event.target.matches("input[type=text], select") || isDialogOpen()) return;
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  const action =
    (isPainting() && { "[": () => resize(-1), "]": () => resize(1) }[key]) ||
    (command && !event.altKey && { z: event.shiftKey ? redo : undo, y: redo }[key]);
  if (!action) return;
  event.preventDefault();
  action();
}

const isDialogOpen = () => document.querySelector("dialog[open]") !== null;
