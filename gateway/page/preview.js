// The photo as the settings make it, drawn onto the "after" canvas.

import { blurredBackground } from "./background.js";
import { $ } from "./elements.js";
import { bokeh, settingsKey, strength } from "./settings.js";
import { state } from "./state.js";

export const PREVIEW_PX = 1280; // longer side of what is composed here; the download is the server's, at full size
const GENTLE = 1 / 3; // of the strength: the server's own, where it doubts its mask (handler/focal/blur/fallback.py)

/** Draw the photo as the settings make it: the server's picture if it made just this one, else our own. */
export function compose() {
  const { photo, result, fully } = state;
  const share = strength() * (result.gentle && !fully ? GENTLE : 1);
  const after = $("after");
  const { width, height } = photo.picture;
  if (after.width !== width || after.height !== height) Object.assign(after, { width, height });
  const context = after.getContext("2d");
  context.imageSmoothingQuality = "high";
  const made = result.made.get(settingsKey());
  if (made || share * Math.max(width, height) < 2) {
    context.drawImage(made ?? photo.picture, 0, 0);
    return;
  }
  context.drawImage(blurredBackground(photo.picture, result.mask, share, bokeh()), 0, 0, width, height);
  context.drawImage(result.subject, 0, 0);
}

let frame = 0;

/** Compose with the next frame, however often this is called before it. */
export function composeSoon() {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => state.result && compose());
}
