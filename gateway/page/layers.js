// What lies over each other in the viewer: before, after, the divider between them, and the overlays; zoomed and moved.

import { alphaOf, draw, recolour } from "./canvas.js";
import { $, create, putAt } from "./state.js";

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

const EDGE = 3; // percent of the width: of what is less, the name is not shown

/** Move the divider: how much of the photo is shown as it was, in percent of its width. */
export function split(value) {
  $("split").value = value;
  $("split").setAttribute("aria-valuetext", `${Math.round($("split").value)} % before`);
  $("stage").style.setProperty("--split", `${$("split").value}%`);
  $("stage").classList.toggle("after", $("split").value < EDGE);
  $("stage").classList.toggle("before", $("split").value > 100 - EDGE);
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

/** Colour a grey map in place, from black over red and yellow to white. Few of its pixels are bright: a hundredth is white. */
export function heatMap(map) {
  const greys = alphaOf(map).sort();
  const brightest = Math.max(16, greys[Math.floor(0.99 * greys.length)]);
  return recolour(map, (value) => [0, 1, 2].map((c) => 255 * (3 * (value / brightest) ** 0.8 - c)).concat(255));
}

const MOST = 8;
const [NARROWEST, WIDEST] = [0.5, 2.4]; // shape of the stage, width over height
const START = { zoom: 1, x: 0, y: 0 }; // x, y: where the photo's corner lies, in its own widths and heights at zoom 1

let view = START;
let stage = { width: 1, height: 1 }; // in widths and heights of the photo at zoom 1, which lies in its middle

/** The stage has the photo's shape, but for a panorama or a strip, which have room around them. */
export function shapeStage(ratio) {
  const shape = Math.min(WIDEST, Math.max(NARROWEST, ratio));
  stage = { width: Math.max(1, shape / ratio), height: Math.max(1, ratio / shape) };
  $("stage").style.setProperty("--ratio", ratio);
  $("stage").style.setProperty("--shape", shape);
}

/** A place of the stage (fractions of its size) as one of the photo at zoom 1. */
export const placeOf = ({ x, y }) => ({ x: (x - 0.5) * stage.width + 0.5, y: (y - 0.5) * stage.height + 0.5 });

/** A view zoomed by a factor, with what is at a place (see placeOf) staying there. */
export function zoomedBy({ zoom, x, y }, factor, at, stage) {
  const next = Math.min(MOST, Math.max(1, zoom * factor));
  const grown = next / zoom;
  return within({ zoom: next, x: at.x - (at.x - x) * grown, y: at.y - (at.y - y) * grown }, stage);
}

/** A view moved, as far as the photo goes on. */
export const movedBy = ({ zoom, x, y }, by, stage) => within({ zoom, x: x + by.x, y: y + by.y }, stage);

/** The photo covers the stage, or lies in its middle. */
function within({ zoom, x, y }, { width, height }) {
  const inside = (value, length) =>
    zoom < length ? (1 - zoom) / 2 : Math.min((1 - length) / 2, Math.max((1 + length) / 2 - zoom, value));
  return { zoom, x: inside(x, width), y: inside(y, height) };
}

export const isZoomed = () => view.zoom > 1;

export const zoomBy = (factor, at = { x: 0.5, y: 0.5 }) => show(zoomedBy(view, factor, at, stage));

export const moveBy = (x, y) => show(movedBy(view, { x, y }, stage));

export const zoomOut = () => show(START);

export function bringIntoSight(place) {
  const into = (at) => Math.min(0.95, Math.max(0.05, at)) - at;
  moveBy(into(view.x + view.zoom * place.x), into(view.y + view.zoom * place.y));
}

function show(next) {
  view = next;
  const { style, classList } = $("stage");
  style.setProperty("--zoom", view.zoom);
  $("view").style.transform = `translate(${100 * view.x}%, ${100 * view.y}%) scale(${view.zoom})`;
  classList.toggle("zoomed", isZoomed());
  $("zoom-value").textContent = `${Math.round(100 * view.zoom)} %`;
  $("zoom-out").disabled = !isZoomed();
  $("zoom-in").disabled = view.zoom === MOST;
}
