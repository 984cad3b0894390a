#!/usr/bin/env bash
# sharp 0.35.5: a 16-bit mask joined to an 8-bit photo makes it black, an 8-bit mask joined to a 16-bit photo makes it
# transparent.
# Versions: sharp 0.35.5 (npm).
# Expected: the mask becomes the alpha channel, brought to the depth of the photo (as composite() does), or an error.
# Seen: the numbers are put side by side as they are. Of 8 and 16 bits the result counts as 16 bits a sample, so that a PNG has
# the colour of the photo divided by 256, which is black; raw() cuts off at 255, so that half transparent is opaque. Of 16 and 8
# bits white of the mask is 255 of 65535, which is nothing. No word of it in the documentation of joinChannel. Convert the mask
# first: toColourspace("b-w") for an 8-bit photo, "grey16" for one of 16.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit sharp@0.35.5 >npm.log 2>&1

node - <<'NODE'
const sharp = require("sharp");
const SIDE = 8;
const PIXELS = SIDE * SIDE;

function drawn(values, deep) {
  const samples = Array.from({ length: PIXELS }, () => values).flat();
  const numbers = deep ? Uint16Array.from(samples, (value) => value * 257) : Uint8Array.from(samples);
  const image = sharp(numbers, { raw: { width: SIDE, height: SIDE, channels: values.length } });
  const spaces = deep ? ["grey16", "rgb16"] : ["b-w", "srgb"];
  return image.toColourspace(spaces[values.length === 1 ? 0 : 1]).png().toBuffer();
}

async function pixel(image) {
  const data = await image.raw().toBuffer();
  return [...data.subarray(0, data.length / PIXELS)].join(" ");
}

(async () => {
  const seen = {};
  for (const [name, deepPhoto, deepMask] of [["8 and 8 bits", false, false], ["8 and 16 bits", false, true], ["16 and 8 bits", true, false]]) {
    const photo = await drawn([200, 100, 50], deepPhoto);
    const mask = await drawn([128], deepMask);
    const png = await sharp(photo).joinChannel(mask).png().toBuffer();
    seen[name] = [await pixel(sharp(png)), await pixel(sharp(photo).joinChannel(mask))];
    console.log(`${name}, 200 100 50 and a mask of 128: as PNG ${seen[name][0]}, as raw ${seen[name][1]}`);
  }
  const right = seen["8 and 8 bits"].every((values) => values === "200 100 50 128");
  const black = seen["8 and 16 bits"][0] === "0 0 0 128" && seen["8 and 16 bits"][1] === "200 100 50 255";
  process.exit(right && black && seen["16 and 8 bits"][0].endsWith(" 0") ? 0 : 1);
})();
NODE
