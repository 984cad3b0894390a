// The controls of blur and download: what they ask for, as options of the API, and which of them are of use.

import { $, chosen, state } from "./state.js";

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

/** The blur for a state of the mask (state.js), as a key: one picture, one text. */
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

const STRENGTHS = ["None", "Slight", "Medium", "Strong", "Very strong"];

/** Write the strength and the quality beside their sliders. */
export function tellSettings() {
  const words = `${STRENGTHS[Math.ceil((4 * strength()) / $("strength").max)]}, ${(100 * strength()).toFixed(1)} %`;
  $("strength-value").textContent = words;
  $("strength").setAttribute("aria-valuetext", words);
  $("quality-value").textContent = $("quality").value;
  $("focus-value").textContent = `${Math.round(100 * (1 - $("focus").value))} % away`;
  $("focus").disabled = !$("by-depth").checked;
}

let picture = null; // of the user's own, to lay behind the cut-out

/** Show what belongs to the chosen output and format. What is transparent cannot be a JPEG. */
export function tellOutput() {
  const isCutOut = output() === "cutout";
  if (backdrop() === "picture" && !picture) $("backdrop-file").click();
  const isTransparent = isCutOut && backdrop() === "none";
  const [jpeg] = $("format").options;
  jpeg.disabled = isTransparent;
  if (isTransparent && $("format").value === "jpeg") $("format").value = "png";
  $("backdrops").hidden = !isCutOut;
  $("colour").hidden = backdrop() !== "colour";
  $("lossy").hidden = $("format").value === "png";
  $("metadata").disabled = output() === "mask" || (isCutOut && backdrop() === "picture");
  $("after").classList.toggle("transparent", isTransparent);
  tellSettings();
}

/** Take a picture to lay behind the cut-out; without one that the browser can open, the colour. */
export async function takeBackdrop(file) {
  picture?.close();
  picture = await createImageBitmap(file).catch(() => null);
  $(picture ? "backdrop-picture" : "backdrop-colour").checked = true;
}

/** Draw what lies behind the cut-out over a whole canvas, a picture as large as it takes to cover that. */
export function drawBackdrop(context) {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  if (backdrop() === "colour") {
    context.fillStyle = $("colour").value;
    context.fillRect(0, 0, width, height);
  } else if (backdrop() === "picture" && picture) {
    const factor = Math.max(width / picture.width, height / picture.height);
    const [w, h] = [factor * picture.width, factor * picture.height];
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, (width - w) / 2, (height - h) / 2, w, h);
  }
}

/** Whether this browser can share files at all. */
export const canShare = () =>
  navigator.canShare?.({ files: [new File([], "a.jpg", { type: "image/jpeg" })] }) ?? false;
