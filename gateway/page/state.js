// The page as it is: its elements, by the ids and names of index.html, and what it knows of the photo in hand.
// Nothing is stored: it goes with the next photo or the end of the page.

export const $ = (id) => document.getElementById(id);

/** A new element with properties and children. */
export function create(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Put an element at a place of the photo (fractions of its width and height). */
export const putAt = (element, { x, y }) => Object.assign(element.style, { left: `${100 * x}%`, top: `${100 * y}%` });

/** Open a dialog; resolves to the value of the button that closes it, "" for none. */
export function ask(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }));
}

/** The value of the chosen radio button of a group. */
export const chosen = (group) => document.querySelector(`input[name=${group}]:checked`).value;

const nothing = () => ({
  photo: null, // {file, name, picture, finer, lit}: the last three see picture.js; null until somebody could decode it
  result: null, // what the server said of the photo for one focus; see answer.js
  results: new Map(), // by focus: {} is automatic, {points: [{x, y, keep}]} what was picked
  trail: [], // the focuses that were chosen, one after another
  at: -1, // the index in it of the one in hand
  focus: null, // the disparity in focus that the user chose, 0 (far) to 1 (near); null for the subject's
  fully: false, // whether the user wants the whole blur where Focal doubts its mask
});

export const state = nothing();

/** Begin with a new photo, or with none. */
export const begin = (photo) => Object.assign(state, nothing(), { photo });

/** Of several photos, the files of those whose pictures have not been saved. */
export const unsaved = new Set();

/** Whether there is a result that can be worked on. */
export const isReady = () => state.result !== null && $("busy").hidden;

/** The number of the present mask, 0 for the server's own. */
export const maskState = () => stateOf(state.result.history);

/** Whether a result is of what Focal found by itself. */
export const isAutomatic = ({ focus }) => !focus.points;

const MAX_EDITS = 100;

/** Edits {area, before, after} of a mask to be undone and redone; each state of it has a number, 0 for the server's own. */
export const createHistory = () => ({ done: [], undone: [], base: 0, latest: 0 });

/** The number of the mask's present state. */
export const stateOf = ({ done, base }) => done.at(-1)?.state ?? base;

/** Add an edit that was made. What had been undone before it is forgotten. `number`: 0 for a way back to the server's. */
export function record(history, edit, number = ++history.latest) {
  history.done.push({ ...edit, state: number });
  history.undone = [];
  if (history.done.length > MAX_EDITS) history.base = history.done.shift().state;
}

/** Take the last edit back, and return it; undefined if there is none. */
export function stepBack(history) {
  const edit = history.done.pop();
  if (edit) history.undone.push(edit);
  return edit;
}

/** Make the edit again that was taken back last. */
export function stepForward(history) {
  const edit = history.undone.pop();
  if (edit) history.done.push(edit);
  return edit;
}
