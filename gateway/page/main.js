// Focal's page: send a photo, look at the answer, change the blur in the browser, fetch the final picture.
// This file says what each control does; the other modules do it.

import { cancel } from "./api.js";
import { retry } from "./attempt.js";
import { tellBrushSize } from "./brush.js";
import { openCamera, releaseCamera, shoot } from "./camera.js";
import { download } from "./download.js";
import { $ } from "./elements.js";
import { listClasses } from "./focus.js";
import { fade, split } from "./layers.js";
import { redo, reset, undo } from "./painting.js";
import { shrinkAndRetry, take } from "./photo.js";
import { composeSoon } from "./preview.js";
import { tellDoubt } from "./result.js";
import { dismissProblem, showIntro } from "./screens.js";
import { tellStrength } from "./settings.js";
import { state } from "./state.js";
import { takeTool } from "./tools.js";
import { drag, leave, lift, lose, press, pressKey, steerAim, useAim } from "./touch.js";

// A photo comes in.
for (const id of ["file", "capture"]) {
  $(id).onchange = () => {
    take($(id).files[0]);
    $(id).value = "";
  };
}
document.onpaste = (event) => take(event.clipboardData.files[0]);
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
  take(event.dataTransfer.files[0]);
};
$("camera").onclick = openCamera;
$("shoot").onclick = shoot;
$("camera-close").onclick = () => $("camera-dialog").close();
$("camera-dialog").onclose = releaseCamera;
$("again").onclick = showIntro;

// The server works, or fails.
$("cancel").onclick = cancel;
document.onkeydown = (event) => {
  if (event.key === "Escape") cancel();
  else pressKey(event);
};
$("retry").onclick = retry;
$("dismiss").onclick = dismissProblem;
$("shrink").onclick = shrinkAndRetry;

// The photo is touched.
for (const radio of document.getElementsByName("tool")) radio.onchange = takeTool;
$("stage").onpointerdown = press;
$("stage").onpointermove = drag;
$("stage").onpointerup = lift;
$("stage").onpointercancel = lose;
$("stage").onpointerleave = leave;
$("split").oninput = () => split($("split").value);
$("aim").onkeydown = steerAim;
$("aim").onclick = useAim;
$("size").oninput = tellBrushSize;
$("undo").onclick = undo;
$("redo").onclick = redo;
$("reset").onclick = reset;

// The panel.
$("others").ontoggle = () => {
  if ($("others").open) listClasses();
};
$("fully").onclick = () => {
  state.fully = true;
  tellDoubt();
  composeSoon();
  $("label").focus();
};
$("strength").oninput = () => {
  tellStrength();
  composeSoon();
};
for (const radio of document.getElementsByName("bokeh")) radio.onchange = composeSoon;
for (const name of ["mask", "saliency"]) {
  $(name).oninput = () => fade(name, $(name).value);
  fade(name, 0);
}
$("save").onsubmit = (event) => {
  event.preventDefault();
  download();
};

tellStrength();
tellBrushSize();
takeTool();
