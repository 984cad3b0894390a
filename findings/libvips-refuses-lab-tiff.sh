#!/usr/bin/env bash
# libvips 8.18.5 to 8.18.7: a TIFF in CIELAB of 8 bits is refused, also one that libvips wrote itself; 8.18.4 reads it.
# Versions: pyvips 3.2.0, pyvips-binary 8.18.4 and 8.18.7, sharp 0.35.5 (npm), pillow 13.0.0, tifffile 2026.3.3, numpy 2.4.6.
# Expected: 8-bit CIELAB is a part of TIFF 6.0 (its section 23), in which print shops' scans and retouched photos come; a patch
# release reads what the one before read.
# Seen: "bad labq format". libvips packs such pixels into four bytes (LABQ). From 8.18.5 on it refuses an image that is packed
# so and is not marked as LABQ; its TIFF reader marks it as LAB. Lab of 16 bits, which is not packed, is read.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/8.18.4"
"$folder/8.18.4/bin/pip" install -q pyvips==3.2.0 pyvips-binary==8.18.4 pillow==13.0.0 tifffile==2026.3.3 numpy==2.4.6
python3 -m venv "$folder/8.18.7"
"$folder/8.18.7/bin/pip" install -q pyvips==3.2.0 pyvips-binary==8.18.7
cd "$folder"
npm install --silent --no-fund --no-audit sharp@0.35.5 >npm.log 2>&1

8.18.4/bin/python - <<'PYTHON'
import numpy as np
import pyvips
import tifffile
from PIL import Image

photo = Image.new("RGB", (64, 48), (200, 100, 50)).convert("LAB")
photo.save("by-pillow.tif")
tifffile.imwrite("16-bit.tif", np.asarray(photo).astype(np.uint16) * 257, photometric="cielab")
pyvips.Image.new_from_file("by-pillow.tif").Lab2LabQ().write_to_file("by-libvips.tif")
print("tifffile reads what Pillow wrote as", tifffile.TiffFile("by-pillow.tif").pages[0].photometric.name)
PYTHON
cat >read.py <<'PYTHON'
import json

import pyvips

seen = {}
for name in ("by-pillow.tif", "by-libvips.tif", "16-bit.tif"):
    try:
        image = pyvips.Image.new_from_file(name).colourspace("srgb")
        seen[name] = [round(value) for value in image(8, 8)[:3]]
    except pyvips.Error as error:
        seen[name] = next(line.strip() for line in str(error).splitlines() if "format" in line)
print(json.dumps(seen))
PYTHON
8.18.4/bin/python read.py >old.json
8.18.7/bin/python read.py >new.json
node - >sharp.json <<'NODE'
const sharp = require("sharp");
(async () => {
  const seen = {};
  for (const name of ["by-pillow.tif", "by-libvips.tif", "16-bit.tif"])
    seen[name] = await sharp(name).toColourspace("srgb").raw().toBuffer().then(
      (data) => [...data.subarray(0, 3)],
      (error) => error.message.split("\n")[0]
    );
  console.log(JSON.stringify(seen));
})();
NODE
8.18.7/bin/python - <<'PYTHON'
import json
import sys
from pathlib import Path

old, new, sharp = (json.loads(Path(name).read_text()) for name in ("old.json", "new.json", "sharp.json"))
print("8.18.4:", old)
print("8.18.7:", new)
print("sharp: ", sharp)
reads = [isinstance(seen[name], list) for seen in (old, new, sharp) for name in ("by-pillow.tif", "by-libvips.tif", "16-bit.tif")]
refusals = [seen[name] for seen in (new, sharp) for name in ("by-pillow.tif", "by-libvips.tif")]
holds = reads == [True, True, True, False, False, True, False, False, True] and all("labq" in text for text in refusals)
sys.exit(0 if holds else "changed")
PYTHON
