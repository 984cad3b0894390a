#!/usr/bin/env bash
# image-js 1.7.0 (npm): a TIFF in colour that is stored in tiles comes out as a red picture of other pixels, without an error.
# Versions: image-js 1.7.0 (npm), tiff 7.1.3 (npm), sharp 0.35.5 (npm), tifffile 2026.3.3, pillow 13.0.0, numpy 2.4.6.
# Expected: the same pixels as from strips, or an error. Grey tiles are read right.
# Seen: of each tile it reads one number a pixel, and puts it into the first channel. So red is read from bytes that follow one
# another, red, green and blue in turn, of the first third of each tile, and green and blue are 0 all over. In strips the same
# picture is right. Large scans, and all that libvips writes as pyramids, are in tiles.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tifffile==2026.3.3 pillow==13.0.0 numpy==2.4.6
cd "$folder"
npm install --silent --no-fund --no-audit image-js@1.7.0 tiff@7.1.3 sharp@0.35.5 >npm.log 2>&1

venv/bin/python - <<'PYTHON'
import numpy as np
import tifffile
from PIL import Image

down, right = np.mgrid[:96, :128]
photo = np.stack([right, 255 - 2 * down, 100 + right // 2], -1).astype(np.uint8)
for name, picture, layout in (
    ("colour-strips", photo, {}),
    ("colour-tiles", photo, {"tile": (32, 32)}),
    ("grey-tiles", photo[..., 0].copy(), {"tile": (32, 32)}),
):
    kind = "rgb" if picture.ndim == 3 else "minisblack"
    tifffile.imwrite(f"{name}.tif", picture, photometric=kind, **layout)
    assert (np.asarray(Image.open(f"{name}.tif")) == picture).all()
PYTHON
cat >read.mjs <<'NODE'
import fs from "node:fs";
import { decode } from "image-js";
import sharp from "sharp";

const seen = {};
console.log = () => {}; // the decoder prints how many tiles there are
for (const name of ["colour-strips", "colour-tiles", "grey-tiles"]) {
  const right = await sharp(`${name}.tif`).raw().toBuffer({ resolveWithObject: true });
  const { data, channels } = decode(fs.readFileSync(`${name}.tif`)).getRawImage();
  const per = right.info.channels / channels; // sharp gives grey as one channel or as three alike
  let off = 0;
  for (let i = 0; i < data.length; i++) off = Math.max(off, Math.abs(data[i] - right.data[i * per]));
  const largest = Array.from({ length: channels }, (_, c) => data.filter((_, i) => i % channels === c).reduce((a, b) => Math.max(a, b)));
  seen[name] = { off, largest };
  process.stdout.write(`${name}: off by up to ${off}, largest of each channel ${largest}\n`);
}
const others = seen["colour-strips"].off === 0 && seen["grey-tiles"].off === 0;
const [red, green, blue] = seen["colour-tiles"].largest;
process.exit(others && seen["colour-tiles"].off > 150 && red > 0 && green === 0 && blue === 0 ? 0 : 1);
NODE
node read.mjs
