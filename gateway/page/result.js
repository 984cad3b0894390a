// Show a result: what is kept, its layers, whether Focal doubts its mask, and what of the painting can be undone.

import { markChoice } from "./choices.js";
import { $ } from "./elements.js";
import { headline, likeliestClass } from "./headline.js";
import { stateOf } from "./history.js";
import { drawOverlay } from "./layers.js";
import { compose, isGentle } from "./preview.js";
import { say } from "./progress.js";
import { state } from "./state.js";

/** Make a result the one in hand, and show it. */
export function showResult(result) {
  state.result = result;
  $("panel").inert = $("tools").inert = false;
  const { text, detail } = headline(result);
  $("label").textContent = text;
  $("sure").textContent = detail;
  $("class").textContent = likeliestClass(result);
  drawOverlay("mask", result.mask);
  drawOverlay("saliency", result.saliency);
  markChoice();
  tellDoubt();
  tellHistory();
  compose();
  $("stage").classList.add("done");
  say(`Done. In focus: ${[text, detail].filter(Boolean).join(", ")}.`);
  if (document.activeElement === document.body || document.activeElement === $("cancel")) $("label").focus();
}

/** Say so where Focal doubts its mask and nobody has said otherwise. */
export function tellDoubt() {
  $("unsure").hidden = !isGentle(state);
}

/** Say by the buttons what can be undone. One that was pressed and can do no more hands its focus on. */
export function tellHistory() {
  const { history } = state.result;
  const usable = { undo: history.done.length > 0, redo: history.undone.length > 0, reset: stateOf(history) !== 0 };
  for (const [id, isUsable] of Object.entries(usable)) {
    if (!isUsable && document.activeElement === $(id)) $("paint").focus();
    $(id).disabled = !isUsable;
  }
}
