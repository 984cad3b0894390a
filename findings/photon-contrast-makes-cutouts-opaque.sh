#!/usr/bin/env bash
# @silvia-odwyer/photon-node 0.3.4 (npm): contrast makes a cut-out opaque, sharpening gives it an empty frame, brightness does neither.
# Versions: @silvia-odwyer/photon-node 0.3.4 (npm).
# Expected: a change of 0 leaves a picture as it is; a filter of an even picture leaves it even, up to its edges.
# Seen: adjust_contrast by 0 sets alpha to 255 everywhere, and hidden colours appear; so do oil, colorize and single_channel_grayscale.
# inc_brightness, adjust_brightness, sepia and invert keep alpha. sharpen, box_blur, emboss and noise_reduction leave a frame of one
# pixel that is transparent and black, and gaussian_blur blurs the colours but not alpha. No issue on it was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit @silvia-odwyer/photon-node@0.3.4 >npm.log 2>&1

node - <<'NODE'
const photon = require("@silvia-odwyer/photon-node");
const SIDE = 40;
const made = (colour) => {
  const pixels = new Uint8Array(SIDE * SIDE * 4);
  for (let at = 0; at < SIDE * SIDE; at++) pixels.set(colour(at % SIDE), at * 4);
  return new photon.PhotonImage(pixels, SIDE, SIDE);
};
const after = (colour, name, ...options) => {
  const image = made(colour);
  photon[name](image, ...options);
  return image.get_raw_pixels();
};
const at = (pixels, x, y) => [...pixels.slice((y * SIDE + x) * 4, (y * SIDE + x) * 4 + 4)];
const half = () => [200, 100, 50, 128];
const white = () => [255, 255, 255, 255];
const cutout = (x) => (x < 20 ? [255, 0, 0, 0] : [0, 0, 255, 255]);
const holds = [];

const calls = { adjust_contrast: [0], oil: [4, 55], colorize: [], single_channel_grayscale: [0] };
const faithful = { inc_brightness: [0], adjust_brightness: [0], sepia: [], invert: [] };
for (const [name, options] of Object.entries({ ...calls, ...faithful })) {
  const alpha = at(after(half, name, ...options), 20, 20)[3];
  console.log(`${name}: alpha of 128 is ${alpha}`);
  holds.push(alpha === (name in calls ? 255 : 128));
}
for (const name of ["sharpen", "box_blur", "emboss", "noise_reduction"]) {
  const pixels = after(white, name);
  console.log(`${name} of white: middle ${at(pixels, 20, 20)}, corner ${at(pixels, 0, 0)}`);
  holds.push(`${at(pixels, 20, 20)}` === "255,255,255,255", `${at(pixels, 0, 0)}` === "0,0,0,0");
}
const blurred = after(cutout, "gaussian_blur", 3);
const rows = [18, 19, 20, 21].map((x) => at(blurred, x, 20));
console.log("gaussian_blur around the edge of a blue cut-out on hidden red:", JSON.stringify(rows));
holds.push(rows[1][3] === 0, rows[2][3] === 255, rows[2][0] > 80);
process.exit(holds.every(Boolean) ? 0 : 1);
NODE
