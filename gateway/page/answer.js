// The server's answer -> a result: what the page shows of the photo for one focus.

import { decode, jsonOf } from "./api.js";
import { createCanvas, scaled, within } from "./canvas.js";
import { heatMap } from "./heat-map.js";
import { createHistory } from "./history.js";
import { drawBefore } from "./layers.js";
import { PREVIEW_PX } from "./preview.js";
import { state } from "./state.js";

const SALIENCY_PX = 320;

/** Read the answer of a finished request for a focus, asked for with settings of that key.
 *
 * A photo that the browser cannot open gets its picture from the answer. Null if the browser turned the photo otherwise
 * than the server: then the picture is dropped, and the photo is to be asked for as if the browser could not open it.
 */
export async function readAnswer(xhr, focus, key) {
  const { photo } = state;
  const answer = await jsonOf(xhr);
  const [blurred, mask, saliency] = await Promise.all(
    [answer.blurredImage, answer.maskImage, answer.unblurredMask].map(decode),
  );
  const made = new Map();
  if (!photo.picture) {
    photo.picture = within(blurred, PREVIEW_PX);
    drawBefore(photo.picture);
  } else if (!haveOneShape(photo.picture, mask)) {
    photo.picture = null;
    return null;
  } else {
    made.set(key, scaled(blurred, photo.picture.width, photo.picture.height));
  }
  const { width, height } = photo.picture;
  const [found, saved, painted] = [1, 2, 3].map(() => scaled(mask, width, height));
  return {
    focus,
    label: answer.class,
    probability: answer.probability,
    people: peopleIn(xhr),
    gentle: xhr.getResponseHeader("X-Focal-Fallback") === "gentle",
    found, // the server's mask
    saved, // the mask after the last edit
    mask: painted, // the mask, with the stroke that is under way
    history: createHistory(),
    subject: createCanvas(width, height), // the photo cut out by the mask; filled with
    parts: null, // see preview.js
    made, // the server's pictures of it, by the settings and the state of the mask that made them
    saliency: heatMap(within(saliency, SALIENCY_PX)),
  };
}

/** How many people the server saw in the picture; null if it did not look for them. */
function peopleIn(xhr) {
  const count = xhr.getResponseHeader("X-Focal-People");
  return count === null ? null : Number(count);
}

function haveOneShape(picture, other) {
  const [ratio, right] = [picture, other].map(({ width, height }) => width / height);
  return Math.abs(ratio - right) <= 0.02 * right;
}
