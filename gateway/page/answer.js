// The server's answer -> a result: what the page shows of the photo for one focus. Not all browsers turn it as the server.

import { blobOf, jsonOf } from "./api.js";
import { createCanvas, gridOf, recolour, scaled, within } from "./canvas.js";
import { drawBefore, heatMap } from "./layers.js";
import { openAs, resized, shownOfCopy } from "./picture.js";
import { createHistory, state } from "./state.js";

const SALIENCY_PX = 320;
const COMPARED_PX = 48; // side to which pictures are reduced to be compared
const NOISE = 6; // of JPEG around black and white (handler/focal/photo/client_mask.py)

/** Read the answer of a finished request for a focus, of the whole photo or a copy. key: {settings, file}, see settings.js
 *
 * A photo that the browser cannot open gets its picture from the answer. Null if the browser turned it otherwise than the
 * server: then the picture is dropped, and the photo is to be asked for once more.
 */
export async function readAnswer(xhr, focus, key, isWhole) {
  const { photo } = state;
  const answer = await jsonOf(xhr);
  const [file, maskFile] = [answer.blurredImage, answer.maskImage].map(blobOf);
  const [blurred, mask] = await Promise.all([file, maskFile].map((image) => createImageBitmap(image)));
  const header = (name) => xhr.getResponseHeader(`X-Focal-${name}`);
  if (isWhole) photo.hasDepth = header("Depth") === "photo";
  const depth = header("Depth") ?? "flat";
  const made = new Map();
  const files = new Map();
  if (!photo.picture) {
    await openAs(photo, blurred);
    drawBefore(photo.picture);
  } else if (isWhole) {
    const shown = await resized(blurred, photo.picture);
    if (!isOfShape(photo.picture, blurred) || !isTurnedAlike(gridOf(photo.picture, COMPARED_PX), gridOf(shown, COMPARED_PX), COMPARED_PX)) {
      photo.picture = null;
      return null;
    }
    made.set(key.settings, shown);
    files.set(key.file, file);
  }
  const { width, height } = photo.picture;
  const found = recolour(scaled(mask, width, height), withoutNoise);
  if (!isWhole) made.set(key.settings, await shownOfCopy(blurred, photo, found, depth !== "flat"));
  return {
    focus,
    isWhole, // whether it is of the whole photo
    label: answer.class,
    probability: answer.probability,
    people: header("People") && Number(header("People")), // how many the server saw; null if it did not look
    depth, // where the server has it from
    disparity: Number(header("Focus") ?? 0), // of what is in focus
    gentle: header("Fallback") === "gentle",
    maskFile, // the server's mask
    found, // as a canvas
    saved: scaled(found, width, height), // the mask after the last edit
    mask: scaled(found, width, height), // the mask, with the stroke that is under way
    history: createHistory(),
    subject: createCanvas(width, height), // the photo cut out by the mask; filled with
    parts: null, // see preview.js
    made, // the server's pictures of it, by key.settings
    files, // and of the whole photo, by key.file
    downloaded: null, // the state of the mask of which there is a download
    saliency: answer.unblurredMask ? await saliencyOf(blobOf(answer.unblurredMask)) : state.result.saliency,
  };
}

async function saliencyOf(file) {
  const grey = within(await createImageBitmap(file), SALIENCY_PX);
  return { grey, colours: heatMap(within(grey, SALIENCY_PX)) };
}

/** A grey of a mask [r, g, b, a] without what JPEG adds to it. */
function withoutNoise(value) {
  const clean = value <= NOISE ? 0 : value >= 255 - NOISE ? 255 : value;
  return [clean, clean, clean, 255];
}

function isOfShape(picture, other) {
  const [ratio, right] = [picture, other].map(({ width, height }) => width / height);
  return Math.abs(ratio - right) <= 0.02 * right;
}

const CLEARLY = 0.8; // of the error as it is: with less, the photo must have been turned
const LEAST = 1; // code value of mean error below which a picture is too even to tell

/** Whether a square picture is like another as it is, rather than turned or mirrored.
 *
 * ours, theirs: grey values (size · size). The other may be blurred in parts.
 */
export function isTurnedAlike(ours, theirs, size) {
  const last = size - 1;
  // Three bits: mirrored one way, the other way, and along the diagonal.
  const [asItIs, ...turned] = [0, 1, 2, 3, 4, 5, 6, 7].map((turn) => {
    let sum = 0;
    theirs.forEach((value, i) => {
      let [column, row] = [i % size, Math.floor(i / size)];
      if (turn & 1) column = last - column;
      if (turn & 2) row = last - row;
      sum += Math.abs(value - ours[turn & 4 ? column * size + row : row * size + column]);
    });
    return sum / size ** 2;
  });
  return asItIs < LEAST || Math.min(...turned) >= CLEARLY * asItIs;
}

/** Whether a file is a WebP with EXIF, in whose orientation browsers differ: VP8X is its first chunk, flags at 20. */
export function mayBeTurned(bytes) {
  const text = String.fromCharCode(...bytes.slice(0, 16));
  return text.startsWith("RIFF") && text.endsWith("WEBPVP8X") && (bytes[20] & 0x08) !== 0;
}
