// Undo, redo and back to automatic: of the strokes with the brush in hand, else of what was picked.

import { $, chosen } from "./elements.js";
import { focusOn, stepFocus } from "./focus.js";
import * as painting from "./painting.js";
import { isAutomatic, maskState, state } from "./state.js";

const ofPainting = () => chosen("tool") === "paint";

export const undo = () => (ofPainting() ? painting.undo() : stepFocus(-1));

export const redo = () => (ofPainting() ? painting.redo() : stepFocus(1));

/** Have Focal's own subject and mask again. */
export async function backToAutomatic() {
  if (!isAutomatic(state.result)) await focusOn({});
  if (isAutomatic(state.result) && maskState()) painting.reset();
  $("label").focus();
}
