#!/usr/bin/env bash
# jimp 1.6.1 (npm), utif2 4.1.0 (npm): a cut-out saved as TIFF says that its colours are multiplied by alpha, and they are not; what
# others saved multiplied is taken for plain.
# Versions: jimp 1.6.1 (npm), utif2 4.1.0 (npm), sharp 0.35.5 (npm), pillow 13.0.0, tifffile 2026.3.3, numpy 2.4.6.
# Expected: TIFF tells by ExtraSamples how colours stand to alpha: 1 multiplied by it, 2 plain (TIFF 6.0, section 18); a writer of
# plain colours writes 2, a reader divides for 1.
# Seen: utif2, by which jimp writes, puts 1 over plain colours: half transparent (200, 100, 50) is (255, 199, 99) in Pillow, and as
# bright in sharp. Read back by jimp it looks right, as the reader does not look at ExtraSamples: multiplied colours of other
# programs come out dark there. No issue on it was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0 tifffile==2026.3.3 numpy==2.4.6
cd "$folder"
npm install --silent --no-fund --no-audit jimp@1.6.1 utif2@4.1.0 sharp@0.35.5 >npm.log 2>&1

venv/bin/python - <<'PYTHON'
import numpy as np
import tifffile
from PIL import Image

Image.new("RGBA", (32, 32), (200, 100, 50, 128)).save("cutout.png")
multiplied = np.full((32, 32, 4), (100, 50, 25, 128), np.uint8)
tifffile.imwrite("multiplied.tif", multiplied, photometric="rgb", extrasamples=["assocalpha"])
PYTHON
node - >by-node.json <<'NODE'
const fs = require("fs");
const { Jimp } = require("jimp");
const UTIF = require("utif2");
const sharp = require("sharp");
const first = (data) => [...data.subarray(0, 4)];
(async () => {
  const cutout = await Jimp.read("cutout.png");
  fs.writeFileSync("by-jimp.tif", await cutout.getBuffer("image/tiff"));
  fs.writeFileSync("by-utif2.tif", Buffer.from(UTIF.encodeImage(new Uint8Array(cutout.bitmap.data), 32, 32)));
  const seen = {};
  for (const name of ["by-jimp.tif", "by-utif2.tif", "multiplied.tif"]) {
    const bySharp = await sharp(name).ensureAlpha().raw().toBuffer();
    seen[name] = { jimp: first((await Jimp.read(fs.readFileSync(name))).bitmap.data), sharp: first(bySharp) };
  }
  console.log(JSON.stringify(seen));
})();
NODE
venv/bin/python - <<'PYTHON'
import json
import sys
from pathlib import Path

import tifffile
from PIL import Image

RIGHT, BRIGHT, DARK = (200, 100, 50, 128), (255, 199, 99, 128), (100, 50, 25, 128)


def near(colour, wanted):
    return all(abs(value - other) <= 3 for value, other in zip(colour, wanted, strict=True))


by_node = json.loads(Path("by-node.json").read_text())
holds = []
for name, by_others, by_jimp in (
    ("by-jimp.tif", BRIGHT, RIGHT),
    ("by-utif2.tif", BRIGHT, RIGHT),
    ("multiplied.tif", RIGHT, DARK),
):
    says = tifffile.TiffFile(name).pages[0].extrasamples[0].name
    read = {"Pillow": Image.open(name).convert("RGBA").getpixel((0, 0)), **by_node[name]}
    print(f"{name}: says {says}, read as {read}")
    holds += [says == "ASSOCALPHA", near(read["Pillow"], by_others), near(read["sharp"], by_others), near(read["jimp"], by_jimp)]
sys.exit(0 if all(holds) else "changed")
PYTHON
