#!/usr/bin/env bash
# sharp 0.35.5: dilate makes a white subject smaller, erode makes it larger, and of soft masks they make other numbers.
# Versions: sharp 0.35.5 (npm).
# Expected: dilate "expands foreground objects", and the white of a mask is its foreground, as in OpenCV, scikit-image and Pillow's
# MaxFilter; of grey values it takes the greatest of the neighbourhood.
# Seen: what grows is black, which the documentation does not say. A square of 16 x 16 has 196 pixels after dilate and 324 after
# erode. Grey values are joined bit by bit: of a ramp from 0 to 255, dilate makes values that go up and down.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit sharp@0.35.5 >npm.log 2>&1

node - <<'NODE'
const sharp = require("sharp");
const SIDE = 32;
const raw = { raw: { width: SIDE, height: SIDE, channels: 1 } };
const drawn = (value) => Buffer.from(Array.from({ length: SIDE * SIDE }, (_, n) => value(n % SIDE, Math.floor(n / SIDE))));
const inside = (n) => n >= 8 && n < 24;

async function values(image) {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return [...data].filter((_, n) => n % info.channels === 0);
}

(async () => {
  const square = drawn((x, y) => (inside(x) && inside(y) ? 255 : 0));
  const ramp = drawn((x) => Math.round((255 * x) / (SIDE - 1)));
  const areas = {};
  for (const way of ["dilate", "erode"]) {
    areas[way] = (await values(sharp(square, raw)[way](1))).filter((value) => value === 255).length;
  }
  const row = (await values(sharp(ramp, raw).dilate(1))).slice(16 * SIDE, 17 * SIDE);
  const rises = row.slice(1).every((value, n) => value >= row[n]);
  console.log(`a white square of 256 pixels: dilate ${areas.dilate}, erode ${areas.erode}`);
  console.log(`a ramp from 0 to 255, dilated: ${row.join(" ")}`);
  process.exit(areas.dilate === 196 && areas.erode === 324 && !rises ? 0 : 1);
})();
NODE
