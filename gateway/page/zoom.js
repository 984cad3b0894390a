// The photo zoomed and moved within the stage.

import { $ } from "./elements.js";

const MOST = 8;
const START = { zoom: 1, x: 0, y: 0 }; // x, y: where the photo's corner lies, in widths and heights of the stage

let view = START;

/** A view zoomed by a factor, with what is at a place of the stage (fractions of its size) staying there. */
export function zoomedBy({ zoom, x, y }, factor, at) {
  const next = Math.min(MOST, Math.max(1, zoom * factor));
  const grown = next / zoom;
  return within({ zoom: next, x: at.x - (at.x - x) * grown, y: at.y - (at.y - y) * grown });
}

/** A view moved, as far as the photo goes on. */
export const movedBy = ({ zoom, x, y }, by) => within({ zoom, x: x + by.x, y: y + by.y });

function within({ zoom, x, y }) {
  const inside = (value) => Math.min(0, Math.max(1 - zoom, value));
  return { zoom, x: inside(x), y: inside(y) };
}

export const isZoomed = () => view.zoom > 1;

export const zoomBy = (factor, at = { x: 0.5, y: 0.5 }) => show(zoomedBy(view, factor, at));

export const moveBy = (x, y) => show(movedBy(view, { x, y }));

export const zoomOut = () => show(START);

/** Move a place of the photo (fractions of its size) into sight. */
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
