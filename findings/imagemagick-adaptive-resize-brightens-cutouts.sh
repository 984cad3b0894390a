#!/usr/bin/env bash
# ImageMagick 7.1.2-30, by @imagemagick/magick-wasm 0.0.43 (npm): adaptive-resize and bilateral-blur brighten what is half transparent.
# Versions: @imagemagick/magick-wasm 0.0.43 (npm), pillow 13.0.0.
# Expected: an even picture of (200, 100, 50), half transparent, stays so in any size and by any blur, as it does by resize,
# thumbnail, blur and gaussianBlur.
# Seen: adaptiveResize makes it (255, 199, 100), twice as bright, in every size but its own; bilateralBlur (255, 255, 198), four
# times as bright. Colours are divided by an alpha that they were not multiplied by, the second time twice. Opaque pictures are
# right, and so is alpha itself. No issue on it was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0
cd "$folder"
npm install --silent --no-fund --no-audit @imagemagick/magick-wasm@0.0.43 >npm.log 2>&1

venv/bin/python - <<'PYTHON'
from PIL import Image

Image.new("RGBA", (16, 16), (200, 100, 50, 128)).save("half.png")
Image.new("LA", (16, 16), (100, 128)).save("grey.png")
Image.new("RGB", (16, 16), (200, 100, 50)).save("opaque.png")
PYTHON
cat >brighten.mjs <<'NODE'
import fs from "node:fs";
import { ImageMagick, Magick, initializeImageMagick } from "@imagemagick/magick-wasm";

await initializeImageMagick(fs.readFileSync("node_modules/@imagemagick/magick-wasm/dist/x86/magick.wasm"));
console.log(Magick.imageMagickVersion);
const ways = {
  resize: (image) => image.resize(12, 12),
  thumbnail: (image) => image.thumbnail(12, 12),
  blur: (image) => image.blur(0, 2),
  gaussianBlur: (image) => image.gaussianBlur(0, 2),
  adaptiveResize: (image) => image.adaptiveResize(12, 12),
  adaptiveResizeToItsSize: (image) => image.adaptiveResize(16, 16),
  bilateralBlur: (image) => image.bilateralBlur(3, 3),
};
const pixel = (image) => image.getPixels((pixels) => [...pixels.getPixel(6, 6)]);
const after = (name, way) => ImageMagick.read(fs.readFileSync(name), (image) => (ways[way](image), pixel(image)));
const near = (colour, wanted) => colour.every((value, at) => Math.abs(value - wanted[at]) <= 2);
const kept = { "half.png": [200, 100, 50, 128], "grey.png": [100, 128], "opaque.png": [200, 100, 50] };
const twice = { "half.png": [255, 199, 100, 128], "grey.png": [199, 128], "opaque.png": [200, 100, 50] };
const fourfold = { "half.png": [255, 255, 198, 128], "grey.png": [255, 128], "opaque.png": [200, 100, 50] };
const holds = [];
for (const name of Object.keys(kept)) {
  for (const way of Object.keys(ways)) {
    const seen = after(name, way);
    console.log(`${name} by ${way}: ${seen}`);
    const wanted = way === "bilateralBlur" ? fourfold : way === "adaptiveResize" ? twice : kept;
    holds.push(near(seen, wanted[name]));
  }
}
process.exit(holds.every(Boolean) ? 0 : 1);
NODE
node brighten.mjs
