// The photo as the settings make it, drawn onto the "after" canvas.

import { blurred, cutOut, layersOf } from "./background.js";
import { alphaOf, canvasOf, pixelsOf, whole } from "./canvas.js";
import { enlarged, gridFor } from "./cells.js";
import { $ } from "./elements.js";
import { litOf } from "./picture.js";
import { bokeh, drawBackdrop, isByDepth, output, settingsKey, strength } from "./settings.js";
import { maskState, state } from "./state.js";

const REST_MS = 200; // between strokes, before the background follows: that takes longer than a frame
const LEAST_RADIUS = 0.5; // in pixels: below it the server leaves the photo as it is
const GENTLE = 1 / 3; // of the strength: the server's own, where it doubts its mask (handler/focal/blur/fallback.py)

/** Whether the blur is only a little, because Focal doubts its mask and nobody has said otherwise. */
export const isGentle = () => state.result.gentle && !state.fully && maskState() === 0;

let onDraft = () => {};

/** Have a function called whenever what was composed is but a draft: the page knows no depth. */
export const whenDraft = (act) => (onDraft = act);

/** Draw the photo as the settings make it: the server's picture if it made just this one, else our own. */
export function compose() {
  const { photo, result } = state;
  const after = $("after");
  const { width, height } = photo.picture;
  if (after.width !== width || after.height !== height) Object.assign(after, { width, height });
  const context = after.getContext("2d");
  const made = result.made.get(settingsKey(maskState()));
  const isMade = made !== undefined && output() === "blurred";
  const parts = isMade ? null : partsOf(result);
  if (isMade) context.drawImage(made, 0, 0);
  else lay(context, parts, whole(after));
  const isDraft = parts?.background && output() === "blurred" && isByDepth(result);
  $("stage").dataset.preview = isDraft ? "draft" : "final";
  if (isDraft) onDraft();
}

let frame = 0;
let timer = 0;

/** Compose with the next frame, however often this is called before it. */
export function composeSoon() {
  holdBack();
  frame = requestAnimationFrame(() => state.result && compose());
}

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
export function composePart(area) {
  const { result } = state;
  const parts = partsOf(result, { ofAnyMask: true });
  cutOutPart(result, parts.layers, area);
  const context = $("after").getContext("2d");
  context.save();
  context.beginPath();
  context.rect(area.x, area.y, area.width, area.height);
  context.clip();
  lay(context, parts, area);
  context.restore();
}

/** Have what a first stroke needs at hand. */
export const preparePainting = () => partsOf(state.result, { ofAnyMask: true });

const share = () => strength() * (isGentle() ? GENTLE : 1);

function lay(context, { background }, { x, y, width, height }) {
  const { photo, result } = state;
  const copy = (picture) => context.drawImage(picture, x, y, width, height, x, y, width, height);
  if (output() === "mask") return copy(result.mask);
  if (output() === "cutout") drawBackdrop(context);
  else if (background) copy(background);
  else return copy(photo.picture);
  copy(result.subject);
}

/** The layers of the last settled mask, or those that are there, and the background blurred, null without a blur. */
function partsOf(result, { ofAnyMask = false } = {}) {
  const { photo } = state;
  photo.pixels ??= pixelsOf(photo.picture);
  photo.litPixels ??= pixelsOf(litOf(photo));
  const radius = (share() * Math.max(photo.pixels.width, photo.pixels.height)) / 2;
  const mask = maskState();
  const { factor } = gridFor(radius, photo.pixels);
  const there = result.parts;
  const layersFit = there?.layers.grid.factor === factor && (ofAnyMask || there.mask === mask);
  const blur = `${radius} ${bokeh()}`;
  if (layersFit && there.blur === blur) return there;
  const layers = layersFit ? there.layers : layersOf(photo.litPixels, alphaOf(result.saved), radius);
  const background = radius < LEAST_RADIUS ? null : backgroundOf(layers, radius, photo.pixels);
  result.parts = { layers, background, blur, mask: layersFit ? there.mask : mask };
  if (!layersFit) cutOutPart(result, layers, whole(result.mask));
  return result.parts;
}

function backgroundOf(layers, radius, size) {
  const codes = enlarged(blurred(layers, radius, bokeh()), layers.grid, size);
  return canvasOf(new Uint8ClampedArray(codes), size);
}

function cutOutPart(result, layers, area) {
  const cut = cutOut(state.photo.pixels, alphaOf(result.mask, area), layers, area);
  result.subject.getContext("2d").putImageData(new ImageData(cut, area.width), area.x, area.y);
}
