// What is in focus: what Focal finds by itself, another class, or what lies under points.

import { readAnswer } from "./answer.js";
import { blobOf, jsonOf, post } from "./api.js";
import { attempt } from "./attempt.js";
import { jpeg, within } from "./canvas.js";
import { distinctMasks, fillChoices, hasChoices, markChoice } from "./choices.js";
import { $ } from "./elements.js";
import { mayLeave } from "./leave.js";
import { title } from "./messages.js";
import { say, showProgress } from "./progress.js";
import { showResult } from "./result.js";
import { blurOptions, fileKey, focusOptions, settingsKey } from "./settings.js";
import { copyOf, state } from "./state.js";

const DEFAULT_QUALITY = "90"; // of the API
const PICTURE_QUALITY = 97; // of a photo that is shown, and blurred, here
const CHOICE_QUALITY = 0.95;
const CHOICE_PX = 512; // longer side of the copy from which other subjects are read

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
    const options = { ...focusOptions(focus), ...blurOptions(), ...raw };
    const key = { settings: settingsKey(), file: fileKey(0, "image/jpeg", DEFAULT_QUALITY) };
    const finished = await post("./", file, options, "application/json", showProgress);
    result = await readAnswer(finished, focus, key, file === photo.file);
  }
  return result;
}

/** List what else may be kept, once for each photo: the subjects of other classes, as far as their masks differ. */
export async function listChoices() {
  if (hasChoices()) return;
  $("others").open = false; // until there is something to show
  const { photo, result } = state;
  await attempt(async () => {
    const copy = await jpeg(within(photo.picture, CHOICE_PX), CHOICE_QUALITY);
    const asked = async (path, options) => jsonOf(await post(path, copy, options, "application/json", showProgress));
    const { explanations } = await asked("explanations/focal", { quality: 70 });
    const first = state.results.get("{}") ?? result;
    const found = [{ focus: {}, name: "Automatic", mask: within(first.found, CHOICE_PX) }];
    for (const { class: label, index } of explanations.filter(({ class: label }) => label !== first.label)) {
      const { maskImage } = await asked("./", { target: index });
      found.push({ focus: { target: index }, name: title(label), mask: await createImageBitmap(blobOf(maskImage)) });
    }
    if (state.photo !== photo) return;
    fillChoices(photo.picture, distinctMasks(found), focusOn);
    $("others").open = true;
    markChoice();
    say($("no-choice").hidden ? "There are choices." : $("no-choice").textContent);
  });
}
