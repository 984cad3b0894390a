// Where the keyboard points at the photo, in fractions of its width and height.

import { $ } from "./elements.js";

let aim = { x: 0.5, y: 0.5 };

export const aimed = () => aim;

/** Point at a place; outside the photo, at its border. */
export function moveAim({ x, y }) {
  const inside = (value) => Math.min(1, Math.max(0, value));
  aim = { x: inside(x), y: inside(y) };
  $("aim").style.left = `${100 * aim.x}%`;
  $("aim").style.top = `${100 * aim.y}%`;
}
