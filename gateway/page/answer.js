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
  const file = blobOf(answer.blurredImage);
  const [blurred, mask] = await Promise.all([file, blobOf(answer.maskImage)].map((image) => createImageBitmap(image)));
  if (isWhole) photo.hasDepth = xhr.getResponseHeader("X-Focal-Depth") === "photo";
  const made = new Map();
  const downloads = new Map();
  const shown = photo.picture && scaled(blurred, photo.picture.width, photo.picture.height);
  if (!shown) {
    photo.picture = within(blurred, PREVIEW_PX);
    drawBefore(photo.picture);
  } else if (!isOfShape(photo.picture, blurred) || !isTurnedAlike(greys(photo.picture), greys(shown), COMPARED_PX)) {
    photo.picture = null;
    return null;
  } else {
    made.set(key.settings, shown);
    if (isWhole) downloads.set(key.file, file);
  }
  const { width, height } = photo.picture;
  const found = scaled(mask, width, height);
  return {
    focus,
    isWhole, // whether it is of the whole photo
    label: answer.class,
    probability: answer.probability,
    people: peopleIn(xhr),
    depth: xhr.getResponseHeader("X-Focal-Depth") ?? "flat", // where the server has it from
    disparity: Number(xhr.getResponseHeader("X-Focal-Focus") ?? 0), // of what is in focus
    gentle: xhr.getResponseHeader("X-Focal-Fallback") === "gentle",
    found, // the server's mask
    saved: scaled(found, width, height), // the mask after the last edit
    mask: scaled(found, width, height), // the mask, with the stroke that is under way
    history: createHistory(),
    subject: createCanvas(width, height), // the photo cut out by the mask; filled with
    parts: null, // see preview.js
    made, // the server's pictures of it, by the settings and the state of the mask that made them
    files: downloads, // the same at full size, by all that they were asked for with
    downloaded: 0, // the state of the mask of which there is a download
    saliency: answer.unblurredMask ? await saliencyOf(blobOf(answer.unblurredMask)) : state.result.saliency,
  };
}

/** The saliency map, grey and in colours. */
async function saliencyOf(file) {
  const grey = within(await createImageBitmap(file), SALIENCY_PX);
  return { grey, colours: heatMap(within(grey, SALIENCY_PX)) };
}

/** How many people the server saw in the picture; null if it did not look for them. */
function peopleIn(xhr) {
  const count = xhr.getResponseHeader("X-Focal-People");
  return count === null ? null : Number(count);
}

/** Whether a picture has the shape of the server's. */
function isOfShape(picture, other) {
  const [ratio, right] = [picture, other].map(({ width, height }) => width / height);
  return Math.abs(ratio - right) <= 0.02 * right;
}

const greys = (picture) => alphaOf(scaled(picture, COMPARED_PX, COMPARED_PX));
