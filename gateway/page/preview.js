// The photo as the settings make it, drawn onto the "after" canvas.

import { aside } from "./api.js";
import { cutOut } from "./background.js";
import { alphaOf, canvasOf, pixelsOf, whole } from "./canvas.js";
import { gridFor } from "./cells.js";
import { litOf } from "./picture.js";
import { bokeh, drawBackdrop, isByDepth, output, settingsKey, strength } from "./settings.js";
import { $, maskState, state } from "./state.js";

const REST_MS = 200; // between strokes, before the background follows: that takes longer than a frame
const GENTLE = 1 / 3; // of the strength: the server's own, where it doubts its mask (handler/focal/blur/fallback.py)

/** Whether the blur is only a little, because Focal doubts its mask and nobody has said otherwise. */
export const isGentle = () => state.result.gentle && !state.fully && maskState() === 0;

let onDraft = () => {};

/** Have a function called whenever what was composed is but a draft: the page knows no depth. */
export const whenDraft = (act) => (onDraft = act);

/** Draw the photo as the settings make it: the server's picture if it made just this one, else our own.
 *
 * Of our own, the last is drawn until the next is made, and what is there until the first is.
 */
export function compose() {
  const { photo, result } = state;
  const { parts } = result;
  const after = $("after");
  const { width, height } = photo.picture;
  const isNew = after.width !== width || after.height !== height;
  if (isNew) Object.assign(after, { width, height });
  const context = after.getContext("2d");
  const made = output() === "blurred" && result.made.get(settingsKey(maskState()));
  if (made) context.drawImage(made, 0, 0);
  else if (parts || output() === "mask") lay(context, parts, whole(after));
  else if (isNew) context.drawImage(photo.picture, 0, 0);
  if (!made && parts?.key !== keyOf(photo)) return make();
  const isDraft = !made && parts.background && output() === "blurred" && isByDepth(result);
  tellPreview(isDraft ? "draft" : "final");
  if (isDraft) onDraft();
}

/** Say how the photo is shown: "final", a "draft", or while the next is made, "pending". */
const tellPreview = (how) => ($("stage").dataset.preview = how);

let frame = 0;
let timer = 0;
let isHeldBack = false;

/** Compose with the next frame, however often this is called before it. */
export function composeSoon() {
  holdBack();
  isHeldBack = false;
  tellPreview("pending");
  frame = requestAnimationFrame(() => state.result && compose());
}

export function composeAtRest() {
  holdBack();
  isHeldBack = false;
  timer = setTimeout(composeSoon, REST_MS);
}

/** Do not compose until it is asked for again. */
export function holdBack() {
  isHeldBack = true;
  clearTimeout(timer);
  cancelAnimationFrame(frame);
}

/** Draw a rectangle anew while its mask changes. The background stays as it was until the change is settled. */
export function composePart(area) {
  const { photo, result } = state;
  if (!result.parts) return; // it is on its way
  cutOutPart(photo, result, area);
  const context = $("after").getContext("2d");
  context.save();
  context.beginPath();
  context.rect(area.x, area.y, area.width, area.height);
  context.clip();
  lay(context, result.parts, area);
  context.restore();
}

/** Have what a first stroke needs at hand. */
export function preparePainting() {
  if (!state.result.parts) make();
}

function lay(context, parts, { x, y, width, height }) {
  const { photo, result } = state;
  const copy = (picture) => context.drawImage(picture, x, y, width, height, x, y, width, height);
  if (output() === "mask") return copy(result.mask);
  if (output() === "cutout") drawBackdrop(context);
  else if (parts.background) copy(parts.background);
  else return copy(photo.picture);
  copy(result.subject);
}

/** In pixels of the picture. */
const radiusIn = ({ picture: { width, height } }) => (strength() * (isGentle() ? GENTLE : 1) * Math.max(width, height)) / 2;

/** What our own picture is made by, as a key. */
const keyOf = (photo) => `${radiusIn(photo)} ${bokeh()} ${maskState()}`;

let isMaking = false;
let held = {}; // what the layers beside the page are of: {result, mask, factor}

/** Have our own picture made, and compose anew; what is asked for meanwhile is made after it. */
async function make() {
  tellPreview("pending");
  if (isMaking) return;
  isMaking = true;
  const { photo, result } = state;
  try {
    photo.pixels ??= pixelsOf(photo.picture);
    photo.litPixels ??= pixelsOf(await litOf(photo));
    if (state.result === result) await makeParts(photo, result);
  } finally {
    isMaking = false;
  }
  tellPreview("draft");
  if (state.result && !isHeldBack) compose();
}

/** Make a result's parts: its layers' colours and, null without a blur, its background; and cut its subject out. */
async function makeParts(photo, result) {
  const [key, radius, mask] = [keyOf(photo), radiusIn(photo), maskState()];
  const { width, height } = photo.pixels;
  const { factor } = gridFor(radius, photo.pixels);
  const isHeld = held.result === result && held.mask === mask && held.factor === factor;
  const given = isHeld ? null : { pixels: photo.litPixels, mask: alphaOf(result.saved) };
  const { background, layers } = await aside("blur", radius, bokeh(), { width, height }, given);
  held = { result, mask, factor };
  result.parts = { key, layers: layers ?? result.parts.layers, background: background && canvasOf(background, photo.pixels) };
  if (layers) cutOutPart(photo, result, whole(result.mask));
}

function cutOutPart({ pixels }, { mask, subject, parts }, area) {
  const cut = cutOut(pixels, alphaOf(mask, area), parts.layers, area);
  subject.getContext("2d").putImageData(new ImageData(cut, area.width), area.x, area.y);
}
