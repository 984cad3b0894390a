// The keys: what they do to the photo, and how they steer the aim.

import { resize } from "./brush.js";
import { bringIntoSight, isZoomed, moveBy, zoomBy, zoomOut } from "./layers.js";
import { isReady } from "./state.js";
import { aimed, isPainting, moveAim, redo, tool, undo } from "./tools.js";
import { isTouched } from "./touch.js";

const STEP = 0.1; // of the stage, by which an arrow moves the photo
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function steerAim(event) {
  const [x, y] = ARROWS[event.key] ?? [];
  if (x === undefined) return;
  const step = event.shiftKey ? 0.005 : 0.03;
  event.preventDefault();
  moveAim({ x: aimed().x + step * x, y: aimed().y + step * y });
  bringIntoSight(aimed());
  tool().pass(aimed());
}

export function useAim(event) {
  if (event.detail || !isReady()) return; // a pointer has done it already
  tool().down(aimed());
  tool().up(aimed(), event);
}

/** A key pressed anywhere: [ ] size the brush, + - 0 zoom, arrows move what is zoomed, Ctrl or Command with Z undoes. */
export function pressKey(event) {
  if (!isReady() || isTouched() || event.defaultPrevented || event.altKey) return;
  if (event.target.matches("input[type=text], select")) return;
  const key = event.key.toLowerCase();
  const action = event.ctrlKey || event.metaKey ? commandOf(key, event.shiftKey) : actionOf(event.key, event.target);
  if (!action) return;
  event.preventDefault();
  action();
}

const commandOf = (key, shift) => ({ z: shift ? redo : undo, y: redo })[key];

function actionOf(key, target) {
  if (isPainting() && key === "[") return () => resize(-1);
  if (isPainting() && key === "]") return () => resize(1);
  if (key === "+" || key === "=") return () => zoomBy(1.25);
  if (key === "-") return () => zoomBy(0.8);
  if (key === "0") return zoomOut;
  const arrow = ARROWS[key];
  if (arrow && isZoomed() && !target.matches("input, summary")) return () => moveBy(-STEP * arrow[0], -STEP * arrow[1]);
  return undefined;
}
