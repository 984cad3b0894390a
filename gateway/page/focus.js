// What is in focus: what Focal finds by itself, or what lies under points.

import { readAnswer } from "./answer.js";
import { post } from "./api.js";
import { attempt } from "./attempt.js";
import { mayLeave } from "./leave.js";
import { showProgress } from "./progress.js";
import { showResult } from "./result.js";
import { blurOptions, fileKey, focusOptions, settingsKey } from "./settings.js";
import { copyOf, state } from "./state.js";

const DEFAULT_QUALITY = "90"; // of the API
const PICTURE_QUALITY = 97; // of a photo that is shown, and blurred, here

/** Show the photo with something else in focus, if the user agrees to leave what was painted. */
export async function focusOn(focus) {
  if (await mayLeave()) await show(focus, [...state.trail.slice(0, state.at + 1), focus]);
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
  await attempt(async () => {
    const result = await ask(photo, focus);
    if (state.photo !== photo) return;
    state.results.set(JSON.stringify(focus), result);
    accept(result);
  });
}

/** What the server says of a photo for a focus: of the whole one at first, of a copy from then on. */
async function ask(photo, focus) {
  const file = state.result ? await copyOf(photo) : photo.file;
  let result = null;
  while (!result && state.photo === photo) {
    // Strength 0 brings back the photo itself, upright, where this browser cannot decode it.
    const raw = photo.picture ? {} : { strength: 0, quality: PICTURE_QUALITY };
    const fields = state.result ? "class,probability,blurredImage,maskImage" : undefined; // the saliency stays the same
    const options = { ...focusOptions(focus), ...blurOptions(), ...raw, fields };
    const key = { settings: settingsKey(), file: fileKey(0, "image/jpeg", DEFAULT_QUALITY) };
    const finished = await post("./", file, options, "application/json", showProgress);
    result = await readAnswer(finished, focus, key, file === photo.file);
  }
  return result;
}
