#!/usr/bin/env bash
# jimp 1.6.1, image-js 1.7.0, jpeg-js 0.4.4: a JPEG is read half a code too dark, so that each save darkens the photo.
# Versions: jimp 1.6.1 (npm), image-js 1.7.0 (npm), jpeg-js 0.4.4 (npm, which both read with), sharp 0.35.5 (npm),
# pillow 13.0.0, numpy 2.4.6.
# Expected: what is read from a JPEG and saved at quality 95 has the same mean, as with sharp.
# Seen: the colours are cut off to whole codes instead of rounded, .44 of a code each time on average: after ten saves a photo
# is more than four codes darker. Grey JPEGs keep their mean.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0 numpy==2.4.6
cd "$folder"
npm install --silent --no-fund --no-audit jimp@1.6.1 image-js@1.7.0 jpeg-js@0.4.4 sharp@0.35.5 >npm.log 2>&1

venv/bin/python - <<'PYTHON'
import numpy as np
from PIL import Image

y, x = np.mgrid[:128, :128]
colours = 130 + 70 * np.sin(x / 20 + y / 31), 120 + 60 * np.cos(y / 17), 110 + 60 * np.sin((x - y) / 25)
Image.fromarray(np.stack(colours, -1).astype(np.uint8)).save("photo.jpg", quality=95, subsampling=0)
PYTHON
cat > save.mjs <<'NODE'
import { readFileSync, writeFileSync } from "node:fs";
import * as imageJs from "image-js";
import jpegJs from "jpeg-js";
import { Jimp } from "jimp";
import sharp from "sharp";

const saves = {
  jimp: async (jpeg) => (await Jimp.read(jpeg)).getBuffer("image/jpeg", { quality: 95 }),
  "image-js": (jpeg) => Buffer.from(imageJs.encode(imageJs.decode(jpeg), { format: "jpeg", encoderOptions: { quality: 95 } })),
  "jpeg-js": (jpeg) => jpegJs.encode(jpegJs.decode(jpeg), 95).data,
  sharp: (jpeg) => sharp(jpeg).jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer(),
};
for (const [name, save] of Object.entries(saves)) {
  let jpeg = readFileSync("photo.jpg");
  for (let n = 1; n <= 10; n++) {
    jpeg = await save(jpeg);
    writeFileSync(`${name}-${n}.jpg`, jpeg);
  }
}
NODE
node save.mjs
venv/bin/python - <<'PYTHON'
import numpy as np
from PIL import Image


def mean(name: str) -> float:
    return float(np.asarray(Image.open(f"{name}.jpg").convert("RGB")).mean())


before = mean("photo")
darker = {name: before - mean(f"{name}-10") for name in ("jimp", "image-js", "jpeg-js", "sharp")}
for name in darker:
    print(f"{name}: mean {before:.2f}, after one save {mean(f'{name}-1'):.2f}, after ten {mean(f'{name}-10'):.2f}")
assert min(darker["jimp"], darker["image-js"], darker["jpeg-js"]) > 3 and abs(darker["sharp"]) < 0.3, "changed"
PYTHON
