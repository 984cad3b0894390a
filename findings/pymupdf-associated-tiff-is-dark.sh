#!/usr/bin/env bash
# PyMuPDF 2.0: a TIFF whose colours are stored multiplied by alpha is multiplied once more, on a page as in a Pixmap.
# Versions: pymupdf 2.0, tifffile 2026.3.3, pillow 13.0.0, numpy 2.4.6.
# Expected: TIFF tells by ExtraSamples how colours stand to alpha: 1 multiplied, 2 plain (TIFF 6.0, section 18). Both store the same
# half transparent (200, 100, 50) here, which is (227, 177, 152) on white, as Pillow has it.
# Seen: the plain one is right. Of the multiplied one, which photo editors write, a Pixmap holds (50, 25, 13) in the place of
# (100, 50, 25), and a page (176, 151, 139) with it on white: 50 codes too dark. Grey ones and those of 16 bits are too. No issue
# on it was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pymupdf==2.0 tifffile==2026.3.3 pillow==13.0.0 numpy==2.4.6

cd "$folder"
venv/bin/python - <<'PYTHON'
import sys

import numpy as np
import pymupdf
import tifffile
from PIL import Image

ON_WHITE, TOO_DARK = (227, 177, 152), (176, 151, 139)


def near(colour, wanted):
    return all(abs(value - other) <= 3 for value, other in zip(colour, wanted, strict=True))


def on_page(path):
    with pymupdf.open() as document:
        page = document.new_page(width=16, height=16)
        page.insert_image(page.rect, filename=path)
        return tuple(page.get_pixmap().pixel(8, 8))


def written(name, colour, kind, depth=np.uint8, photometric="rgb"):
    tifffile.imwrite(name, np.full((16, 16, len(colour)), colour, depth), photometric=photometric, extrasamples=[kind])
    return name


plain = written("plain.tif", (200, 100, 50, 128), "unassalpha")
multiplied = written("multiplied.tif", (100, 50, 25, 128), "assocalpha")
deep = written("deep.tif", (25700, 12850, 6425, 32896), "assocalpha", np.uint16)
grey = written("grey.tif", (100, 128), "assocalpha", photometric="minisblack")
white = Image.new("RGBA", (16, 16), "white")
right = Image.alpha_composite(white, Image.open(multiplied).convert("RGBA")).getpixel((8, 8))[:3]
holds = [near(right, ON_WHITE)]
print("multiplied.tif on white by Pillow:", right)
for path, wanted in ((plain, ON_WHITE), (multiplied, TOO_DARK), (deep, TOO_DARK), (grey, (176, 176, 176))):
    seen = on_page(path)
    pixmap = pymupdf.Pixmap(path)
    print(f"{path}: on a page {seen}, in a Pixmap {tuple(pixmap.samples[: pixmap.n])}")
    holds.append(near(seen, wanted))
sys.exit(0 if all(holds) else "changed")
PYTHON
