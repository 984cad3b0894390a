// What is on the screen: a view, a step that talks to the server, what went wrong, and the question before something is lost.

import { cancel } from "./api.js";
import { hideProgress, isTooLarge, mayPass, say, sentenceFor, showProgress, wantsKey } from "./messages.js";
import { $, ask, begin, maskState, state, unsaved } from "./state.js";

/** Show the first view, "intro", the photo's, "studio", or that of several photos, "queue". */
export function showScreen(id) {
  if (id !== "intro") catchBack();
  if ($(id).hidden) scrollTo(0, 0);
  for (const screen of ["intro", "studio", "queue"]) $(screen).hidden = screen !== id;
  $("again").hidden = id === "intro";
}

/** Have the browser's Back lead to the view before this one, and not away from the page. */
export function catchBack() {
  if (!history.state) history.pushState("photo", "");
}

/** Have no photo in hand any more, and show another view than the photo's. */
export function leavePhoto(id) {
  cancel();
  begin(null);
  showScreen(id);
  hideProgress();
  hideProblem();
}

export function showIntro() {
  leavePhoto("intro");
  $("file").focus();
}

/** Say what went wrong, with the buttons that may help. */
export function showProblem(problem) {
  $("problem-text").textContent = sentenceFor(problem);
  $("shrink").hidden = !isTooLarge(problem) || !state.photo?.canShrink;
  $("retry").hidden = !mayPass(problem) || wantsKey(problem);
  $("key-form").hidden = !wantsKey(problem);
  $("dismiss").hidden = mayPass(problem) && !$("queue").hidden; // several photos that wait have no other way on
  $("key").value = "";
  $("problem").hidden = false;
  if (wantsKey(problem)) $("key").focus();
  else $("problem").querySelector("div > button:not([hidden])").focus();
}

export const hideProblem = () => ($("problem").hidden = true);

/** Close the bar: back to the result, if there is one. */
export function dismissProblem() {
  hideProblem();
  if (state.result) $("label").focus();
  else if ($("busy").hidden && $("queue").hidden) showIntro();
}

/** Whether there is painting, or with `all` also one of several photos, that has not been downloaded. */
export function isAtRisk(all) {
  const isPainted = state.result !== null && ![0, state.result.downloaded].includes(maskState());
  return isPainted || (all && unsaved.size > 0);
}

/** Whether to go on: nothing is at risk, or the user says so. */
export async function mayLeave(all = false) {
  if (!isAtRisk(all)) return true;
  const dialog = $("leave-dialog");
  if (dialog.open) return false;
  return (await ask(dialog)) === "leave";
}

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

/** Once for each problem: a second Enter may still come to a bar that has just been hidden. */
export const retry = () => $("problem").hidden || again();

/** Say what went wrong elsewhere than in a step, and what "Try again" then does. */
export function explain(problem, act) {
  again = act;
  showProblem(problem);
}

function leave() {
  say("Cancelled.");
  if (!state.result) showIntro();
}
