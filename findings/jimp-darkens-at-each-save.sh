#!/usr/bin/env bash
# jimp 1.6.1, image-js 1.7.0, jpeg-js 0.4.4: a JPEG is read half a code too dark, so that each save darkens the photo.
# Versions: jimp 1.6.1 (npm), image-js 1.7.0 (npm), jpeg-js 0.4.4 (npm, which both read with), sharp 0.35.5 (npm).
# Expected: what is read from a JPEG and saved at quality 95 has the same mean, as with sharp.
# Seen: the colours are cut off to whole codes instead of rounded, .44 of a code each time on average: after ten saves a photo
# is more than four codes darker. Grey JPEGs keep their mean.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit jimp@1.6.1 image-js@1.7.0 jpeg-js@0.4.4 sharp@0.35.5 >npm.log 2>&1

cat > seen.mjs <<'NODE'
import * as imageJs from "image-js";
import jpegJs from "jpeg-js";
import { Jimp } from "jimp";
import sharp from "sharp";

const SIDE = 128;
const pixels = Buffer.alloc(SIDE * SIDE * 3);
for (let n = 0; n < SIDE * SIDE; n++) {
  const [x, y] = [n % SIDE, Math.floor(n / SIDE)];
  pixels.set([130 + 70 * Math.sin(x / 20 + y / 31), 120 + 60 * Math.cos(y / 17), 110 + 60 * Math.sin((x - y) / 25)], n * 3);
}
const photo = await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
  .jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer();

const mean = async (jpeg) => {
  const { data, info } = await sharp(jpeg).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return data.reduce((sum, value) => sum + value, 0) / (info.width * info.height * info.channels);
};
const saves = {
  jimp: async (jpeg) => (await Jimp.read(jpeg)).getBuffer("image/jpeg", { quality: 95 }),
  "image-js": (jpeg) => Buffer.from(imageJs.encode(imageJs.decode(jpeg), { format: "jpeg", encoderOptions: { quality: 95 } })),
  "jpeg-js": (jpeg) => jpegJs.encode(jpegJs.decode(jpeg), 95).data,
  sharp: (jpeg) => sharp(jpeg).jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer(),
};
const before = await mean(photo);
const darker = {};
for (const [name, save] of Object.entries(saves)) {
  let jpeg = photo;
  const means = [];
  for (let n = 0; n < 10; n++) {
    jpeg = await save(jpeg);
    means.push(await mean(jpeg));
  }
  darker[name] = before - means[9];
  console.log(`${name}: mean ${before.toFixed(2)}, after one save ${means[0].toFixed(2)}, after ten ${means[9].toFixed(2)}`);
}
const dark = ["jimp", "image-js", "jpeg-js"].every((name) => darker[name] > 3);
process.exit(dark && Math.abs(darker.sharp) < 0.3 ? 0 : 1);
NODE
node seen.mjs
