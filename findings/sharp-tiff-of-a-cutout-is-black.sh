#!/usr/bin/env bash
# sharp 0.35.5: a cut-out that is saved as TIFF is opaque and black where it was transparent.
# Versions: sharp 0.35.5 (npm).
# Expected: TIFF holds alpha, and toFile("cutout.tiff") keeps it, as PNG, WebP and AVIF do; or an error.
# Seen: three channels: the photo is laid on black, soft edges too. The compression is JPEG where none is named, and then alpha
# is dropped without a word; with compression lzw or none it is kept. The documentation names the default, not what it does to
# alpha.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit sharp@0.35.5 >npm.log 2>&1

node - <<'NODE'
const sharp = require("sharp");
const SIDE = 16;
const pixels = Buffer.from(Array.from({ length: SIDE * SIDE }, (_, n) => [200, 100, 50, n % SIDE < 8 ? 128 : 0]).flat());

(async () => {
  const seen = {};
  const ways = { "cutout.tiff": {}, "lzw.tiff": { compression: "lzw" }, "cutout.png": null, "cutout.webp": null };
  for (const [name, options] of Object.entries(ways)) {
    const image = sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 4 } });
    await (options ? image.tiff(options) : image).toFile(name);
    const { channels } = await sharp(name).metadata();
    const data = await sharp(name).ensureAlpha().raw().toBuffer();
    seen[name] = { channels, soft: [...data.subarray(8, 12)], clear: [...data.subarray(48, 52)] };
    console.log(`${name}: ${channels} channels, half transparent ${seen[name].soft}, transparent ${seen[name].clear}`);
  }
  const [r, g, b, a] = seen["cutout.tiff"].clear;
  const black = seen["cutout.tiff"].channels === 3 && r + g + b < 20 && a === 255;
  const kept = ["lzw.tiff", "cutout.png", "cutout.webp"].every((name) => seen[name].soft[3] === 128 && seen[name].clear[3] === 0);
  process.exit(black && kept ? 0 : 1);
})();
NODE
