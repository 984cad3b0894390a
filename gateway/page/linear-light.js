// Code values 0..255 -> light, and back, as the server does it (handler/focal/blur/linear_light.py).
// Highlights outshine white, or lamps would not become discs: all channels of a pixel by the same factor, its gain.

export const WHITE = 3;
export const KNEE = 230;
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
