#!/usr/bin/env bash
# Pillow 13.0.0: a 16-bit grey picture saved as WebP, AVIF or GIF is white, and a mask of floats black, without an error.
# Versions: pillow 13.0.0, opencv-python-headless 5.0.0.93, numpy 2.4.6.
# Expected: white stays white and the middle the middle, in the 8 bits that these formats or writers hold; or an error: saved as
# JPEG, BMP or TGA, the same picture is refused with "cannot write mode I;16".
# Seen: these three writers convert it to RGB or to 8 bits by themselves, and that conversion cuts off at 255 instead of dividing by
# 257. A 16-bit PNG of a scanner, opened and saved as WebP, is white all over but for the deepest black; a mask of 0 to 1 (mode F)
# has nothing but 0 and 1 of 255. The handbook says that AVIF is saved with 8 bits, and of none of the three what becomes of more.
# An issue of 2017 that asks for one rule for all writers is open (number 2663).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
cd "$folder"

venv/bin/python - <<'PYTHON'
import sys

import cv2
import numpy as np
from PIL import Image

ramp = np.linspace(0, 65535, 64).round().astype(np.uint16)[None].repeat(64, 0)
Image.fromarray(ramp).save("scan.png")
scan = Image.open("scan.png")
mask = Image.fromarray((ramp / 65535).astype(np.float32))
assert (np.asarray(scan) == ramp).all()


def middle(name):
    """The value in the middle of 0 to 255, by OpenCV."""
    if name.endswith("gif"):
        return Image.open(name).convert("L").getpixel((32, 32))
    return int(cv2.imread(name, cv2.IMREAD_GRAYSCALE)[32, 32])


seen = {}
for kind in ("webp", "avif", "gif", "png", "jpg", "bmp", "tga"):
    for what, image in (("scan", scan), ("mask", mask)):
        try:
            image.save(f"{what}-saved.{kind}")
            seen[what, kind] = middle(f"{what}-saved.{kind}")
        except OSError as error:
            seen[what, kind] = str(error)
    print(f"{kind}: the middle of a scan of 16 bits {seen['scan', kind]!r}, of a mask of floats {seen['mask', kind]!r}; right is 129")
holds = all(seen["scan", kind] >= 250 and seen["mask", kind] <= 2 for kind in ("webp", "avif", "gif"))
holds &= abs(seen["scan", "png"] - 129) <= 1 and "cannot write" in seen["mask", "png"]
holds &= all("cannot write" in str(seen[what, kind]) for what in ("scan", "mask") for kind in ("jpg", "bmp", "tga"))
sys.exit(0 if holds else "changed")
PYTHON
