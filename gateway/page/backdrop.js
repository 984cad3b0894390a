// What lies behind a cut-out: nothing, a colour, or a picture of one's own.

import { $ } from "./elements.js";
import { backdrop } from "./settings.js";

let picture = null;

/** Take a picture to lay behind the cut-out; without one that the browser can open, the colour. */
export async function takeBackdrop(file) {
  picture?.close();
  picture = await createImageBitmap(file).catch(() => null);
  $(picture ? "backdrop-picture" : "backdrop-colour").checked = true;
}

export const hasBackdrop = () => picture !== null;

/** Draw it over a whole canvas, the picture as large as it takes to cover that. */
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
