// Code values 0..255 -> light, and back, as the server does it (handler/focal/blur/linear_light.py).
// Highlights outshine white, or lamps would not become discs: all channels of a pixel by the same factor, its gain.
// Needs no browser.

export const WHITE = 3;
export const KNEE = 230;
const STEPS = 4095; // of the tables back to code values, by the square root of light

/** sRGB's curve (IEC 61966-2-1): the light of a code value, 0..1, highlights apart. */
export const CURVE = Float32Array.from({ length: 256 }, (_, code) => {
  const c = code / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
});

/** By how much a pixel whose brightest channel is this code value outshines what the curve says, 1..WHITE. */
export const GAIN = CURVE.map((_, code) => 1 + (WHITE - 1) * Math.max(0, (code - KNEE) / (255 - KNEE)) ** 4);

const CODE = codesBelow((code) => CURVE[code], 1);
const UNGAIN = Float32Array.from(codesBelow((code) => CURVE[code] * GAIN[code], WHITE), (code) => 1 / GAIN[code]);

/** For each step up to `most`, the greatest code whose light, by `lightOf`, is not above it. */
function codesBelow(lightOf, most) {
  let code = 0;
  return Uint8Array.from({ length: STEPS + 1 }, (_, i) => {
    while (code < 255 && lightOf(code + 1) <= (i / STEPS) ** 2 * most) code++;
    return code;
  });
}

const step = (share) => Math.min(STEPS, Math.round(Math.sqrt(share) * STEPS));

/** The code values [r, g, b] of light [r, g, b], 0..WHITE. */
export function codesOf(light) {
  const ungain = UNGAIN[step(Math.max(...light) / WHITE)];
  return light.map((value) => CODE[step(value * ungain)]);
}
