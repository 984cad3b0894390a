// The controls of the download: which of them the chosen output leaves open.

import { hasBackdrop } from "./backdrop.js";
import { $ } from "./elements.js";
import { backdrop, output, tellSettings } from "./settings.js";

/** Show what belongs to the chosen output and format. What is transparent cannot be a JPEG. */
export function tellOutput() {
  const isCutOut = output() === "cutout";
  if (backdrop() === "picture" && !hasBackdrop()) $("backdrop-file").click();
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

/** Whether this browser can share files at all. */
export const canShare = () =>
  navigator.canShare?.({ files: [new File([], "a.jpg", { type: "image/jpeg" })] }) ?? false;
