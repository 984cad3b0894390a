// Ask before something painted is lost.

import { $, ask } from "./elements.js";
import { maskState, state } from "./state.js";

/** Whether there is painting that has not been downloaded. */
export function isPaintingAtRisk() {
  return state.result !== null && ![0, state.result.downloaded].includes(maskState());
}

/** Whether to go on: nothing is at risk, or the user says so. */
export async function mayLeave() {
  if (!isPaintingAtRisk()) return true;
  const dialog = $("leave-dialog");
  if (dialog.open) return false;
  return (await ask(dialog)) === "leave";
}
