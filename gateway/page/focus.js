// What is in focus: what Focal finds by itself, or what lies under points; and as options of the API.

import { readAnswer } from "./answer.js";
import { post } from "./api.js";
import { encoded, gridOf } from "./canvas.js";
import { showProgress } from "./messages.js";
import { copyOf } from "./picture.js";
import { deepest, inside } from "./places.js";
import { isGentle } from "./preview.js";
import { showResult } from "./result.js";
import { attempt, mayLeave } from "./screens.js";
import { blurOptions, fileKey, focusOptions, settingsKey, viewOptions } from "./settings.js";
import { chosen, maskState, state } from "./state.js";

const SIDE = 64; // of the square grid on which a place within the subject is looked for
const DEFAULT_QUALITY = "90"; // of the API

/** Show the photo with something else in focus, if the user agrees to leave what was painted. Returns a problem. */
export async function focusOn(focus) {
  return (await mayLeave()) && show(focus, [...state.trail.slice(0, state.at + 1), focus]);
}

/** Go back to what was in focus before, -1, or on again, 1. */
export async function stepFocus(by) {
  const focus = state.trail[state.at + by];
  if (focus && (await mayLeave())) await show(focus, state.trail, state.at + by);
}

async function show(focus, trail, at = trail.length - 1) {
  const { photo } = state;
  const accept = (result) => {
    Object.assign(state, { trail, at, focus: null });
    showResult(result);
  };
  const known = state.results.get(JSON.stringify(focus));
  if (known) return accept(known);
  return attempt(async () => {
    const result = await ask(photo, focus);
    if (state.photo !== photo) return;
    state.results.set(JSON.stringify(focus), result);
    accept(result);
  });
}

/** What the server says of a photo for a focus: of the whole one at first, of a copy from then on. */
async function ask(photo, focus) {
  const file = state.result ? await copyOf(photo) : photo.file;
  const isWhole = file === photo.file;
  let result = null;
  while (!result && state.photo === photo) {
    const options = { ...focusOptions(focus), ...blurOptions() };
    if (!isWhole || !photo.picture) Object.assign(options, viewOptions(isWhole));
    if (state.result) options.fields = "class,probability,blurredImage,maskImage"; // the saliency stays the same
    if (!photo.picture) options.strength = 0; // brings back the photo itself, upright: this browser cannot decode it
    const key = { settings: settingsKey(), file: fileKey(0, "image/jpeg", DEFAULT_QUALITY) };
    const finished = await post("./", file, options, "application/json", showProgress);
    result = await readAnswer(finished, focus, key, isWhole);
  }
  return result;
}

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

/** The mask as it is; nothing is looked for again. */
export const maskOptions = async ({ saved, maskFile, label, probability }) => ({
  maskImage: maskState() ? await encoded(saved, "image/png") : maskFile,
  class: label,
  probability,
});

/** What was painted, or found in a copy, as the mask; else what was picked. */
export const subjectOptions = async (result) =>
  maskState() || !result.isWhole ? maskOptions(result) : focusOptions(result.focus);

/** The blur held back, and all of the background blurred alike, where it is shown so: the server might judge otherwise. */
export const shownOptions = ({ depth }) => ({
  fallback: isGentle() ? "always" : "never",
  ...(depth === "flat" && { depth }),
});
