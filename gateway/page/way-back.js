// The ways back from a photo: to the view of several, to the first one, and the browser's own, which leads to either.

import { $ } from "./elements.js";
import { leaveQueue } from "./queue.js";
import { catchBack, leavePhoto, mayLeave, showIntro } from "./screens.js";

export async function backToQueue() {
  if (await mayLeave()) leavePhoto("queue");
}

export async function backToIntro() {
  if (!(await mayLeave(true))) return;
  leaveQueue();
  showIntro();
}

/** What the browser's Back does. It is caught again at once, before anybody has answered. */
export function followBrowser({ state: isForward }) {
  if (isForward) return;
  if (!$("intro").hidden) return history.back();
  catchBack();
  if ($("queue").hidden && !$("back").hidden) backToQueue();
  else backToIntro();
}
