// A step that talks to the server: with progress, cancel, an explanation if it fails, and "Try again".

import { hideProgress, say, showProgress } from "./progress.js";
import { hideProblem, showIntro, showProblem, showScreen } from "./screens.js";
import { state } from "./state.js";

let again = null; // what "Try again" does

/** Run a step. A Problem that it rejects with is shown and returned, unless another photo has come. */
export async function attempt(step) {
  const { photo } = state;
  again = () => attempt(step);
  hideProblem();
  showScreen("studio");
  showProgress("Uploading", 0);
  try {
    await step();
    if (state.photo === photo) hideProgress();
  } catch (problem) {
    if (state.photo !== photo) return;
    hideProgress();
    if (!photo.picture) showScreen("intro");
    if (problem.type === "Cancelled") leave();
    else showProblem(problem);
    return problem;
  }
}

export const retry = () => again();

/** Say what went wrong elsewhere than in a step, and what "Try again" then does. */
export function explain(problem, act) {
  again = act;
  showProblem(problem);
}

function leave() {
  say("Cancelled.");
  if (!state.result) showIntro();
}
