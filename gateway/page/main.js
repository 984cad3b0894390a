// Focal's page: send a photo, look at the answer, change the blur in the browser, fetch the final picture.
// This file says what each control does; the other modules do it.

import { cancel, startWorker, useKey } from "./api.js";
import { tellBrushSize } from "./brush.js";
import { openCamera, releaseCamera, shoot } from "./camera.js";
import { refineAtRest } from "./depth.js";
import { copy, download, share } from "./download.js";
import { pressKey, steerAim, useAim } from "./keys.js";
import { fade, split, zoomBy } from "./layers.js";
import { listOthers } from "./others.js";
import { shrinkAndRetry } from "./photo.js";
import { composeSoon, whenDraft } from "./preview.js";
import { backToIntro, backToQueue, followBrowser, saveZip, takeAll } from "./queue.js";
import { tellDoubt } from "./result.js";
import { dismissProblem, isAtRisk, retry } from "./screens.js";
import { canShare, takeBackdrop, tellOutput, tellSettings } from "./settings.js";
import { $, state } from "./state.js";
import { backToAutomatic, redo, takeTool, tellHint, undo } from "./tools.js";
import { drag, leave, lift, lose, press, wheel } from "./touch.js";

// A photo comes in.
for (const id of ["file", "capture"]) {
  $(id).onchange = () => {
    const files = [...$(id).files];
    $(id).value = "";
    takeAll(files);
  };
}
document.onpaste = ({ target, clipboardData: { files } }) => {
  if (files.length || !target.matches?.("input")) takeAll(files);
};
document.ondragover = (event) => {
  event.preventDefault();
  document.body.classList.toggle("dropping", event.dataTransfer.types.includes("Files"));
};
document.ondragleave = (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dropping");
};
document.ondrop = (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  takeAll(event.dataTransfer.files);
};
$("camera").onclick = openCamera;
$("shoot").onclick = shoot;
$("camera-close").onclick = () => $("camera-dialog").close();
$("camera-dialog").onclose = releaseCamera;
$("again").onclick = backToIntro;
$("back").onclick = backToQueue;
window.onpopstate = followBrowser;
$("zip").onclick = saveZip;
window.onbeforeunload = (event) => {
  if (isAtRisk(true)) event.preventDefault();
};

// The server works, or fails.
$("cancel").onclick = cancel;
document.onkeydown = (event) => {
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") cancel();
  else pressKey(event);
};
$("retry").onclick = retry;
$("key-form").onsubmit = (event) => {
  event.preventDefault();
  useKey($("key").value.trim());
  retry();
};
$("dismiss").onclick = dismissProblem;
$("shrink").onclick = shrinkAndRetry;

// The photo is touched.
for (const radio of document.getElementsByName("tool")) radio.onchange = takeTool;
$("picking").onchange = $("brush").onchange = tellHint;
$("stage").onpointerdown = press;
$("stage").onpointermove = drag;
$("stage").onpointerup = lift;
$("stage").onpointercancel = lose;
$("stage").onpointerleave = leave;
$("stage").onwheel = wheel;
$("zoom-in").onclick = () => zoomBy(1.5);
$("zoom-out").onclick = () => zoomBy(1 / 1.5);
$("split").oninput = () => split($("split").value);
$("aim").onkeydown = steerAim;
$("aim").onclick = useAim;
$("size").oninput = tellBrushSize;
$("undo").onclick = undo;
$("redo").onclick = redo;
$("reset").onclick = $("automatic").onclick = backToAutomatic;

// The panel. What tunes the blur shows with the next frame.
function retune() {
  tellSettings();
  composeSoon();
}
$("others").ontoggle = () => {
  if ($("others").open) listOthers();
};
$("fully").onclick = () => {
  state.fully = true;
  tellDoubt();
  composeSoon();
  $("label").focus();
};
$("strength").oninput = $("by-depth").onchange = retune;
$("focus").oninput = () => {
  state.focus = Number($("focus").value);
  retune();
};
for (const radio of document.getElementsByName("bokeh")) radio.onchange = composeSoon;
for (const name of ["mask", "saliency"]) {
  $(name).oninput = () => fade(name, $(name).value);
  fade(name, 0);
}

// The download.
const outputs = ["output", "backdrop"].flatMap((name) => [...document.getElementsByName(name)]);
const changeOutput = () => {
  tellOutput();
  composeSoon();
};
for (const control of [...outputs, $("format"), $("quality"), $("colour")]) control.oninput = changeOutput;
$("backdrop-file").onchange = async () => {
  await takeBackdrop($("backdrop-file").files[0]);
  changeOutput();
};
$("save").onsubmit = (event) => {
  event.preventDefault();
  download();
};
$("copy").onclick = copy;
$("share").onclick = share;
$("copy").hidden = !navigator.clipboard; // as on a plain http: page of another machine
$("share").hidden = !canShare();

startWorker();
whenDraft(refineAtRest);
tellOutput();
tellBrushSize();
takeTool();
