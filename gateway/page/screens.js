// What is on the screen: a view, what went wrong, and the question before something painted is lost.

import { cancel } from "./api.js";
import { $, ask } from "./elements.js";
import { isTooLarge, mayPass, sentenceFor, wantsKey } from "./messages.js";
import { hideProgress } from "./progress.js";
import { begin, maskState, state } from "./state.js";

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

export function showIntro() {
  cancel();
  begin(null);
  showScreen("intro");
  hideProgress();
  hideProblem();
  $("file").focus();
}

/** Say what went wrong, with the buttons that may help. */
export function showProblem(problem) {
  $("problem-text").textContent = sentenceFor(problem);
  $("shrink").hidden = !isTooLarge(problem) || !state.photo?.canShrink;
  $("retry").hidden = !mayPass(problem);
  $("key-form").hidden = !wantsKey(problem);
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
  else showIntro();
}

/** Whether there is painting that has not been downloaded. */
export function isPaintingAtRisk() {
  return state.result !== null && ![0, state.result.downloaded].includes(maskState());
}

/** Whether to go on: nothing is at risk, or the user says so. */
export async function mayLeave() {
  if (!isPaintingAtRisk()) return true;
  const dialog = $("leave-dialog");
  if (dialog.open) return false;
  return (await ask(dialog)) === "leave";
}
