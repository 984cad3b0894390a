// Correct the mask with strokes of the brush; undo, redo, reset.
// Each works on its own rectangle alone, and a stroke once a frame.

import { mark } from "./brush.js";
import { isEmpty, pixelsOf, union, whole } from "./canvas.js";
import { copyToOverlay } from "./layers.js";
import { say } from "./messages.js";
import { composeAtRest, composePart, holdBack } from "./preview.js";
import { tellDoubt, tellEdits } from "./result.js";
import { maskState, record, state, stepBack, stepForward } from "./state.js";

let stroke = null; // {result, path, area, frame}: the path still to be drawn begins where the last frame's ended

/** Begin a stroke at a place (fractions of the photo's width and height). */
export function beginStroke(place) {
  const { result } = state;
  holdBack();
  stroke = { result, path: [pixelAt(place)], area: { x: 0, y: 0, width: 0, height: 0 }, frame: 0 };
  drawSoon();
}

export function continueStroke(places) {
  if (!isCurrent()) return;
  stroke.path.push(...places.map(pixelAt));
  drawSoon();
}

/** End the stroke; from now on it can be undone. */
export function endStroke() {
  if (!isCurrent()) return;
  drawNow();
  const { result, area } = stroke;
  stroke = null;
  if (isEmpty(area)) return composeAtRest();
  const [before, after] = [result.saved, result.mask].map((mask) => pixelsOf(mask, area));
  record(result.history, { area, before, after });
  settle(result, { area, pixels: after });
}

export function dropStroke() {
  if (!isCurrent()) return;
  cancelAnimationFrame(stroke.frame);
  const { result, area } = stroke;
  stroke = null;
  if (isEmpty(area)) composeAtRest();
  else put(result, { area, pixels: pixelsOf(result.saved, area) });
}

export function undo() {
  const edit = !isCurrent() && stepBack(state.result.history);
  if (!edit) return;
  put(state.result, { area: edit.area, pixels: edit.before });
  say("Undone.");
}

export function redo() {
  const edit = !isCurrent() && stepForward(state.result.history);
  if (!edit) return;
  put(state.result, { area: edit.area, pixels: edit.after });
  say("Done again.");
}

/** Go back to the server's mask; this can be undone, too. */
export function reset() {
  const { result } = state;
  if (isCurrent() || maskState() === 0) return;
  const edit = { area: whole(result.mask), before: pixelsOf(result.mask), after: pixelsOf(result.found) };
  record(result.history, edit, 0);
  put(result, { area: edit.area, pixels: edit.after });
  say("The mask is Focal's again.");
}

const pixelAt = ({ x, y }) => ({ x: x * state.result.mask.width, y: y * state.result.mask.height });

/** Whether there is a stroke under way. It ends without a trace when another photo or class comes. */
function isCurrent() {
  if (stroke?.result !== state.result) stroke = null;
  return stroke !== null;
}

function drawSoon() {
  stroke.frame ||= requestAnimationFrame(drawNow);
}

function drawNow() {
  if (!isCurrent()) return;
  const { result, path } = stroke;
  cancelAnimationFrame(stroke.frame);
  stroke.frame = 0;
  if (path.length < 2 && !isEmpty(stroke.area)) return;
  const area = mark(result.mask, path);
  stroke.path = [path.at(-1)];
  if (isEmpty(area)) return;
  stroke.area = union(stroke.area, area);
  showPart(result, area);
}

/** Put pixels into the mask, as they are to stay. */
function put(result, { area, pixels }) {
  result.mask.getContext("2d").putImageData(pixels, area.x, area.y);
  showPart(result, area);
  settle(result, { area, pixels });
}

/** Keep what was changed, and have the background follow the new mask. */
function settle(result, { area, pixels }) {
  result.saved.getContext("2d").putImageData(pixels, area.x, area.y);
  tellEdits();
  tellDoubt();
  composeAtRest();
}

function showPart(result, area) {
  copyToOverlay("mask", result.mask, area);
  composePart(area);
}
