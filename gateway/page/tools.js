// What touching the photo does: compare, pick the subject, paint the mask; by mouse, finger or keyboard.

import { $, chosen } from "./elements.js";
import { focusOn } from "./focus.js";
import { fade, split } from "./layers.js";
import { beginStroke, paintLine } from "./painting.js";
import { state } from "./state.js";

// Each tool says what touching the photo at a place (fractions of its width and height) does, and moving on from there.
const TOOLS = {
  compare: { hint: "", down: divide, move: divide },
  point: { hint: "Click what is to stay sharp.", purpose: "Pick what is here", down: pick, move() {} },
  paint: {
    hint: "Paint over the photo to correct what stays sharp.",
    purpose: "Paint here",
    down: startPainting,
    move: paintOn,
  },
};
const tool = () => TOOLS[chosen("tool")];
let aim = { x: 0.5, y: 0.5 }; // where the keyboard points, and where the brush was last

function divide({ x }) {
  split(100 * x);
}

function pick({ x, y }) {
  focusOn({ point: `${x.toFixed(4)},${y.toFixed(4)}` });
}

function startPainting(place) {
  aim = place;
  beginStroke(place);
}

function paintOn(place) {
  paintLine(aim, place);
  aim = place;
}

/** Take up the chosen tool. */
export function takeTool() {
  const { hint, purpose } = tool();
  $("hint").textContent = hint;
  $("brush").hidden = tool() !== TOOLS.paint;
  $("stage").classList.toggle("aiming", !!purpose);
  $("aim").hidden = !purpose;
  if (purpose) {
    $("aim").setAttribute("aria-label", `${purpose}; the arrow keys move it`);
    split(0);
    moveAim(0.5, 0.5);
  } else split(50);
  fade("mask", tool() === TOOLS.paint ? 40 : 0);
}

function moveAim(x, y) {
  const inside = (value) => Math.min(1, Math.max(0, value));
  aim = { x: inside(x), y: inside(y) };
  $("aim").style.left = `${100 * aim.x}%`;
  $("aim").style.top = `${100 * aim.y}%`;
}

/** A key pressed on the aim: the arrows move it. */
export function steerAim(event) {
  const step = event.shiftKey ? 0.005 : 0.03;
  const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [];
  if (x === undefined) return;
  event.preventDefault();
  moveAim(aim.x + step * x, aim.y + step * y);
}

/** The aim pressed: use the tool where it points. */
export function useAim(event) {
  if (event.detail === 0) tool().down(aim); // by the keyboard; a pointer has done it already
}

const placeOf = (event) => {
  const box = $("stage").getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
};

/** A pointer pressed on the photo. */
export function press(event) {
  if (!state.result || !$("busy").hidden || event.button) return;
  $("stage").setPointerCapture(event.pointerId);
  tool().down(placeOf(event));
}

/** A pointer moved over the photo. */
export function drag(event) {
  if ($("stage").hasPointerCapture(event.pointerId)) tool().move(placeOf(event));
}
