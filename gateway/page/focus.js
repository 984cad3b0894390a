// What is in focus: the likeliest class, another one, or what lies under a point.

import { readAnswer } from "./answer.js";
import { jsonOf, post } from "./api.js";
import { attempt } from "./attempt.js";
import { jpeg, within } from "./canvas.js";
import { fillChoices, hasChoices, markChoice } from "./choices.js";
import { $ } from "./elements.js";
import { say, showProgress } from "./progress.js";
import { showResult } from "./result.js";
import { blurOptions, settingsKey } from "./settings.js";
import { state } from "./state.js";

const PICTURE_QUALITY = 97; // of a photo that is shown, and blurred, here
const INSPECTION_PX = 1024; // longer side of the copy from which the likeliest classes are read

/** Show the photo with something in focus: {} the likeliest class, {target: index} another, {point: "x,y"} a place. */
export async function focusOn(focus) {
  const name = JSON.stringify(focus);
  const known = state.results.get(name);
  if (known) return showResult(known);
  const { photo } = state;
  await attempt(async () => {
    // Strength 0 brings back the photo itself, upright, where this browser cannot decode it.
    const options = { ...focus, ...blurOptions(), ...(photo.picture ? {} : { strength: 0, quality: PICTURE_QUALITY }) };
    const key = settingsKey();
    const finished = await post("/", photo.file, options, "application/json", showProgress);
    const result = await readAnswer(finished, focus, key);
    if (state.photo !== photo) return;
    if (!result) return focusOn(focus);
    state.results.set(name, result);
    showResult(result);
  });
}

/** List the five likeliest classes, once for each photo. */
export async function listClasses() {
  if (hasChoices()) return;
  $("others").open = false; // until there is something to show
  await attempt(async () => {
    const copy = await jpeg(within(state.photo.picture, INSPECTION_PX), 0.9);
    const finished = await post("/explanations/focal", copy, { quality: 70 }, "application/json", showProgress);
    await fillChoices((await jsonOf(finished)).explanations, focusOnClass);
    $("others").open = true;
    markChoice();
    say("Five classes to choose from.");
  });
}

function focusOnClass(found) {
  focusOn(found.class === state.results.get("{}")?.label ? {} : { target: found.index });
}
