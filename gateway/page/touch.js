// The photo touched by mouse, fingers or pen: the tool follows one pointer, two fingers zoom and move the photo.

import { hideCircle } from "./brush.js";
import { isZoomed, moveBy, placeOf, zoomBy } from "./layers.js";
import { $, isReady } from "./state.js";
import { moveAim, tool } from "./tools.js";

const NOTCH_PX = 50; // of a mouse's wheel at least; a trackpad's steps are smaller
const PINCH = 0.01; // how fast a trackpad's pinch zooms, and a wheel
const WHEEL = 0.002;

const pressed = new Map(); // pointers that are down, by id: their places on the stage
let leader = null; // the one that the tool follows; null while fingers zoom
let hand = null; // the one that moves the photo: of the middle button

const placeIn = (id) => (event) => {
  const box = $(id).getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
};
const onPhoto = placeIn("view");
const onStage = (event) => placeOf(placeIn("stage")(event));

/** The photo's size on the screen at zoom 1. */
const sizeOfPhoto = () => ({ width: $("view").offsetWidth, height: $("view").offsetHeight });

export function press(event) {
  if (!isReady() || event.button > 1) return;
  $("stage").setPointerCapture(event.pointerId);
  pressed.set(event.pointerId, onStage(event));
  if (event.button === 1) hand = event.pointerId;
  else if (pressed.size === 1) lead(event);
  else stopTool();
}

function lead(event) {
  leader = event.pointerId;
  moveAim(onPhoto(event));
  tool().pass(onPhoto(event));
  tool().down(onPhoto(event));
}

/** A second finger, or the browser, has taken the pointer: what the tool had begun counts for nothing. */
function stopTool() {
  if (leader !== null) tool().cancel();
  leader = null;
  hideCircle();
}

export function drag(event) {
  if (!isReady()) return;
  const { pointerId } = event;
  if (pointerId === leader) {
    const events = event.getCoalescedEvents();
    tool().pass(onPhoto(event));
    moveAim(onPhoto(event));
    tool().move((events.length ? events : [event]).map(onPhoto));
  } else if (pressed.size === 0) tool().pass(onPhoto(event));
  else if (pressed.has(pointerId)) follow(pointerId, onStage(event));
}

/** Zoom and move as two fingers do, or move as the hand does. */
function follow(id, to) {
  const from = pressed.get(id);
  pressed.set(id, to);
  if (id === hand) return moveBy(to.x - from.x, to.y - from.y);
  const other = [...pressed].find(([key]) => key !== id)?.[1];
  if (!other) return;
  const { width, height } = sizeOfPhoto();
  const apart = (place) => Math.hypot((place.x - other.x) * width, (place.y - other.y) * height);
  moveBy((to.x - from.x) / 2, (to.y - from.y) / 2);
  zoomBy(apart(to) / Math.max(1, apart(from)), { x: (to.x + other.x) / 2, y: (to.y + other.y) / 2 });
}

export function lift(event) {
  pressed.delete(event.pointerId);
  if (event.pointerId === hand) hand = null;
  if (event.pointerId !== leader) return;
  leader = null;
  tool().up(onPhoto(event), event);
  if (event.pointerType === "touch") hideCircle();
}

/** The browser takes the pointer, to scroll say. */
export function lose(event) {
  pressed.delete(event.pointerId);
  if (event.pointerId === leader) stopTool();
}

export function leave() {
  if (pressed.size === 0) hideCircle();
}

export const isTouched = () => pressed.size > 0;

/** The wheel, a trackpad's two fingers, or its pinch, which comes as a wheel with Ctrl. */
export function wheel(event) {
  if (!isReady()) return;
  const { deltaX, deltaY } = event;
  const isWheel = event.deltaMode !== 0 || (deltaX === 0 && Math.abs(deltaY) >= NOTCH_PX);
  if (event.ctrlKey || event.metaKey || isWheel) {
    if (deltaY > 0 && !isZoomed()) return;
    zoomBy(Math.exp(-deltaY * (isWheel ? WHEEL : PINCH)), onStage(event));
  } else if (isZoomed()) {
    const { width, height } = sizeOfPhoto();
    moveBy(-deltaX / width, -deltaY / height);
  } else return;
  event.preventDefault();
}
