// Where the blur follows depth: the server's own preview, for the page knows no depth, and the plane in focus.

import { Problem, post } from "./api.js";
import { maskOptions, shownOptions, subjectOptions } from "./focus.js";
import { say, showProgress } from "./messages.js";
import { copyOf, resized, shownOfCopy } from "./picture.js";
import { inside } from "./places.js";
import { compose } from "./preview.js";
import { attempt } from "./screens.js";
import { blurOptions, settingsKey, tellSettings, viewOptions } from "./settings.js";
import { $, maskState, state } from "./state.js";

const REST_MS = 250; // after the last change
const NO_DEPTH = "With this mask, Focal cannot tell what is near and what is far; undo what you painted, or pick another subject.";

let timer = 0;
let asked = new AbortController();

/** Have the server's preview follow once nothing changes any more; until then, all of the background is blurred alike. */
export function refineAtRest() {
  clearTimeout(timer);
  asked.abort();
  timer = setTimeout(refine, REST_MS);
}

async function refine() {
  const { result } = state;
  if (!result || $("stage").dataset.preview !== "draft") return;
  const key = settingsKey(maskState());
  asked = new AbortController();
  const { signal } = asked;
  try {
    const { finished, isWhole } = await askForView(result, await subjectOptions(result), () => {}, signal);
    await keepMade(result, key, finished.response, isWhole);
  } catch {
    // The page's own preview stays: nobody asked for a better one.
  }
}

/** Focus on what is at a place (fractions of the photo's width and height). The subject stays what it is. */
export function focusAt(place) {
  const { result } = state;
  const { x, y } = inside(place);
  $("by-depth").checked = true;
  return attempt(async () => {
    // A point beside a mask says what is in focus, instead of what the subject is.
    const options = { focus: undefined, point: `${x},${y}`, ...(await maskOptions(result)) };
    const { finished, isWhole } = await askForView(result, options, showProgress).catch(explain);
    if (state.result !== result) return;
    state.focus = Number(finished.getResponseHeader("X-Focal-Focus"));
    $("focus").value = state.focus;
    tellSettings();
    await keepMade(result, settingsKey(maskState()), finished.response, isWhole);
    say(`In focus: ${$("focus-value").textContent}.`);
  });
}

/** A point is refused only where no depth is known, as that of the ground with a mask that was painted. */
function explain(problem) {
  throw problem.type === "InvalidOption" ? new Problem("NoDepth", NO_DEPTH) : problem;
}

/** Ask for a picture of a result that is shown here and not saved, of a copy if that will do. */
async function askForView(result, options, onProgress, signal) {
  const { photo } = state;
  const copy = await copyOf(photo);
  const isWhole = copy === photo.file;
  const all = { ...blurOptions(), ...shownOptions(result), ...viewOptions(isWhole, result), ...options };
  return { finished: await post("./", copy, all, "image/jpeg", onProgress, signal), isWhole };
}

/** Keep a file of the server's as what settings (a key, see settings.js) make of a result, and show it. */
async function keepMade(result, key, file, isWhole) {
  const { photo } = state;
  const made = await createImageBitmap(file);
  const kept = state.focus === null && result.saved; // a plane in focus that was moved may leave it blurred
  result.made.set(key, await (isWhole ? resized(made, photo.picture) : shownOfCopy(made, photo, kept, true)));
  if (state.result === result) compose();
}
