// The tools: compare before and after, pick the subject, paint the mask.

import { hideCircle, showCircle } from "./brush.js";
import { focusAt } from "./depth.js";
import { $, chosen, putAt } from "./elements.js";
import { pick } from "./pick.js";
import { fade, split } from "./layers.js";
import { beginStroke, continueStroke, dropStroke, endStroke } from "./painting.js";
import { inside } from "./places.js";
import { preparePainting } from "./preview.js";
import { tellEdits } from "./result.js";
import { state } from "./state.js";

const nothing = () => {};
const IDLE = { down: nothing, move: nothing, up: nothing, cancel: nothing, pass: nothing };

// What a tool does when a pointer is pressed on a place (fractions of the photo's width and height), moved over places,
// lifted at one, or taken away (as where two fingers zoom); and when it passes over one unpressed.
const TOOLS = {
  compare: {
    ...IDLE,
    hint: "Drag over the photo to compare.",
    down: ({ x }) => split(100 * x),
    move: (places) => split(100 * places.at(-1).x),
  },
  point: {
    ...IDLE,
    hint: "Click or tap what is to stay sharp.",
    purpose: "Pick what is here",
    up: pick,
  },
  paint: {
    hint: "Paint over the photo to correct what stays sharp.",
    purpose: "Paint here",
    down: beginStroke,
    move: continueStroke,
    up: endStroke,
    cancel: dropStroke,
    pass: showCircle,
  },
  plane: {
    ...IDLE,
    hint: "Touch what is to be in focus; nearer and farther things go soft.",
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

/** Take up the chosen tool. */
export function takeTool() {
  const { hint, purpose } = tool();
  $("hint").textContent = hint;
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
  if (isPainting() && state.result) requestAnimationFrame(() => state.result && preparePainting());
}
