// A photo's two layers in cells: the background blurred, and the subject cut out of it.
// The server does it so, too (handler/focal/blur/background.py, normalised_blur.py and composite.py).

import { spread } from "./bokeh.js";
import { between, encode, gridFor, meanLight, meanMask, radiusLeft } from "./cells.js";
import { fill } from "./pull-push.js";

const PURITY = 128; // exponent: a cell with 4 % of the other layer in it counts next to nothing
const FALLBACK_WEIGHT = 1e-6;
const NEAR_SUBJECT = 0.5; // of the full radius: what touches the subject is nearly in focus

const PURITIES = Float32Array.from({ length: 256 }, (_, share) => {
  const purity = (share / 255) ** PURITY;
  return purity < FALLBACK_WEIGHT ** 2 ? 0 : purity;
});

/** A photo's two layers in cells fit for a blur of this radius in pixels: what `blurred` and `cutOut` go by.
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

const SHARE_OF_SUBJECT = Float32Array.from({ length: 256 }, (_, alpha) => {
  const of = alpha / 255;
  return of / (of ** 2 + (1 - of) ** 2);
});

/** Cut a rectangle out of a photo by its mask: the subject's own colour, the mask as alpha.
 *
 * pixels: RGBA {data, width, height}.   mask: Uint8 (area.height · area.width), 255 subject.   area: {x, y, width, height}.
 * layers: {grid, foreground, background}, either layer's colour in cells, see layersOf.
 * Returns RGBA bytes (area.height · area.width · 4).
 */
export function cutOut({ data, width: wide }, mask, { grid, foreground, background }, { x, y, width, height }) {
  const out = new Uint8ClampedArray(width * height * 4);
  const across = Array.from({ length: width }, (_, i) => between(x + i, grid.factor, grid.columns));
  for (let row = 0, to = 0; row < height; row++) {
    const down = between(y + row, grid.factor, grid.rows);
    const [above, below] = [down.low * grid.columns, down.high * grid.columns];
    for (let column = 0; column < width; column++, to += 4) {
      const place = (y + row) * wide + x + column;
      const alpha = mask[to / 4];
      if (alpha === 0) continue;
      out[to + 3] = alpha;
      const of = alpha / 255;
      const { low, high, share } = across[column];
      const corners = [above + low, above + high, below + low, below + high];
      for (let c = 0; c < 3; c++) {
        const own = data[4 * place + c];
        if (alpha === 255) {
          out[to + c] = own;
          continue;
        }
        const guess = valueAt(foreground, corners, share, down.share, c);
        const mixed = of * guess + (1 - of) * valueAt(background, corners, share, down.share, c);
        out[to + c] = guess + SHARE_OF_SUBJECT[alpha] * (own - mixed);
      }
    }
  }
  return out;
}

/** A layer's value between four cells. */
function valueAt(layer, corners, share, down, c) {
  const top = layer[3 * corners[0] + c] * (1 - share) + layer[3 * corners[1] + c] * share;
  const bottom = layer[3 * corners[2] + c] * (1 - share) + layer[3 * corners[3] + c] * share;
  return top + down * (bottom - top);
}
