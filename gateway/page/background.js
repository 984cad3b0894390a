// The blurred background, in the server's own way (handler/focal/blur/background.py) on a small grid of cells.

import { meanOverDisc, meanOverGaussian } from "./bokeh.js";
import { createCanvas, pixelsOf, scaled } from "./canvas.js";
import { codesOf, CURVE, GAIN } from "./linear-light.js";

/** The background alone, blurred, as a small canvas to be enlarged under the subject. */
export function blurredBackground(picture, mask, strength, bokeh) {
  const longer = Math.max(picture.width, picture.height);
  const factor = Math.max(2, Math.floor((strength * longer) / 16));
  const w = Math.max(1, Math.round(picture.width / factor));
  const h = Math.max(1, Math.round(picture.height / factor));
  const radius = Math.sqrt(Math.max(0.1, ((strength * longer) / 2 / factor) ** 2 - 1));
  const image = pixelsOf(scaled(picture, w, h));
  const light = weightedLight(image.data, pixelsOf(scaled(mask, w, h)).data);
  const mean = bokeh === "gaussian" ? meanOverGaussian : meanOverDisc;
  const far = mean(light, w, h, radius);
  const near = mean(light, w, h, radius / 2); // what touches the subject is nearly in focus
  for (let i = 0; i < far.length; i += 4) {
    const away = Math.min(1, Math.max(0, 2 * far[i + 3] - 1));
    const mix = away * away * (3 - 2 * away);
    const value = [0, 1, 2].map((c) => (1 - mix) * (near[i + c] / near[i + 3]) + mix * (far[i + c] / far[i + 3]));
    image.data.set(codesOf(value), i);
  }
  const made = createCanvas(w, h);
  made.getContext("2d").putImageData(image, 0, 0);
  return made;
}

/** The light of each cell times its weight, and the weight: a cell with some of the subject in it hardly counts. */
function weightedLight(pixels, mask) {
  const light = new Float32Array(pixels.length);
  for (let i = 0; i < light.length; i += 4) {
    const weight = (1 - mask[i] / 255) ** 32 + 1e-6;
    const gain = GAIN[Math.max(pixels[i], pixels[i + 1], pixels[i + 2])];
    for (let c = 0; c < 3; c++) light[i + c] = CURVE[pixels[i + c]] * gain * weight;
    light[i + 3] = weight;
  }
  return light;
}
