#!/usr/bin/env bash
# sharp 0.35.5: clahe() evens out the alpha channel as well, so that what was transparent is seen.
# Versions: sharp 0.35.5 (npm).
# Expected: clahe "generally enhances the clarity of the image by bringing out darker details"; the transparency of a cut-out is
# no detail of it, and stays (modulate, gamma, linear and normalise leave it).
# Seen: alpha 0 comes out as 11 far from the subject; of a soft edge from 0 to 255 it makes another one. The documentation does
# not speak of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit sharp@0.35.5 >npm.log 2>&1

node - <<'NODE'
const sharp = require("sharp");
const SIDE = 64;
const alphaAt = (x) => Math.max(0, Math.min(255, Math.round((x - 28) * 36)));
const pixels = Buffer.from(Array.from({ length: SIDE * SIDE }, (_, n) => [200, 100, 50, alphaAt(n % SIDE)]).flat());
const cutout = () => sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 4 } });

async function alpha(image) {
  const data = await image.raw().toBuffer();
  return [4, 29, 32, 34, 60].map((x) => data[(32 * SIDE + x) * 4 + 3]);
}

(async () => {
  const before = await alpha(cutout());
  const ways = {
    clahe: (image) => image.clahe({ width: 8, height: 8 }),
    modulate: (image) => image.modulate({ brightness: 1.5 }),
    gamma: (image) => image.gamma(2),
    linear: (image) => image.linear(1.5, 10),
    normalise: (image) => image.normalise(),
  };
  console.log("alpha of the cut-out:", before.join(" "));
  const changed = [];
  for (const [name, way] of Object.entries(ways)) {
    const after = await alpha(way(cutout()));
    console.log(`alpha after ${name}:`, after.join(" "));
    if (after.join() !== before.join()) changed.push(name);
  }
  const transparent = (await alpha(ways.clahe(cutout())))[0];
  process.exit(changed.join() === "clahe" && transparent > 0 ? 0 : 1);
})();
NODE
