#!/usr/bin/env bash
# pymatting 1.1.16: of a 16-bit matte or trimap load_image leaves two values, and of one without a mode it gives up to 257.
# Versions: pymatting 1.1.16, pillow 13.0.0, numpy 2.4.6, numba 0.68.1, scipy 1.17.1.
# Expected: values from 0 to 1, which is what load_image promises, at the full depth; or an error.
# Seen: in mode "GRAY" (and "RGB") everything above 255 of 65535 is 1: a soft matte is cut off at .4 %, and the unknown part of a
# trimap becomes subject. Without a mode the values are divided by 255. save_image cuts off instead of rounding: what
# is saved is half a code too dark on average.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pymatting==1.1.16 pillow==13.0.0 numpy==2.4.6 numba==0.68.1 scipy==1.17.1

cd "$folder"
venv/bin/python - <<'PYTHON'
import sys

import numpy as np
import pymatting
from PIL import Image

ramp = np.linspace(0, 1, 256)[None].repeat(16, axis=0)
Image.fromarray((ramp * 65535).round().astype(np.uint16)).save("16.png")
Image.fromarray((ramp * 255).round().astype(np.uint8)).save("8.png")
trimap = np.where(ramp < 0.3, 0, np.where(ramp < 0.7, 32768, 65535)).astype(np.uint16)
Image.fromarray(trimap).save("trimap.png")
values = {name: len(np.unique(pymatting.load_image(f"{name}.png", "GRAY"))) for name in ("8", "16")}
greatest = float(pymatting.load_image("16.png").max())
read = pymatting.load_image("trimap.png", "GRAY")
of_unknown = float(read[trimap == 32768].mean())
pixels = np.random.default_rng(0).random((256, 256, 3))
pymatting.save_image("saved.png", pixels)
off = float((np.asarray(Image.open("saved.png")) - pixels * 255).mean())
print(f"values of a ramp: 8 bits {values['8']}, 16 bits {values['16']}; without a mode up to {greatest:.0f}")
print(f"the unknown part of a 16-bit trimap (half): {of_unknown:.2f}; saved: {off:+.2f} codes on average")
sys.exit(0 if values == {"8": 256, "16": 2} and greatest == 257 and of_unknown == 1 and -0.55 < off < -0.45 else "changed")
PYTHON
