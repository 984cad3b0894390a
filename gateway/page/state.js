// What the page knows of the photo in hand. Nothing is stored: it goes with the next photo or the end of the page.

import { $ } from "./elements.js";
import { stateOf } from "./history.js";

export const state = {
  photo: null, // {file, name, picture, finer, lit}: the last three see picture.js; null until somebody could decode it
  result: null, // what the server said of the photo for one focus; see answer.js
  results: new Map(), // by focus: {} is automatic, {points: [{x, y, keep}]} what was picked
  trail: [], // the focuses that were chosen, one after another
  at: -1, // the index in it of the one in hand
  focus: null, // the disparity in focus that the user chose, 0 (far) to 1 (near); null for the subject's
  fully: false, // whether the user wants the whole blur where Focal doubts its mask
};

/** Of several photos, the finished files that have not been saved. */
export const unsaved = new Set();

/** Begin with a new photo, or with none. */
export function begin(photo) {
  Object.assign(state, { photo, result: null, results: new Map(), trail: [], at: -1, focus: null, fully: false });
}

/** Whether there is a result that can be worked on. */
export const isReady = () => state.result !== null && $("busy").hidden;

/** The number of the present mask, 0 for the server's own; see history.js. */
export const maskState = () => stateOf(state.result.history);

/** Whether a result is of what Focal found by itself. */
export const isAutomatic = ({ focus }) => !focus.points;
