// Where the keyboard points at the photo, in fractions of its width and height.

import { $, putAt } from "./elements.js";
import { inside } from "./places.js";

let aim = { x: 0.5, y: 0.5 };

export const aimed = () => aim;

/** Point at a place; outside the photo, at its border. */
export function moveAim(place) {
  aim = inside(place);
  putAt($("aim"), aim);
}
