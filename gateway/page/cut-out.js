// The subject cut out without the rim of its old background (handler/focal/blur/composite.py).

import { between } from "./cells.js";

const SHARE_OF_SUBJECT = Float32Array.from({ length: 256 }, (_, alpha) => {
  const of = alpha / 255;
  return of / (of ** 2 + (1 - of) ** 2);
});

/** Cut a rectangle out of a photo by its mask: the subject's own colour, the mask as alpha.
 *
 * pixels: RGBA {data, width, height}.   mask: Uint8 (area.height · area.width), 255 subject.   area: {x, y, width, height}.
 * layers: {grid, foreground, background}, either layer's colour in cells, see background.js.
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
