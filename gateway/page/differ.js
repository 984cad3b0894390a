// How much two masks differ. Needs no browser.

const ALIKE = 0.85; // intersection over union from which on nobody sees a difference worth a choice
const LEAST = 0.004; // share of the photo that a mask keeps at least to be one

/** Intersection over union of two soft masks, Uint8 of one length, as fuzzy sets: minimum over maximum. */
export function overlap(one, other) {
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
