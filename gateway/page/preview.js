// The photo as the settings make it, drawn onto the "after" canvas.

import { blurredBackground } from "./background.js";
import { cutOut } from "./canvas.js";
import { $ } from "./elements.js";
import { stateOf } from "./history.js";
import { bokeh, settingsKey, strength } from "./settings.js";
import { state } from "./state.js";

export const PREVIEW_PX = 1280; // longer side of what is composed here; the download is the server's, at full size
const REST_MS = 200; // between strokes, before the background follows: that takes longer than a frame
const GENTLE = 1 / 3; // of the strength: the server's own, where it doubts its mask (handler/focal/blur/fallback.py)

/** Whether the background is blurred only a little, because Focal doubts its mask and nobody has said otherwise. */
export const isGentle = ({ result, fully }) => result.gentle && !fully && stateOf(result.history) === 0;

/** Draw the photo as the settings make it: the server's picture if it made just this one, else our own. */
export function compose() {
  const { photo, result } = state;
  const after = $("after");
  const { width, height } = photo.picture;
  if (after.width !== width || after.height !== height) Object.assign(after, { width, height });
  const context = after.getContext("2d");
  context.imageSmoothingQuality = "high";
  const made = result.made.get(settingsKey(stateOf(result.history)));
  if (made) return context.drawImage(made, 0, 0);
  context.drawImage(backgroundOf(result), 0, 0, width, height);
  if (isBlurred()) context.drawImage(result.subject, 0, 0);
}

let frame = 0;
let timer = 0;

/** Compose with the next frame, however often this is called before it. */
export function composeSoon() {
  holdBack();
  frame = requestAnimationFrame(() => state.result && compose());
}

/** Compose once nothing has been painted for a while. */
export function composeAtRest() {
  holdBack();
  timer = setTimeout(composeSoon, REST_MS);
}

/** Do not compose until it is asked for again. */
export function holdBack() {
  clearTimeout(timer);
  cancelAnimationFrame(frame);
}

/** Draw a rectangle anew while its mask changes. The background stays as it was until the change is settled. */
export function composePart({ x, y, width, height }) {
  const { photo, result } = state;
  const context = $("after").getContext("2d");
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.drawImage(backgroundOf(result, { ofAnyMask: true }), 0, 0, photo.picture.width, photo.picture.height);
  context.drawImage(result.subject, x, y, width, height, x, y, width, height);
  context.restore();
}

/** Have the subject follow the mask in a rectangle. */
export const cutOutPart = (result, area) => cutOut(state.photo.picture, result.mask, area, result.subject);

/** Have the background at hand, before a first stroke needs it. */
export const prepareBackground = () => backgroundOf(state.result, { ofAnyMask: true });

const share = () => strength() * (isGentle(state) ? GENTLE : 1);

const isBlurred = () => share() * Math.max(state.photo.picture.width, state.photo.picture.height) >= 2;

/** The background alone, blurred: the one of the last settled mask, or the one that is there if it has this blur. */
function backgroundOf(result, { ofAnyMask = false } = {}) {
  const blur = `${share()} ${bokeh()}`;
  const mask = stateOf(result.history);
  const there = result.background;
  if (there?.blur === blur && (ofAnyMask || there.mask === mask)) return there.picture;
  const { picture } = state.photo;
  const blurred = isBlurred() ? blurredBackground(picture, result.saved, share(), bokeh()) : picture;
  result.background = { blur, mask, picture: blurred };
  return blurred;
}
