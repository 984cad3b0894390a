// The edits of a mask that can be undone and redone.
//
// An edit is {area, before, after}; each state of the mask has a number, 0 for the server's own.

const MAX_EDITS = 100;

export const createHistory = () => ({ done: [], undone: [], base: 0, latest: 0 });

/** The number of the mask's present state. */
export const stateOf = ({ done, base }) => done.at(-1)?.state ?? base;

/** Add an edit that was made. What had been undone before it is forgotten. `state`: 0 for a way back to the server's. */
export function record(history, edit, state = ++history.latest) {
  history.done.push({ ...edit, state });
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
