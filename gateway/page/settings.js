// What the controls ask for, as options of the API.

import { $, chosen } from "./elements.js";
import { state } from "./state.js";

export const strength = () => $("strength").value;

export const bokeh = () => chosen("bokeh");

/** "blurred", "cutout" or "mask". */
export const output = () => chosen("output");

/** What is behind a cut-out: "none", "colour" or "picture". */
export const backdrop = () => chosen("backdrop");

/** Whether what is farther from the plane in focus is blurred more. */
export const isByDepth = (result) => result.depth !== "flat" && $("by-depth").checked;

export const blurOptions = () => ({
  strength: strength(),
  bokeh: bokeh(),
  ...($("by-depth").checked ? { focus: state.focus ?? undefined } : { depth: "flat" }),
  fallback: state.fully ? "never" : undefined,
});

/** Of a picture that is shown here and not saved. In a copy, what JPEG adds would pass for the photo's grain. */
export const viewOptions = (isWhole, { depth } = {}) => ({
  quality: 98,
  grain: isWhole || depth === "flat" || !$("by-depth").checked ? undefined : false,
});

/** The picture to make. One behind a cut-out is laid there by the page. */
export function outputOptions() {
  if (output() === "mask") return { output: "mask" };
  const metadata = $("metadata").checked ? "basic" : undefined;
  if (output() === "blurred") return { ...blurOptions(), metadata };
  return { output: "cutout", background: backdrop() === "colour" ? $("colour").value : undefined, metadata };
}

/** The blur for a state of the mask (history.js), as a key: one picture, one text. */
export const settingsKey = (maskState = 0) => JSON.stringify({ ...blurOptions(), maskState });

/** The same for a file: also its output, format and quality. */
export const fileKey = (maskState, type, quality) => JSON.stringify({ ...outputOptions(), maskState, type, quality });

/** What is in focus, as options of the API. */
export function focusOptions({ points }) {
  if (!points) return {};
  const [{ x, y, keep }] = points;
  const isOne = points.length === 1 && keep;
  return isOne ? { point: `${x},${y}` } : { points: JSON.stringify(points) };
}

/** Write the strength and the quality beside their sliders. */
export function tellSettings() {
  const share = `${(100 * strength()).toFixed(1)} %`;
  $("strength-value").textContent = share;
  $("strength").setAttribute("aria-valuetext", `${share} of the longer side`);
  $("quality-value").textContent = $("quality").value;
  $("focus-value").textContent = `${Math.round(100 * (1 - $("focus").value))} % away`;
  $("focus").disabled = !$("by-depth").checked;
}
