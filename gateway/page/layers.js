// What lies over each other in the viewer: before, after, the divider between them, and the overlays.

import { alphaOf, draw, recolour } from "./canvas.js";
import { $, create, putAt } from "./elements.js";
import { shapeStage } from "./zoom.js";

const HEAT = [
  [8, 12, 24],
  [70, 22, 92],
  [176, 44, 88],
  [240, 120, 52],
  [252, 216, 120],
  [255, 252, 236],
];

/** Show the photo as it was, or an empty stage where nobody could decode it yet. */
export function drawBefore(picture) {
  const { width, height } = picture ?? { width: 4, height: 3 };
  shapeStage(width / height);
  if (picture) draw(picture, $("before"));
  else Object.assign($("before"), { width, height });
}

export const drawOverlay = (name, picture) => draw(picture, $(`${name}-layer`));

/** Show a rectangle of a picture in an overlay that has its size. */
export function copyToOverlay(name, picture, { x, y, width, height }) {
  $(`${name}-layer`).getContext("2d").drawImage(picture, x, y, width, height, x, y, width, height);
}

export function clearLayers() {
  for (const id of ["after", "mask-layer", "saliency-layer"]) Object.assign($(id), { width: 1, height: 1 });
}

/** How much of an overlay is seen, in percent. */
export function fade(name, value) {
  $(name).value = value;
  $(`${name}-value`).textContent = `${value} %`;
  $(`${name}-layer`).style.opacity = value / 100;
}

/** Move the divider: how much of the photo is shown as it was, in percent of its width. */
export function split(value) {
  $("split").value = value;
  $("split").setAttribute("aria-valuetext", `${Math.round($("split").value)} % before`);
  $("stage").style.setProperty("--split", `${$("split").value}%`);
}

/** Show the places that were picked, {x, y, keep}, in fractions of the photo. */
export function showMarks({ points = [] }) {
  $("marks").replaceChildren(
    ...points.map((point) => {
      const mark = create("span", { className: point.keep ? "mark" : "mark without" });
      putAt(mark, point);
      return mark;
    }),
  );
}

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
