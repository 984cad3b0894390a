// Correct the mask with a brush, and undo it.

import { cutOut, scaled } from "./canvas.js";
import { $, chosen } from "./elements.js";
import { drawOverlay } from "./layers.js";
import { composeSoon } from "./preview.js";
import { tellDoubt } from "./result.js";
import { state } from "./state.js";

const MAX_STROKES = 20; // that can be undone

/** Begin a stroke of the brush: what was before it can be brought back. */
export function beginStroke(place) {
  const { mask, strokes } = state.result;
  strokes.push(scaled(mask, mask.width, mask.height));
  if (strokes.length > MAX_STROKES) strokes.splice(1, 1); // the first stays: it is the server's
  $("undo").disabled = false;
  paintLine(place, place);
}

/** A line of the brush, soft at its rim, between two places (fractions of the photo's width and height). */
export function paintLine(from, to) {
  const { mask } = state.result;
  const { width, height } = mask;
  const context = mask.getContext("2d");
  const size = ($("size").value / 100) * Math.max(width, height);
  const value = chosen("brush");
  context.filter = `blur(${size / 12}px)`;
  context.strokeStyle = `rgb(${value} ${value} ${value})`;
  context.lineWidth = size;
  context.lineCap = "round";
  context.beginPath();
  context.moveTo(from.x * width, from.y * height);
  context.lineTo(to.x * width + 0.01, to.y * height); // a line without a length is not drawn
  context.stroke();
  context.filter = "none";
  showMask();
}

/** Take the last stroke back. */
export function undo() {
  const before = state.result.strokes.pop();
  state.result.mask.getContext("2d").drawImage(before, 0, 0);
  $("undo").disabled = !state.result.strokes.length;
  if ($("undo").disabled) $("paint").focus();
  showMask();
}

export function tellBrushSize() {
  $("size").setAttribute("aria-valuetext", `${$("size").value} % of the photo`);
}

/** Show the photo by the mask as it is now. */
function showMask() {
  const { photo, result } = state;
  result.subject = cutOut(photo.picture, result.mask);
  result.made.clear();
  result.gentle = false; // the user has seen to it
  tellDoubt();
  drawOverlay("mask", result.mask);
  composeSoon();
}
