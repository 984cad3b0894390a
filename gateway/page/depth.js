// Where the blur follows depth: the server's own preview, for the page knows no depth, and the plane in focus.

import { Problem } from "./api.js";
import { attempt } from "./attempt.js";
import { $ } from "./elements.js";
import { inside } from "./places.js";
import { say, showProgress } from "./progress.js";
import { settingsKey, tellSettings } from "./settings.js";
import { maskState, state } from "./state.js";
import { askForView, keepMade, maskOptions, subjectOptions } from "./subject.js";

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
