#!/usr/bin/env bash
# stackblur-canvas 3.0.1 (npm): blurring a half transparent picture of one colour makes it lighter, up to white.
# Versions: stackblur-canvas 3.0.1 (2.7.0 does the same).
# Expected: the blur of a picture that is of one colour and one alpha everywhere is the same picture.
# Seen: at an alpha below 255 the colour is divided by alpha in each of the two passes, though it had never been multiplied by
# it: a dark grey of 30 at alpha 128 becomes 120, a grey of 100 white. Only opaque pictures keep their colours: soft
# edges of a cut-out light up.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit stackblur-canvas@3.0.1 >npm.log 2>&1

node - <<'NODE'
const { imageDataRGBA } = require("stackblur-canvas");
globalThis.ImageData = class {}; // a class of browsers, which Node.js lacks
const side = 32;
const seen = [[30, 255], [30, 128], [100, 128]].map(([grey, alpha]) => {
  const picture = { width: side, height: side, data: new Uint8ClampedArray(4 * side * side) };
  for (let at = 0; at < picture.data.length; at += 4) picture.data.set([grey, grey, grey, alpha], at);
  imageDataRGBA(picture, 0, 0, side, side, 5);
  const middle = Array.from(picture.data.slice(2 * side * (side + 1), 2 * side * (side + 1) + 4));
  console.log(`grey ${grey}, alpha ${alpha}: ${middle} (red, green, blue, alpha)`);
  return middle;
});
const isAsSeen = JSON.stringify(seen.map(([red, , , alpha]) => [red, alpha])) === "[[30,255],[120,128],[255,128]]";
if (!isAsSeen) {
  console.error("changed");
  process.exit(1);
}
NODE
