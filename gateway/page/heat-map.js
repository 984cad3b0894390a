// A saliency map in colours, for the eye.

import { alphaOf, recolour } from "./canvas.js";

const HEAT = [
  [8, 12, 24],
  [70, 22, 92],
  [176, 44, 88],
  [240, 120, 52],
  [252, 216, 120],
  [255, 252, 236],
];

/** The colour [r, g, b, a] of a value of 0..255. */
function heat(value) {
  const position = (value / 255) * (HEAT.length - 1);
  const low = Math.min(HEAT.length - 2, Math.floor(position));
  return [0, 1, 2].map((c) => HEAT[low][c] + (position - low) * (HEAT[low + 1][c] - HEAT[low][c])).concat(255);
}

/** Colour a grey map in place. Few of its pixels are bright, so its hundredth brightest is drawn as white. */
export function heatMap(map) {
  const greys = alphaOf(map).sort();
  const brightest = Math.max(16, greys[Math.floor(0.99 * greys.length)]);
  return recolour(map, (value) => heat(255 * Math.min(1, value / brightest) ** 0.8));
}
