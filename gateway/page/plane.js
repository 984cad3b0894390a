// The plane in focus: what lies at a place of the photo, where the server knows how far things are.

import { Problem, post } from "./api.js";
import { attempt } from "./attempt.js";
import { $ } from "./elements.js";
import { stateOf } from "./history.js";
import { inside } from "./places.js";
import { say, showProgress } from "./progress.js";
import { blurOptions, settingsKey, tellSettings } from "./settings.js";
import { copyOf, state } from "./state.js";
import { keepMade, maskOptions, shownOptions } from "./subject.js";

const QUALITY = 98;
const NO_DEPTH = "With this mask, Focal cannot tell what is near and what is far; undo what you painted, or pick another subject.";

/** Focus on what is at a place (fractions of the photo's width and height). The subject stays what it is. */
export function focusAt(place) {
  const { photo, result } = state;
  const { x, y } = inside(place);
  $("by-depth").checked = true;
  return attempt(async () => {
    // A point beside a mask says what is in focus, instead of what the subject is.
    const options = {
      ...blurOptions(),
      focus: undefined,
      point: `${x},${y}`,
      ...(await maskOptions(result)),
      ...shownOptions(result),
      quality: QUALITY,
    };
    const finished = await post("./", await copyOf(photo), options, "image/jpeg", showProgress).catch(explain);
    if (state.result !== result) return;
    state.focus = Number(finished.getResponseHeader("X-Focal-Focus"));
    $("focus").value = state.focus;
    tellSettings();
    await keepMade(result, settingsKey(stateOf(result.history)), finished.response);
    say(`In focus: ${$("focus-value").textContent}.`);
  });
}

/** A point is refused only where no depth is known, as that of the ground with a mask that was painted. */
function explain(problem) {
  throw problem.type === "InvalidOption" ? new Problem("NoDepth", NO_DEPTH) : problem;
}
