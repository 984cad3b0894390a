// A picture as light in a grid of square cells, in which its blur is computed, and back as code values 0..255.
// The server does it so, too (handler/focal/blur/linear_light.py, cells.py and background.py). Highlights outshine white,
// or lamps would not become discs: all channels of a pixel by the same factor, its gain.

const WHITE = 3;
const KNEE = 230;
const STEPS = 16383; // of the tables back to code values, by the square root of light

/** sRGB's curve (IEC 61966-2-1): the light of a code value, 0..1, highlights apart. */
export const CURVE = Float32Array.from({ length: 256 }, (_, code) => {
  const c = code / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
});

/** By how much a pixel whose brightest channel is this code value outshines what the curve says, 1..WHITE. */
export const GAIN = CURVE.map((_, code) => 1 + (WHITE - 1) * Math.max(0, (code - KNEE) / (255 - KNEE)) ** 4);

const LIT = CURVE.map((light, code) => light * GAIN[code]);
const CODE = inverse(CURVE, 1, (code) => code);
const UNGAIN = inverse(LIT, WHITE, (code) => {
  const below = Math.min(254, Math.floor(code));
  return 1 / (GAIN[below] + (code - below) * (GAIN[below + 1] - GAIN[below]));
});

/** For each step of light up to `most`, what `of` makes of the code value, with its fraction, that has this light. */
function inverse(lights, most, of) {
  let code = 0;
  return Float32Array.from({ length: STEPS + 1 }, (_, i) => {
    const light = (i / STEPS) ** 2 * most;
    while (code < 254 && lights[code + 1] <= light) code++;
    return of(Math.min(255, code + (light - lights[code]) / (lights[code + 1] - lights[code])));
  });
}

const step = (share) => (Math.sqrt(Math.min(1, share)) * STEPS + 0.5) | 0;

/** Code values, with their fractions, of light.   Float32 (n · 3), 0..WHITE -> Float32 (n · 3), 0..255 */
export function encode(light) {
  const codes = new Float32Array(light.length);
  for (let i = 0; i < light.length; i += 3) {
    const ungain = UNGAIN[step(Math.max(light[i], light[i + 1], light[i + 2]) / WHITE)];
    for (let c = i; c < i + 3; c++) codes[c] = CODE[step(light[c] * ungain)];
  }
  return codes;
}

const RADIUS_CELLS = 5; // of a disc
const LEAST_CELLS = 250; // on the longer side, however strong or weak the blur
const MOST_CELLS = 1024;

/** The grid for a blur of this radius: `factor` pixels a side, `columns` × `rows` cells that cover the picture. */
export function gridFor(radius, { width, height }) {
  const longer = Math.max(width, height);
  const coarse = Math.max(Math.floor(radius / RADIUS_CELLS), Math.ceil(longer / MOST_CELLS));
  let factor = Math.max(1, Math.min(coarse, Math.floor(longer / LEAST_CELLS)));
  if (factor > 6) factor -= factor % 2;
  return { factor, columns: Math.ceil(width / factor), rows: Math.ceil(height / factor) };
}

/** What is left of a radius in pixels for the disc, in cells: their mean and their enlargement blur already. */
export const radiusLeft = (radius, factor) =>
  factor > 1 ? Math.sqrt(Math.max((radius / factor) ** 2 - 1, 0)) : radius;

/** Mean light of each cell.   pixels RGBA (width · height · 4) -> Float32 (rows · columns · 3) */
export function meanLight({ data, width, height }, grid) {
  const means = new Float32Array(grid.rows * grid.columns * 3);
  const cells = cellsOf(width, grid, 3);
  const share = 1 / grid.factor ** 2;
  for (let y = 0; y < grid.rows * grid.factor; y++) {
    const row = width * mirrored(y, height);
    const start = 3 * grid.columns * Math.floor(y / grid.factor);
    for (let x = 0; x < cells.length; x++) {
      const i = 4 * (row + mirrored(x, width));
      const to = start + cells[x];
      const gain = share * GAIN[Math.max(data[i], data[i + 1], data[i + 2])];
      means[to] += CURVE[data[i]] * gain;
      means[to + 1] += CURVE[data[i + 1]] * gain;
      means[to + 2] += CURVE[data[i + 2]] * gain;
    }
  }
  return means;
}

/** Mean of each cell, rounded, of a mask.   Uint8 (width · height) -> Uint8 (rows · columns) */
export function meanMask(mask, { width, height }, grid) {
  const sums = new Uint32Array(grid.rows * grid.columns);
  const cells = cellsOf(width, grid, 1);
  for (let y = 0; y < grid.rows * grid.factor; y++) {
    const row = width * mirrored(y, height);
    const start = grid.columns * Math.floor(y / grid.factor);
    for (let x = 0; x < cells.length; x++) sums[start + cells[x]] += mask[row + mirrored(x, width)];
  }
  return new Uint8Array(sums.map((sum) => Math.round(sum / grid.factor ** 2)));
}

/** The two cells between whose middles a pixel lies, and how near it is to the second. */
export function between(pixel, factor, count) {
  const position = (pixel + 0.5) / factor - 0.5;
  const low = Math.floor(position);
  return { low: Math.max(0, low), high: Math.min(count - 1, low + 1), share: position - low };
}

/** A picture of cells, bilinear between their middles.   Float32 (rows · columns · 3) -> Float32 (width · height · 4)
 *
 * The fourth channel is 255. A canvas would cut fractions off, and be darker.
 */
export function enlarged(cells, { factor, columns, rows }, { width, height }) {
  const pixels = new Float32Array(4 * width * height);
  const across = Array.from({ length: width }, (_, x) => between(x, factor, columns));
  const wide = Array.from({ length: rows }, (_, row) => {
    const line = new Float32Array(4 * width).fill(255);
    across.forEach(({ low, high, share }, x) => {
      const [left, right] = [3 * (row * columns + low), 3 * (row * columns + high)];
      for (let c = 0; c < 3; c++) line[4 * x + c] = cells[left + c] + share * (cells[right + c] - cells[left + c]);
    });
    return line;
  });
  for (let y = 0, to = 0; y < height; y++) {
    const { low, high, share } = between(y, factor, rows);
    const [above, below] = [wide[low], wide[high]];
    for (let i = 0; i < above.length; i++, to++) pixels[to] = above[i] + share * (below[i] - above[i]);
  }
  return pixels;
}

/** Where the cell of each column of pixels begins in a row of cells of `channels` values. */
const cellsOf = (width, { factor, columns }, channels) =>
  Uint32Array.from({ length: columns * factor }, (_, x) => channels * Math.floor(x / factor));

/** Cells that reach over the border see the picture mirrored in it. */
const mirrored = (i, size) => (i < size ? i : Math.max(0, 2 * size - 1 - i));
