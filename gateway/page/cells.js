// A picture as a grid of square cells, in which its blur is computed (handler/focal/blur/cells.py and background.py).

import { CURVE, GAIN } from "./linear-light.js";

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
