// Show a result: what is kept, its layers, whether Focal doubts its mask, and what can be undone.

import { markChoice } from "./choices.js";
import { drawOverlay, showMarks } from "./layers.js";
import { headline, likeliestClass, say } from "./messages.js";
import { compose, isGentle } from "./preview.js";
import { tellSettings } from "./settings.js";
import { $, chosen, isAutomatic, maskState, state } from "./state.js";

/** Make a result the one in hand, and show it. */
export function showResult(result) {
  state.result = result;
  $("panel").inert = $("tools").inert = false;
  const { text, detail } = headline(result);
  $("label").textContent = text;
  $("sure").textContent = detail;
  $("class").textContent = likeliestClass(result);
  drawOverlay("mask", result.mask);
  drawOverlay("saliency", result.saliency.colours);
  showMarks(result.focus);
  tellDepth(result);
  $("focus").value = state.focus ?? result.disparity;
  tellSettings();
  markChoice();
  tellDoubt();
  tellEdits();
  compose();
  $("stage").classList.add("done");
  say(`Done. In focus: ${[text, detail].filter(Boolean).join(", ")}.`);
  if ([document.body, $("cancel")].includes(document.activeElement)) $("label").focus({ preventScroll: true });
}

/** Offer what needs a depth only where the server knows one. */
function tellDepth({ depth }) {
  const isFlat = depth === "flat";
  if (isFlat && $("plane").checked) $("compare").click();
  for (const part of [$("depth"), $("plane"), ...$("plane").labels]) part.hidden = isFlat;
}

export function tellDoubt() {
  $("unsure").hidden = !isGentle();
}

/** Say by the buttons what can be undone. One that was pressed and can do no more hands its focus on. */
export function tellEdits() {
  const { result, trail, at } = state;
  if (!result) return;
  const tool = chosen("tool");
  const ofBrush = tool === "paint";
  const isChanged = maskState() !== 0 || !isAutomatic(result);
  const usable = {
    undo: ofBrush ? result.history.done.length > 0 : at > 0,
    redo: ofBrush ? result.history.undone.length > 0 : at < trail.length - 1,
    reset: isChanged,
  };
  for (const [id, isUsable] of Object.entries(usable)) {
    if (!isUsable && document.activeElement === $(id)) $(tool).focus();
    $(id).disabled = !isUsable;
  }
  $("automatic").hidden = !isChanged;
}
