#!/usr/bin/env bash
# OpenImageIO 3.2.2: of a JPEG XL, unlike all other formats, colours come as stored and are taken for multiplied by alpha; what it
# writes is multiplied and does not say so.
# Versions: openimageio 3.2.2.0, pillow 13.0.0, pillow-jxl-plugin 1.3.8, imagecodecs 2026.3.6, numpy 2.4.6.
# Expected: readers hand over colours multiplied by alpha, unless oiio:UnassociatedAlpha asks for plain ones, and writers undo it,
# as documented and as it is for PNG, TIFF and WebP. JPEG XL has a flag of its own for colours that are stored multiplied.
# Seen: half transparent (200, 100, 50) is read from JPEG XL as (200, 100, 50), with or without that attribute, from PNG as
# (100, 50, 25). "over" therefore makes it brighter: on white (255, 227, 177) instead of (227, 177, 152). Written as JPEG XL, the
# multiplied colours are stored without the flag: every other reader shows edges that are too dark.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q openimageio==3.2.2.0 pillow==13.0.0 pillow-jxl-plugin==1.3.8 imagecodecs==2026.3.6 numpy==2.4.6
cd "$folder"

venv/bin/python - <<'PYTHON'
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import OpenImageIO as oiio
import pillow_jxl  # registers the format
from PIL import Image

SIDE = 256
soft = np.full((SIDE, SIDE, 4), (200, 100, 50, 128), np.uint8)
soft[:8] = np.random.default_rng(0).integers(0, 256, (8, SIDE, 4))  # a file of some length, which OpenImageIO asks for
kinds = ("jxl", "png", "tiff", "webp")
for kind in kinds:
    Image.fromarray(soft).save(f"soft.{kind}", lossless=True)
assert (imagecodecs.jpegxl_decode(Path("soft.jxl").read_bytes()) == soft).all()


def read(name, plain):
    wish = oiio.ImageSpec()
    wish.attribute("oiio:UnassociatedAlpha", int(plain))
    pixels = oiio.ImageInput.open(name, wish).read_image(oiio.UINT8)
    return tuple(pixels[SIDE // 2, SIDE // 2].tolist())


def on_white(name):
    white = oiio.ImageBufAlgo.fill((1.0, 1.0, 1.0, 1.0), oiio.ROI(0, SIDE, 0, SIDE, 0, 1, 0, 4))
    laid = oiio.ImageBufAlgo.over(oiio.ImageBuf(name), white)
    return tuple(laid.get_pixels(oiio.UINT8)[SIDE // 2, SIDE // 2].tolist())


def near(colour, wanted):
    return all(abs(value - other) <= 2 for value, other in zip(colour, wanted, strict=True))


seen = {kind: (read(f"soft.{kind}", False), read(f"soft.{kind}", True), on_white(f"soft.{kind}")) for kind in kinds}
for kind, (usual, plain, laid) in seen.items():
    print(f"{kind}: read as {usual}, asked for plain colours {plain}, on white {laid}")
written = {}
for kind in ("jxl", "png"):
    oiio.ImageBuf("soft.png").write(f"written.{kind}")
    written[kind] = tuple(np.asarray(Image.open(f"written.{kind}"))[SIDE // 2, SIDE // 2].tolist())
by_libjxl = tuple(imagecodecs.jpegxl_decode(Path("written.jxl").read_bytes())[SIDE // 2, SIDE // 2].tolist())
print(f"the PNG, written by OpenImageIO: as PNG {written['png']}, as JPEG XL {written['jxl']}, by libjxl itself {by_libjxl}")

RIGHT, MULTIPLIED = (200, 100, 50, 128), (100, 50, 25, 128)
holds = all(
    near(usual, MULTIPLIED) and near(plain, RIGHT) and near(laid, (227, 177, 152, 255))
    for kind, (usual, plain, laid) in seen.items()
    if kind != "jxl"
)
usual, plain, laid = seen["jxl"]
holds &= near(usual, RIGHT) and near(plain, RIGHT) and near(laid, (255, 227, 177, 255))
holds &= near(written["png"], RIGHT) and near(written["jxl"], MULTIPLIED) and near(by_libjxl, MULTIPLIED)
sys.exit(0 if holds else "changed")
PYTHON
