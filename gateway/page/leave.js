// Ask before something painted is lost.

import { $, ask } from "./elements.js";
import { stateOf } from "./history.js";
import { state } from "./state.js";

/** Whether there is painting that has not been downloaded. */
export function isPaintingAtRisk() {
  const { result } = state;
  return result !== null && stateOf(result.history) !== 0 && stateOf(result.history) !== result.downloaded;
}

/** Whether to go on: nothing is at risk, or the user says so. */
export async function mayLeave() {
  if (!isPaintingAtRisk()) return true;
  const dialog = $("leave-dialog");
  if (dialog.open) return false;
  return (await ask(dialog)) === "leave";
}
