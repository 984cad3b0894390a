#!/usr/bin/env bash
# image-js 1.7.0 (npm): a picture that is resized smoothly is moved by half a pixel of the result, to the right and down.
# Versions: image-js 1.7.0 (npm), sharp 0.35.5 (npm).
# Expected: the middle of a picture stays in the middle, as in sharp, Pillow and OpenCV: pixel x of the result lies at
# (x + 0.5) * factor - 0.5.
# Seen: bilinear and bicubic (the default is bilinear) read at x * factor - 0.5. A subject in the middle of 1024 pixels is 8 of
# them beside it when it was reduced to 64, and the result of a mirror image is no mirror image. Nearest reads at the corner of
# each cell where it reduces. No issue on it was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit image-js@1.7.0 sharp@0.35.5 >npm.log 2>&1

cat >shift.mjs <<'NODE'
import { Image } from "image-js";
import sharp from "sharp";

const SIDE = 1024;
const SMALL = 64;
const soft = (x) => Math.round(255 * Math.exp(-(((x - (SIDE - 1) / 2) / 200) ** 2)));
const photo = new Image(SIDE, 8, { colorModel: "GREY" });
for (let y = 0; y < 8; y++) for (let x = 0; x < SIDE; x++) photo.setPixel(x, y, [soft(x)]);

// Where the light of a row has its middle, in pixels of the photo from the photo's middle.
const middle = (row) => {
  const sum = row.reduce((total, value) => total + value, 0);
  const weighted = row.reduce((total, value, x) => total + value * (x + 0.5), 0);
  return ((weighted / sum) * SIDE) / row.length - SIDE / 2;
};
const row = (image) => Array.from({ length: image.width }, (_, x) => image.getPixel(x, 4)[0]);
const holds = [Math.abs(middle(row(photo))) < 0.1];

const raw = { raw: { width: SIDE, height: 8, channels: 1 } };
const bytes = await sharp(Buffer.from(photo.getRawImage().data), raw).resize(SMALL, 8, { fit: "fill" }).greyscale().raw().toBuffer();
const bySharp = middle([...bytes.subarray(4 * SMALL, 5 * SMALL)]);
console.log(`sharp: the subject is ${bySharp.toFixed(2)} pixels beside the middle`);
holds.push(Math.abs(bySharp) < 0.5);
for (const interpolationType of ["bilinear", "bicubic", undefined]) {
  const options = interpolationType ? { interpolationType } : {};
  const reduced = photo.resize({ width: SMALL, height: 8, ...options });
  const mirrored = photo.flip().resize({ width: SMALL, height: 8, ...options }).flip();
  const moved = middle(row(reduced));
  const apart = Math.max(...row(reduced).map((value, x) => Math.abs(value - row(mirrored)[x])));
  console.log(`${interpolationType ?? "default"}: ${moved.toFixed(2)} pixels beside it; mirrored, resized, mirrored: ${apart} codes apart`);
  holds.push(Math.abs(moved - SIDE / SMALL / 2) < 0.5, apart > 10);
}
process.exit(holds.every(Boolean) ? 0 : 1);
NODE
node shift.mjs
