// The brush: its size and what it does, its mark on a mask, and the circle that shows it over the photo.

import { around, createCanvas } from "./canvas.js";
import { say } from "./messages.js";
import { $, chosen, putAt } from "./state.js";

const SOFTNESS = 1 / 12; // standard deviation of the rim, of the brush's diameter
const REACH = 2; // standard deviations to either side of the radius, in which the rim falls from all to nothing
const SPACING = 1 / 8; // between two dabs of a stroke, of the diameter: the rim's ripple is 1/128 of the radius

const size = () => $("size").value / 100;

const keeps = () => chosen("brush") === "keep";

/** Draw the brush along points {x, y} in pixels of a grey mask; returns the rectangle that may have changed. */
export function mark(mask, points) {
  const diameter = Math.max(1, size() * Math.max(mask.width, mask.height));
  const dab = dabOf(diameter, keeps());
  const context = mask.getContext("2d");
  // The maximum of all dabs, or the minimum: dabs that overlap do not harden the rim.
  context.globalCompositeOperation = keeps() ? "lighten" : "darken";
  for (const { x, y } of dabsAlong(points, SPACING * diameter)) {
    context.drawImage(dab, x - dab.width / 2, y - dab.height / 2);
  }
  context.globalCompositeOperation = "source-over";
  return around(points, dab.width / 2 + 1, mask);
}

/** Points not further than `spacing` from each other along a path, the first and the last of it included. */
export function dabsAlong(points, spacing) {
  const dabs = [points[0]];
  for (const to of points.slice(1)) {
    const from = dabs.at(-1);
    const steps = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / spacing);
    for (let i = 1; i <= steps; i++) {
      dabs.push({ x: from.x + ((to.x - from.x) * i) / steps, y: from.y + ((to.y - from.y) * i) / steps });
    }
  }
  return dabs;
}

let latestDab = { key: "", picture: null };

function dabOf(diameter, white) {
  const key = `${diameter} ${white}`;
  if (latestDab.key !== key) latestDab = { key, picture: drawDab(diameter / 2, white) };
  return latestDab.picture;
}

function drawDab(radius, white) {
  const sigma = 2 * radius * SOFTNESS;
  const reach = radius + REACH * sigma;
  const side = 2 * Math.ceil(reach) + 2;
  const dab = createCanvas(side, side);
  const context = dab.getContext("2d");
  const gradient = context.createRadialGradient(side / 2, side / 2, 0, side / 2, side / 2, reach);
  const grey = (coverage) => {
    const value = Math.round(255 * (white ? coverage : 1 - coverage));
    return `rgb(${value} ${value} ${value})`;
  };
  const stops = 12;
  for (let i = 0; i <= stops; i++) {
    const distance = radius + REACH * sigma * ((2 * i) / stops - 1);
    gradient.addColorStop(Math.max(0, distance) / reach, grey(smoothStep(1 - i / stops)));
  }
  context.fillStyle = gradient;
  context.fillRect(0, 0, side, side);
  return dab;
}

const smoothStep = (t) => t * t * (3 - 2 * t);

/** Make the brush larger or smaller by a step: `direction` is 1 or -1. */
export function resize(direction) {
  const now = Number($("size").value);
  $("size").value = now + direction * Math.max(1, Math.round(now / 6));
  tellBrushSize();
  say(`Brush: ${$("size").value} % of the photo.`);
}

/** Write the size beside its slider, for a screen reader, and give the circle that size. */
export function tellBrushSize() {
  $("size").setAttribute("aria-valuetext", `${$("size").value} % of the photo`);
  $("stage").style.setProperty("--brush", size());
}

export function showCircle(place) {
  $("circle").hidden = false;
  putAt($("circle"), place);
}

export const hideCircle = () => ($("circle").hidden = true);
