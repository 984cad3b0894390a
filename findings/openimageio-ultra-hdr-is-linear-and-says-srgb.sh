#!/usr/bin/env bash
# OpenImageIO 3.2.2.0: an Ultra HDR JPEG opens as linear light in half floats, and says that it is encoded as sRGB.
# Versions: openimageio 3.2.2.0, imagecodecs 2026.3.6, pillow 13.0.0, numpy 2.4.6.
# Expected: the 8-bit picture that every other reader gives of a JPEG; or the HDR one, marked as linear.
# Seen: four channels of half floats, values far above 1, linear; its colour space says srgb_rec709_scene, the same as for
# a plain JPEG. Whoever converts by that attribute linearises twice; whoever expects 8 bits of a phone's JPEG clips it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q openimageio==3.2.2.0 imagecodecs==2026.3.6 pillow==13.0.0 numpy==2.4.6

cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import OpenImageIO as oiio
from PIL import Image

light = np.ones((64, 128, 4), np.float16)  # linear, 1 is the white of paper
light[:, :64, :3], light[:, 64:, :3] = 0.2, 6.0
Path("ultra.jpg").write_bytes(imagecodecs.ultrahdr_encode(light))
with Image.open("ultra.jpg") as base:
    Image.fromarray(np.asarray(base)).save("plain.jpg", quality=95)
    grey = base.getpixel((5, 5))[0]

seen = {}
for name in ("plain.jpg", "ultra.jpg"):
    file = oiio.ImageInput.open(name)
    spec, pixels = file.spec(), file.read_image()
    space = spec.get_string_attribute("oiio:ColorSpace")
    dark, bright = (round(float(np.float32(pixels[5, x, 0])), 2) for x in (5, 100))
    seen[name] = (str(spec.format), spec.nchannels, space)
    print(f"{name}: {spec.format}, {spec.nchannels} channels, {space}; dark {dark}, bright {bright}")
print(f"light that was saved: .2 and 6; .2 as sRGB has it is {grey} of 255")
told = seen["ultra.jpg"][0] == "half" and seen["ultra.jpg"][2] == seen["plain.jpg"][2]
sys.exit(0 if told and abs(dark - 0.2) < 0.01 and bright > 5 and seen["plain.jpg"][0] == "uint8" else "changed")
PYTHON
