// How much two masks differ. Needs no browser.

const ALIKE = 0.9; // intersection over union from which on nobody sees a difference worth a choice
const LEAST = 0.002; // share of the photo that a mask keeps at least to be one

/** Intersection over union of two soft masks, Uint8 of one length, as fuzzy sets: minimum over maximum. */
export function overlap(one, other) {
  let [both, either] = [0, 0];
  for (let i = 0; i < one.length; i++) {
    both += Math.min(one[i], other[i]);
    either += Math.max(one[i], other[i]);
  }
  return either ? both / either : 1;
}

/** The indices of the masks that differ from all those before them and keep something. */
export function differing(masks) {
  const kept = [];
  for (const [i, mask] of masks.entries()) {
    const share = mask.reduce((sum, value) => sum + value, 0) / (255 * mask.length);
    if (share >= LEAST && kept.every((other) => overlap(masks[other], mask) < ALIKE)) kept.push(i);
  }
  return kept;
}
