// What is in focus, as options of the API, and the server's own pictures of it.

import { post } from "./api.js";
import { encoded, scaled } from "./canvas.js";
import { shownOfCopy } from "./picture.js";
import { compose, isGentle } from "./preview.js";
import { blurOptions, focusOptions, viewOptions } from "./settings.js";
import { copyOf, maskState, state } from "./state.js";

/** The mask as it is; nothing is looked for again. */
export const maskOptions = async ({ saved, label, probability }) => ({
  maskImage: await encoded(saved, "image/png"),
  class: label,
  probability,
});

/** What was painted, or found in a copy, as the mask; else what was picked. */
export const subjectOptions = async (result) =>
  maskState() || !result.isWhole ? maskOptions(result) : focusOptions(result.focus);

/** The blur held back, and all of the background blurred alike, where it is shown so: the server might judge otherwise. */
export const shownOptions = ({ depth }) => ({
  fallback: isGentle() ? "always" : "never",
  ...(depth === "flat" && { depth }),
});

/** Ask for a picture of a result that is shown here and not saved, of a copy if that will do. See `post`. */
export async function askForView(result, options, onProgress, signal) {
  const { photo } = state;
  const copy = await copyOf(photo);
  const isWhole = copy === photo.file;
  const all = { ...blurOptions(), ...shownOptions(result), ...viewOptions(isWhole, result), ...options };
  return { finished: await post("./", copy, all, "image/jpeg", onProgress, signal), isWhole };
}

/** Keep a file of the server's as what settings (a key, see settings.js) make of a result, and show it. */
export async function keepMade(result, key, file, isWhole = true) {
  const { photo } = state;
  const { width, height } = photo.picture;
  const made = await createImageBitmap(file);
  const isKeptSharp = !isWhole && state.focus === null;
  result.made.set(key, isKeptSharp ? shownOfCopy(made, photo, result.saved) : scaled(made, width, height));
  if (state.result === result) compose();
}
