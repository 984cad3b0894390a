#!/usr/bin/env bash
# sharp 0.35.5: a white background of a 16-bit photo is 65280 of 65535, and an opaque one is not quite opaque.
# Versions: sharp 0.35.5 (npm).
# Expected: "white" is the white of the photo, 65535, and alpha 1 is opaque, as they are in 8 bits.
# Seen: extend, resize with fit "contain" and rotate multiply what was said in 8 bits by 256, not by 257. The margin differs
# from the white of the photo, and an opaque photo with alpha that gets a margin is no longer opaque. No word of it in the
# documentation.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit sharp@0.35.5 >npm.log 2>&1

node - <<'NODE'
const sharp = require("sharp");
const SIDE = 32;
const background = { r: 255, g: 255, b: 255, alpha: 1 };
const ways = {
  extend: (image) => image.extend({ top: 8, left: 8, background }),
  contain: (image) => image.resize(64, 96, { fit: "contain", background }),
  rotate: (image) => image.rotate(45, { background }),
};

async function corner(image, space, depth) {
  const png = await image.toColourspace(space).png().toBuffer();
  const { data, info } = await sharp(png).toColourspace(space).raw({ depth }).toBuffer({ resolveWithObject: true });
  const samples = depth === "ushort" ? new Uint16Array(data.buffer, data.byteOffset, info.channels) : data.subarray(0, info.channels);
  return { samples: [...samples], isOpaque: (await sharp(png).stats()).isOpaque };
}

(async () => {
  const seen = [];
  for (const [Samples, greatest, space, depth] of [[Uint8Array, 255, "srgb", "uchar"], [Uint16Array, 65535, "rgb16", "ushort"]]) {
    for (const channels of [3, 4]) {
      const raw = { width: SIDE, height: SIDE, channels };
      const photo = await sharp(new Samples(SIDE * SIDE * channels).fill(greatest), { raw }).toColourspace(space).png().toBuffer();
      for (const [name, way] of Object.entries(ways)) {
        const { samples, isOpaque } = await corner(way(sharp(photo)), space, depth);
        seen.push({ deep: greatest > 255, last: samples.at(-1), greatest, isOpaque, channels });
        console.log(`a white photo of ${greatest}, ${channels} channels, ${name}: margin ${samples.join(" ")}, opaque: ${isOpaque}`);
      }
    }
  }
  const right = seen.filter(({ deep }) => !deep).every(({ last, isOpaque }) => last === 255 && isOpaque);
  const wrong = seen.filter(({ deep }) => deep).every(({ last, isOpaque, channels }) => last === 65280 && isOpaque === (channels === 3));
  process.exit(right && wrong ? 0 : 1);
})();
NODE
