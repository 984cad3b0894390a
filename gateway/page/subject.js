// What is in focus and how it is blurred, as options of the API.

import { encoded } from "./canvas.js";
import { isGentle } from "./preview.js";
import { focusOptions } from "./settings.js";
import { maskState } from "./state.js";

/** The mask as it is; nothing is looked for again. */
export const maskOptions = async ({ saved, maskFile, label, probability }) => ({
  maskImage: maskState() ? await encoded(saved, "image/png") : maskFile,
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
