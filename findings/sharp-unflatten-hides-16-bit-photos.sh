#!/usr/bin/env bash
# sharp 0.35.5: `unflatten`, which makes white transparent, makes all of a 16-bit photo transparent.
# Versions: sharp 0.35.5 (npm).
# Expected: "ensure the image has an alpha channel with all white pixel values made fully transparent. Existing alpha channel values for
# non-white pixels remain unchanged."
# Seen: in 16 bits each pixel that is not white has an alpha of 255 of 65535, that is .4 %, and an alpha that was there is cut to its
# lowest 8 bits (32896, a half, becomes 128). In 8 bits it is right. The function is marked as experimental. No issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit sharp@0.35.5 >npm.log 2>&1

node - <<'NODE'
const sharp = require("sharp");
const SIDE = 4;

/** The alpha that unflatten gives a red and a white pixel, of 1, in a picture of so many bits that has an alpha of its own or none. */
async function alphas(bits, alpha) {
  const most = 2 ** bits - 1;
  const pixels = (colour) => Array(SIDE * SIDE).fill(alpha === undefined ? colour : [...colour, Math.round(alpha * most)]).flat();
  const Numbers = bits === 16 ? Uint16Array : Uint8Array;
  const found = [];
  for (const colour of [[most, 0, 0], [most, most, most]]) {
    const raw = { width: SIDE, height: SIDE, channels: alpha === undefined ? 3 : 4 };
    const png = await sharp(Numbers.from(pixels(colour)), { raw }).toColourspace(bits === 16 ? "rgb16" : "srgb").png().toBuffer();
    const space = (image) => (bits === 16 ? image.toColourspace("rgb16") : image);
    const opened = await space(sharp(png).unflatten()).png().toBuffer();
    const { data, info } = await space(sharp(opened)).raw({ depth: bits === 16 ? "ushort" : "uchar" }).toBuffer({ resolveWithObject: true });
    const values = bits === 16 ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data;
    found.push(values[info.channels - 1] / most);
  }
  return found;
}

(async () => {
  const seen = {};
  for (const bits of [8, 16]) {
    for (const alpha of [undefined, 0.502]) {
      const [red, white] = await alphas(bits, alpha);
      seen[`${bits} ${alpha}`] = red;
      console.log(`${bits} bits, alpha ${alpha ?? "none"}: after unflatten red has ${red.toFixed(4)}, white ${white.toFixed(4)}`);
    }
  }
  const right = seen["8 undefined"] === 1 && Math.abs(seen["8 0.502"] - 0.502) < 0.01;
  process.exit(right && seen["16 undefined"] < 0.005 && seen["16 0.502"] < 0.005 ? 0 : 1);
})();
NODE
