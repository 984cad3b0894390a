// The tools: compare before and after, pick the subject, paint the mask; undo and redo.

import { hideCircle, showCircle } from "./brush.js";
import { focusAt } from "./depth.js";
import { focusOn, pick, stepFocus } from "./focus.js";
import { fade, split } from "./layers.js";
import * as painting from "./painting.js";
import { inside } from "./places.js";
import { preparePainting } from "./preview.js";
import { tellEdits } from "./result.js";
import { $, chosen, isAutomatic, maskState, putAt, state } from "./state.js";

const PICKS = {
  only: "Click or tap what is to stay sharp.",
  add: "Click or tap what is to stay sharp as well.",
  remove: "Click or tap what is to go soft.",
};
const nothing = () => {};
const IDLE = { down: nothing, move: nothing, up: nothing, cancel: nothing, pass: nothing };

// What a tool does when a pointer is pressed on a place (fractions of the photo's width and height), moved over places,
// lifted at one, or taken away (as where two fingers zoom); and when it passes over one unpressed.
const TOOLS = {
  compare: {
    ...IDLE,
    hint: () => "Drag to compare; Pick changes the subject.",
    down: ({ x }) => split(100 * x),
    move: (places) => split(100 * places.at(-1).x),
  },
  point: {
    ...IDLE,
    hint: () => PICKS[chosen("pick")],
    purpose: "Pick what is here",
    up: pick,
  },
  paint: {
    hint: () => `Paint over what is to ${chosen("brush") === "keep" ? "stay sharp" : "go soft"}.`,
    purpose: "Paint here",
    down: painting.beginStroke,
    move: painting.continueStroke,
    up: painting.endStroke,
    cancel: painting.dropStroke,
    pass: showCircle,
  },
  plane: {
    ...IDLE,
    hint: () => "Touch what is to be in focus; nearer and farther things go soft.",
    purpose: "Focus on what is here",
    up: focusAt,
  },
};

let aim = { x: 0.5, y: 0.5 };

/** Where the keyboard points at the photo, in fractions of its width and height. */
export const aimed = () => aim;

/** Point at a place; outside the photo, at its border. */
export function moveAim(place) {
  aim = inside(place);
  putAt($("aim"), aim);
}

/** The tool in hand. */
export const tool = () => TOOLS[chosen("tool")];

export const isPainting = () => tool() === TOOLS.paint;

/** Say what the tool does as it is set. */
export const tellHint = () => ($("hint").textContent = tool().hint());

/** Take up the chosen tool. */
export function takeTool() {
  const { purpose } = tool();
  tellHint();
  $("brush").hidden = !isPainting();
  $("picking").hidden = tool() !== TOOLS.point;
  $("edits").hidden = !isPainting() && tool() !== TOOLS.point;
  $("marks").hidden = tool() !== TOOLS.point;
  tellEdits();
  $("stage").classList.toggle("aiming", !!purpose);
  $("aim").hidden = !purpose;
  if (purpose) {
    $("aim").setAttribute("aria-label", `${purpose}; the arrow keys move it`);
    split(0);
    moveAim({ x: 0.5, y: 0.5 });
  } else split(50);
  fade("mask", isPainting() ? 40 : 0);
  hideCircle();
  if (isPainting() && state.result) preparePainting();
}

/** Take the last stroke back with the brush in hand, else the last pick. */
export const undo = () => (isPainting() ? painting.undo() : stepFocus(-1));

export const redo = () => (isPainting() ? painting.redo() : stepFocus(1));

/** Have Focal's own subject and mask again. */
export async function backToAutomatic() {
  if (!isAutomatic(state.result)) await focusOn({});
  if (isAutomatic(state.result) && maskState()) painting.reset();
  $("label").focus();
}
