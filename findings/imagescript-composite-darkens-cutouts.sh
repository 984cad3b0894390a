#!/usr/bin/env bash
# imagescript 1.3.1: a soft cut-out that is laid on a transparent canvas, or fitted into one, turns dark; on a half transparent one too.
# Versions: imagescript 1.3.1 (npm), sharp 0.35.5 (npm).
# Expected: laid on nothing, a picture is as it was. Laid on its like, each of half strength, white stays white and covers three quarters.
# Seen: `composite` mixes the colours as if the canvas were opaque (what is transparent counts as black), and leaves the alpha at the
# larger of the two. White of alpha 64 becomes dark grey of alpha 64, and is drawn at a quarter of its light. `fit` does the same to
# the picture itself, `contain` and `cover` do not. On an opaque canvas `composite` is right. sharp is right in all. No issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit imagescript@1.3.1 sharp@0.35.5 >npm.log 2>&1

node - <<'NODE'
const { Image } = require("imagescript");
const sharp = require("sharp");

const SIDE = 16;
const even = (colour) => new Image(SIDE, SIDE).fill(Image.rgbaToColor(...colour));
const middle = (image) => Image.colorToRGBA(image.getPixelAt(image.width / 2, image.height / 2));

/** The same by sharp, as a pixel in the middle. */
async function bySharp(canvas, colour) {
  const plain = ([r, g, b, alpha]) => ({
    create: { width: SIDE, height: SIDE, channels: 4, background: { r, g, b, alpha: alpha / 255 } },
  });
  const input = await sharp(plain(colour)).png().toBuffer();
  return [...(await sharp(plain(canvas)).composite([{ input }]).raw().toBuffer()).subarray(0, 4)];
}

(async () => {
  const [nothing, black, half] = [[0, 0, 0, 0], [0, 0, 0, 255], [255, 255, 255, 128]];
  const cases = [
    [nothing, [255, 255, 255, 64], [64, 64, 64, 64]],
    [nothing, [200, 100, 50, 128], [100, 50, 25, 128]],
    [half, half, [255, 255, 255, 128]],
    [[0, 0, 0, 1], [255, 255, 255, 128], [128, 128, 128, 128]],
    [black, [200, 100, 50, 128], [100, 50, 25, 255]],
  ];
  let holds = true;
  for (const [canvas, colour, expected] of cases) {
    const seen = middle(even(canvas).composite(even(colour), 0, 0));
    const right = await bySharp(canvas, colour);
    console.log(`${colour} on ${canvas}: ${seen}, by sharp ${right}`);
    const differs = Math.max(...seen.map((value, i) => Math.abs(value - right[i]))) > 40;
    holds &&= String(seen) === String(expected) && differs === (canvas !== black);
  }
  for (const [way, expected] of [["contain", [200, 100, 50, 128]], ["cover", [200, 100, 50, 128]], ["fit", [100, 50, 25, 128]]]) {
    const seen = middle(even([200, 100, 50, 128])[way](24, 32));
    console.log(`200,100,50,128 after ${way}: ${seen}`);
    holds &&= String(seen) === String(expected);
  }
  process.exit(holds ? 0 : 1);
})();
NODE
