// Pick the subject by clicks: one thing alone, another one with it, or without it.

import { pixelsOf, scaled } from "./canvas.js";
import { chosen } from "./elements.js";
import { focusOn } from "./focus.js";
import { inside } from "./places.js";
import { state } from "./state.js";

const GRID_PX = 24; // side of the small mask in which a place within the subject is looked for

/** Pick what is at a place (fractions of the photo's width and height): as the buttons say, or Shift and Alt. */
export function pick(place, { shiftKey, altKey } = {}) {
  const how = altKey ? "remove" : shiftKey ? "add" : chosen("pick");
  const point = { ...inside(place), keep: how !== "remove" };
  return focusOn({ points: how === "only" ? [point] : [...pointsSoFar(how === "add"), point] });
}

/** The points of the subject in hand; of one that was not picked, where it is thickest if it is to be kept. */
function pointsSoFar(isKept) {
  const { focus, saved } = state.result;
  if (focus.points) return focus.points;
  return isKept ? [{ ...middleOf(saved), keep: true }] : [];
}

/** The brightest place of a mask, made so small that it lies well within. */
function middleOf(mask) {
  const { data } = pixelsOf(scaled(mask, GRID_PX, GRID_PX));
  let best = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i] > data[best]) best = i;
  const cell = best / 4;
  return inside({ x: ((cell % GRID_PX) + 0.5) / GRID_PX, y: (Math.floor(cell / GRID_PX) + 0.5) / GRID_PX });
}
