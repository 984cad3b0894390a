// What the page is doing: words for a screen reader, and the progress of a request over the photo.

import { $ } from "./elements.js";
import { percent } from "./messages.js";

/** Have a screen reader say something. `step` names a step of a request, which is said once. */
export function say(text, step = "") {
  $("status").textContent = text;
  $("status").dataset.step = step;
}

/** Show how far a step of a request is, 0 to 1, or only that it is under way. */
export function showProgress(step, share) {
  $("busy").hidden = false;
  $("busy-text").textContent = share === undefined ? `${step} …` : `${step} ${percent(share)}`;
  if (share === undefined) $("bar").removeAttribute("value");
  else $("bar").value = share;
  if ($("status").dataset.step !== step) say(step, step);
  if (document.activeElement === document.body) $("cancel").focus();
}

export const hideProgress = () => ($("busy").hidden = true);
