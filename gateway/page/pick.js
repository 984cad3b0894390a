// Pick the subject by clicks: one thing alone, another one with it, or without it.

import { gridOf } from "./canvas.js";
import { chosen } from "./elements.js";
import { focusOn } from "./focus.js";
import { deepest, inside } from "./places.js";
import { state } from "./state.js";

const SIDE = 64; // of the square grid on which a place within the subject is looked for

/** Pick what is at a place (fractions of the photo's width and height): as the buttons say, or Shift and Alt. */
export function pick(place, { shiftKey, altKey } = {}) {
  const how = altKey ? "remove" : shiftKey ? "add" : chosen("pick");
  const point = { ...inside(place), keep: how !== "remove" };
  return focusOn({ points: how === "only" ? [point] : [...pointsSoFar(how === "add"), point] });
}

/** The points of the subject in hand; of one that was not picked, the place deepest within it, if it is to be kept. */
function pointsSoFar(isKept) {
  const { focus, saved } = state.result;
  if (focus.points || !isKept) return focus.points ?? [];
  const subject = gridOf(saved, SIDE).map((alpha) => alpha > 127);
  const place = deepest(subject, subject, SIDE);
  return place ? [{ ...inside(place), keep: true }] : [];
}
