// The server's answer -> a result: what the page shows of the photo for one focus.

import { blobOf, jsonOf } from "./api.js";
import { alphaOf, createCanvas, scaled, within } from "./canvas.js";
import { heatMap } from "./heat-map.js";
import { createHistory } from "./history.js";
import { drawBefore } from "./layers.js";
import { PREVIEW_PX } from "./preview.js";
import { state } from "./state.js";
import { isTurnedAlike } from "./turns.js";

const SALIENCY_PX = 320;
const COMPARED_PX = 48; // side to which pictures are reduced to be compared

/** Read the answer of a finished request for a focus, of the whole photo or a copy. key: {settings, file}, see settings.js
 *
 * A photo that the browser cannot open gets its picture from the answer. Null if the browser turned the photo otherwise
 * than the server: then the picture is dropped, and the photo is to be asked for as if the browser could not open it.
 */
export async function readAnswer(xhr, focus, key, isWhole) {
  const { photo } = state;
  const answer = await jsonOf(xhr);
  const files = [answer.blurredImage, answer.maskImage, answer.unblurredMask].map(blobOf);
  const [blurred, mask, saliency] = await Promise.all(files.map((file) => createImageBitmap(file)));
  if (isWhole) photo.hasDepth = xhr.getResponseHeader("X-Focal-Depth") === "photo";
  const made = new Map();
  const downloads = new Map();
  if (!photo.picture) {
    photo.picture = within(blurred, PREVIEW_PX);
    drawBefore(photo.picture);
  } else if (!isAlike(photo.picture, blurred)) {
    photo.picture = null;
    return null;
  } else {
    made.set(key.settings, scaled(blurred, photo.picture.width, photo.picture.height));
    if (isWhole) downloads.set(key.file, files[0]);
  }
  const { width, height } = photo.picture;
  const [found, saved, painted] = [1, 2, 3].map(() => scaled(mask, width, height));
  return {
    focus,
    label: answer.class,
    probability: answer.probability,
    people: peopleIn(xhr),
    depth: xhr.getResponseHeader("X-Focal-Depth") ?? "flat", // where the server has it from
    disparity: Number(xhr.getResponseHeader("X-Focal-Focus") ?? 0), // of what is in focus
    gentle: xhr.getResponseHeader("X-Focal-Fallback") === "gentle",
    found, // the server's mask
    saved, // the mask after the last edit
    mask: painted, // the mask, with the stroke that is under way
    history: createHistory(),
    subject: createCanvas(width, height), // the photo cut out by the mask; filled with
    parts: null, // see preview.js
    made, // the server's pictures of it, by the settings and the state of the mask that made them
    files: downloads, // the same at full size, by all that they were asked for with
    isWhole, // whether it was seen on the whole photo
    downloaded: 0, // the state of the mask of which there is a download
    saliency: heatMap(within(saliency, SALIENCY_PX)),
  };
}

/** How many people the server saw in the picture; null if it did not look for them. */
function peopleIn(xhr) {
  const count = xhr.getResponseHeader("X-Focal-People");
  return count === null ? null : Number(count);
}

/** Whether a picture has the shape of the server's and is turned as that is. */
function isAlike(picture, other) {
  const [ratio, right] = [picture, other].map(({ width, height }) => width / height);
  if (Math.abs(ratio - right) > 0.02 * right) return false;
  const [ours, theirs] = [picture, other].map((shown) => alphaOf(scaled(shown, COMPARED_PX, COMPARED_PX)));
  return isTurnedAlike(ours, theirs, COMPARED_PX);
}
