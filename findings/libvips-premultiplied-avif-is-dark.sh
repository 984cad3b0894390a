#!/usr/bin/env bash
# libvips 8.18.7, in pyvips and sharp: the colours of an AVIF that are stored multiplied by alpha are taken for plain ones.
# Versions: pyvips 3.2.0, pyvips-binary 8.18.7, sharp 0.35.5 (npm), pillow 13.0.0, opencv-python-headless 5.0.0.93, numpy 2.4.6.
# Expected: a file may say that its colours are multiplied by alpha (the reference "prem" of HEIF, ISO/IEC 23008-12); a reader
# divides by alpha, or says so. Pillow and OpenCV, which read by libavif, divide.
# Seen: libheif hands the samples over as stored, and libvips does not ask it which they are. Nothing in the metadata tells of it:
# half transparent (200, 100, 50) becomes (100, 50, 25), and is multiplied once more where it is laid on something. The same
# picture stored the usual way is read right. An issue of ImageMagick, whose reader does the same, is open (number 8025).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pyvips==3.2.0 pyvips-binary==8.18.7 pillow==13.0.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
cd "$folder"
npm install --silent --no-fund --no-audit sharp@0.35.5 >npm.log 2>&1

venv/bin/python - <<'PYTHON'
from PIL import Image

soft = Image.new("RGBA", (64, 64), (200, 100, 50, 128))
for name, is_multiplied in (("plain.avif", False), ("multiplied.avif", True)):
    soft.save(name, quality=100, subsampling="4:4:4", alpha_premultiplied=is_multiplied)
PYTHON
node - <<'NODE'
const fs = require("fs");
const sharp = require("sharp");
(async () => {
  const seen = {};
  for (const name of ["plain.avif", "multiplied.avif"]) {
    const metadata = await sharp(name).metadata();
    const pixel = async (image) => [...(await image.raw().toBuffer()).subarray(0, 4)];
    const onWhite = await pixel(sharp(name).flatten({ background: "white" }));
    seen[name] = { pixel: await pixel(sharp(name)), onWhite: onWhite.slice(0, 3), metadata: JSON.stringify(metadata) };
  }
  fs.writeFileSync("sharp.json", JSON.stringify(seen));
})();
NODE
venv/bin/python - <<'PYTHON'
import json
import sys
from pathlib import Path

import cv2
import pyvips
from PIL import Image

RIGHT, DARK = (200, 100, 50, 128), (100, 50, 25, 128)
ON_WHITE, DARK_ON_WHITE = (227, 177, 152), (177, 152, 139)


def near(colour, wanted):
    return all(abs(value - other) <= 3 for value, other in zip(colour, wanted, strict=True))


by_sharp = json.loads(Path("sharp.json").read_text())
seen = []
for name, by_libvips, on_white in (("plain.avif", RIGHT, ON_WHITE), ("multiplied.avif", DARK, DARK_ON_WHITE)):
    image = pyvips.Image.new_from_file(name)
    read = {
        "Pillow": Image.open(name).getpixel((0, 0)),
        "OpenCV": tuple(cv2.imread(name, cv2.IMREAD_UNCHANGED)[0, 0, [2, 1, 0, 3]].tolist()),
        "pyvips": tuple(round(value) for value in image(0, 0)),
        "sharp": tuple(by_sharp[name]["pixel"]),
    }
    laid = tuple(by_sharp[name]["onWhite"])
    says = [field for field in image.get_fields() if "mult" in field] + ["mult"] * ("multiplied" in by_sharp[name]["metadata"])
    print(f"{name}: {read}, on white by sharp {laid}; fields that say how it is stored: {says}")
    seen += [near(read[reader], RIGHT) for reader in ("Pillow", "OpenCV")]
    seen += [near(read[reader], by_libvips) for reader in ("pyvips", "sharp")] + [near(laid, on_white), not says]
sys.exit(0 if all(seen) else "changed")
PYTHON
