// What is in focus, as options of the API, and the server's own pictures of it.

import { encoded, scaled } from "./canvas.js";
import { stateOf } from "./history.js";
import { compose, isGentle } from "./preview.js";
import { focusOptions } from "./settings.js";
import { state } from "./state.js";

/** The mask as it is; nothing is looked for again. */
export const maskOptions = async ({ saved, label, probability }) => ({
  maskImage: await encoded(saved, "image/png"),
  class: label,
  probability,
});

/** What was painted, or found in a copy, as the mask; else what was picked. */
export const subjectOptions = async (result) =>
  stateOf(result.history) || !result.isWhole ? maskOptions(result) : focusOptions(result.focus);

/** Whether the blur is held back, and all of the background blurred alike, as it is shown: of a copy, the whole photo or a
 * painted mask, the server might judge otherwise.
 */
export const shownOptions = ({ depth }) => ({
  fallback: isGentle(state) ? "always" : "never",
  ...(depth === "flat" && { depth }),
});

/** Keep a picture of the server's, a file, as what settings (a key, settings.js) make of a result, and show it. */
export async function keepMade(result, key, file) {
  const { width, height } = state.photo.picture;
  result.made.set(key, scaled(await createImageBitmap(file), width, height));
  if (state.result === result) compose();
}
