// Take a photo: open it, ask about its size if it is large, and have the server find its subject.

import { mayBeTurned } from "./answer.js";
import { cancel } from "./api.js";
import { jpeg, within } from "./canvas.js";
import { clearChoices } from "./choices.js";
import { focusOn } from "./focus.js";
import { clearLayers, drawBefore, fade, zoomOut } from "./layers.js";
import { flawOf, isNoPhoto } from "./messages.js";
import { PREVIEW_PX, litOf, openAs } from "./picture.js";
import { showResult } from "./result.js";
import { hideProblem, retry, showProblem, showScreen } from "./screens.js";
import { $, ask, begin, state } from "./state.js";
import { takeTool } from "./tools.js";

const LARGE_PIXELS = 24e6; // from here on, ask whether to scale down
const LARGE_BYTES = 12e6;
const SMALLER_PIXELS = 12e6;
const SHOWN_MS = 1000; // for so long the first picture is shown before the photo's light is read

let latest; // what was chosen last; one that is still being opened gives way to it

/** Take a file as the photo in hand; without one, await none any more. */
export async function take(file) {
  latest = file;
  if (!file) return;
  cancel();
  hideProblem();
  if (flawOf(file)) return showProblem(flawOf(file));
  const bitmap = await createImageBitmap(file).catch(() => null); // HEIC and TIFF: the server will decode it for us
  const pixels = bitmap ? bitmap.width * bitmap.height : 0;
  let accepted = file;
  const canShrink = bitmap !== null && !mayBeTurned(new Uint8Array(await file.slice(0, 32).arrayBuffer()));
  if (latest !== file) return;
  if (file.size > LARGE_BYTES || pixels > LARGE_PIXELS) {
    const choice = await askAboutSize(file, bitmap, canShrink);
    if (!choice) return;
    if (choice === "shrink") accepted = await shrunk(bitmap);
  }
  const photo = {
    file: accepted,
    source: file,
    name: (file.name || "photo").replace(/\.[^.]*$/, ""),
    picture: null,
    canShrink,
    isReduced: !bitmap || Math.max(bitmap.width, bitmap.height) > PREVIEW_PX,
  };
  if (bitmap) await openAs(photo, bitmap);
  if (latest !== file) return;
  const before = { ...state, saveAs: $("name").value };
  begin(photo);
  showStudio();
  const problem = await focusOn({});
  if (problem && isNoPhoto(problem) && before.result) putBack(before);
  if (!problem) setTimeout(() => state.photo === photo && litOf(photo), SHOWN_MS);
}

/** Have the photo again that was in hand before a file that is none. */
function putBack({ saveAs, ...before }) {
  Object.assign(state, before);
  state.photo.isSearched = false;
  showStudio();
  $("name").value = saveAs;
  showResult(state.result);
}

/** Scale the photo in hand down, by half at least, and repeat what the server refused. */
export async function shrinkAndRetry() {
  const picture = await createImageBitmap(state.photo.file);
  state.photo.file = await shrunk(picture, (picture.width * picture.height) / 2);
  retry();
}

function shrunk(picture, most = SMALLER_PIXELS) {
  const factor = Math.min(1, Math.sqrt(Math.min(most, SMALLER_PIXELS) / (picture.width * picture.height)));
  return jpeg(within(picture, factor * Math.max(picture.width, picture.height)), 0.92);
}

/** "shrink", "keep", or "" for neither. */
function askAboutSize(file, bitmap, canShrink) {
  const size = [
    bitmap && `${Math.round((bitmap.width * bitmap.height) / 1e6)} megapixels`,
    `${Math.round(file.size / 1e6)} MB`,
  ];
  const gain = canShrink
    ? "Scaled down to 12 megapixels, it uploads and computes faster."
    : "It may take a while to upload.";
  $("size-text").textContent = `This photo has ${size.filter(Boolean).join(", ")}. ${gain}`;
  const dialog = $("size-dialog");
  dialog.querySelector("[value=shrink]").hidden = !canShrink;
  return ask(dialog);
}

function showStudio() {
  const { photo } = state;
  showScreen("studio");
  $("panel").inert = $("tools").inert = true;
  $("compare").checked = true;
  takeTool();
  $("unsure").hidden = true;
  clearLayers();
  $("label").textContent = $("sure").textContent = $("class").textContent = "";
  $("others").open = false;
  clearChoices();
  fade("saliency", 0);
  $("name").value = `${photo.name}-focal`;
  $("stage").classList.remove("done");
  drawBefore(photo.picture);
  zoomOut();
}
