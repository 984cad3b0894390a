// Show a result: what is kept, its layers, and whether Focal doubts its mask.

import { markChoice } from "./choices.js";
import { $ } from "./elements.js";
import { headline, likeliestClass } from "./headline.js";
import { drawOverlay } from "./layers.js";
import { compose } from "./preview.js";
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
  $("undo").disabled = !result.strokes.length;
  compose();
  $("stage").classList.add("done");
  say(`Done. In focus: ${[text, detail].filter(Boolean).join(", ")}.`);
  if (document.activeElement === document.body || document.activeElement === $("cancel")) $("label").focus();
}

/** Say so where Focal doubts its mask and nobody has said otherwise. */
export function tellDoubt() {
  $("unsure").hidden = !state.result.gentle || state.fully;
}
