// The background blurred as the server does it (handler/focal/blur/background.py and normalised_blur.py), in cells.

import { spread } from "./bokeh.js";
import { gridFor, meanLight, meanMask, radiusLeft } from "./cells.js";
import { encode } from "./linear-light.js";
import { fill } from "./pull-push.js";

const PURITY = 128; // exponent: a cell with 4 % of the other layer in it counts next to nothing
const FALLBACK_WEIGHT = 1e-6;
const NEAR_SUBJECT = 0.5; // of the full radius: what touches the subject is nearly in focus

const PURITIES = Float32Array.from({ length: 256 }, (_, share) => {
  const purity = (share / 255) ** PURITY;
  return purity < FALLBACK_WEIGHT ** 2 ? 0 : purity;
});

/** A photo's two layers in cells fit for a blur of this radius in pixels: what `blurred` and cut-out.js go by.
 *
 * pixels: RGBA {data, width, height}.   mask: Uint8 (width · height), 255 subject.
 * Returns {grid, light, purity, behind, foreground, background}: the last two are code values, what either layer's
 * colour may be where only the other is seen; `behind` is the background's light.
 */
export function layersOf(pixels, mask, radius) {
  const grid = gridFor(radius, pixels);
  const light = meanLight(pixels, grid);
  const subject = meanMask(mask, pixels, grid);
  const ofSubject = new Float32Array(subject).map((share) => PURITIES[share]);
  const purity = new Float32Array(subject).map((share) => PURITIES[255 - share]);
  const behind = fill(light, purity, grid.columns, grid.rows);
  const before = fill(light, ofSubject, grid.columns, grid.rows);
  return { grid, light, purity, behind, foreground: encode(before), background: encode(behind) };
}

/** The background alone, blurred: from half the radius at the subject's edge to all of it one radius away.
 *
 * Returns code values in cells, Float32 (rows · columns · 3).
 */
export function blurred({ grid, light, purity, behind }, radius, bokeh) {
  const { columns: w, rows: h } = grid;
  const left = radiusLeft(radius, grid.factor);
  const weighted = new Float32Array(w * h * 4);
  for (let i = 0; i < purity.length; i++) {
    for (let c = 0; c < 3; c++) weighted[4 * i + c] = light[3 * i + c] * purity[i];
    weighted[4 * i + 3] = purity[i];
  }
  const far = spread(weighted, w, h, left, bokeh);
  const near = spread(weighted, w, h, NEAR_SUBJECT * left, bokeh);
  const out = new Float32Array(w * h * 3);
  for (let i = 0; i < purity.length; i++) {
    const distance = Math.min(1, Math.max(0, 2 * far[4 * i + 3] - 1));
    const growth = distance * distance * (3 - 2 * distance);
    for (let c = 0; c < 3; c++) {
      const guess = FALLBACK_WEIGHT * behind[3 * i + c];
      const nearly = (near[4 * i + c] + guess) / (near[4 * i + 3] + FALLBACK_WEIGHT);
      const fully = (far[4 * i + c] + guess) / (far[4 * i + 3] + FALLBACK_WEIGHT);
      out[3 * i + c] = nearly + growth * (fully - nearly);
    }
  }
  return encode(out);
}
