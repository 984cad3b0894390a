// The blur that the controls ask for.

import { $, chosen } from "./elements.js";
import { state } from "./state.js";

export const strength = () => $("strength").value;

export const bokeh = () => chosen("bokeh");

/** The blur as options of the API. */
export const blurOptions = () => ({
  strength: strength(),
  bokeh: bokeh(),
  fallback: state.fully ? "never" : undefined,
});

/** The same, for a state of the mask (history.js), as a key: one picture, one text. */
export const settingsKey = (maskState = 0) => JSON.stringify({ ...blurOptions(), maskState });

/** Write the strength beside its slider. */
export function tellStrength() {
  const share = `${(100 * strength()).toFixed(1)} %`;
  $("strength-value").textContent = share;
  $("strength").setAttribute("aria-valuetext", `${share} of the longer side`);
}
