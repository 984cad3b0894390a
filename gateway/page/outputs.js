// The download's controls: which of them the chosen output leaves open, and what lies behind a cut-out.

import { $ } from "./elements.js";
import { backdrop, output, tellSettings } from "./settings.js";

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
