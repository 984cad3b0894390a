// Where in a photo to look for something else to keep, whether it differs, and what to call it.

const LONGEST = 16 / 9; // times a small picture's shorter side
const LEAST_DEPTH = 2; // cells from a place to the border of its region: with fewer, it is a sliver
const ALIKE = 0.85; // intersection over union from which on nobody sees a difference worth a choice
const LEAST = 0.004; // share of the photo that a mask keeps at least to be one

/** A place, or the nearest to it in the photo, {x, y} in fractions, as fine as anybody points. */
export function inside({ x, y }) {
  const [left, top] = [x, y].map((value) => Math.round(1e4 * Math.min(1, Math.max(0, value))) / 1e4);
  return { x: left, y: top };
}

/** Where a region lies deepest, its depth times a weight; null where it is but slivers, or weighs nothing.
 *
 * region: booleans (side · side).   weight: of each cell, 0 or more.   Returns {x, y} in fractions.
 */
export function deepest(region, weight, side) {
  const depth = depths(region, side);
  let [best, most] = [-1, 0];
  for (let i = 0; i < depth.length; i++) {
    const value = depth[i] < LEAST_DEPTH ? 0 : depth[i] * weight[i];
    if (value > most) [best, most] = [i, value];
  }
  return best < 0 ? null : { x: ((best % side) + 0.5) / side, y: (Math.floor(best / side) + 0.5) / side };
}

/** How many cells away the nearest outside each cell's region is, along rows and columns; beyond the photo is outside. */
function depths(region, side) {
  const depth = new Uint16Array(region.length);
  for (let i = 0; i < depth.length; i++) {
    const before = Math.min(i % side ? depth[i - 1] : 0, i < side ? 0 : depth[i - side]);
    depth[i] = region[i] ? 1 + before : 0;
  }
  for (let i = depth.length - 1; i >= 0; i--) {
    const after = Math.min((i + 1) % side ? depth[i + 1] : 0, i + side < depth.length ? depth[i + side] : 0);
    depth[i] = Math.min(depth[i], 1 + after);
  }
  return depth;
}

/** At each cell of a grid (side · side), the sum of the values in its square block of cells. */
export function blockSums(values, side, block) {
  const blockOf = (i) => Math.floor(i / side / block) * side + Math.floor((i % side) / block);
  const sums = new Float32Array(side ** 2);
  values.forEach((value, i) => (sums[blockOf(i)] += value));
  return sums.map((_, i) => sums[blockOf(i)]);
}

/** The middle of what a mask keeps, {x, y} in fractions; of nothing, the photo's.   mask: 0 to 255 (side · side) */
export function middleOf(mask, side) {
  let [sum, x, y] = [0, 0, 0];
  for (let i = 0; i < mask.length; i++) {
    sum += mask[i];
    x += mask[i] * ((i % side) + 0.5);
    y += mask[i] * (Math.floor(i / side) + 0.5);
  }
  return sum ? { x: x / sum / side, y: y / sum / side } : { x: 0.5, y: 0.5 };
}

/** What a small picture shows of a photo {width, height}: all of it, but of a panorama a piece around a place in it. */
export function pieceAround({ x, y }, { width, height }) {
  const piece = { width: Math.min(width, LONGEST * height), height: Math.min(height, LONGEST * width) };
  const from = (at, whole, part) => Math.min(Math.max(at * whole - part / 2, 0), whole - part);
  return { x: from(x, width, piece.width), y: from(y, height, piece.height), ...piece };
}

/** Where in a photo a place {x, y} is, in words. */
export function nameOf({ x, y }) {
  const third = (at) => Math.min(2, Math.floor(3 * at));
  const words = [["top", "", "bottom"][third(y)], ["left", "", "right"][third(x)]].filter(Boolean).join(" ");
  return words ? words.charAt(0).toUpperCase() + words.slice(1) : "Middle";
}

/** Intersection over union of two soft masks, Uint8 of one length, as fuzzy sets: minimum over maximum. */
function overlap(one, other) {
  let [both, either] = [0, 0];
  for (let i = 0; i < one.length; i++) {
    both += Math.min(one[i], other[i]);
    either += Math.max(one[i], other[i]);
  }
  return either ? both / either : 1;
}

/** Whether a mask keeps something, and differs from all the others. */
export function isAnother(mask, others) {
  const share = mask.reduce((sum, value) => sum + value, 0) / (255 * mask.length);
  return share >= LEAST && others.every((other) => overlap(other, mask) < ALIKE);
}
