#!/usr/bin/env bash
# pillow-lut 1.1.0: `load_cube_file` passes over the domain of a .cube file.
# Versions: pillow-lut 1.1.0, pillow 13.0.0, opencolorio 2.6.0, numpy 2.4.6.
# Expected: DOMAIN_MIN and DOMAIN_MAX, which Adobe's specification of the format defines, say which values the table starts and ends with: of
# a look that says 0 to 2, for HDR and for logarithmic footage, white is in the middle. OpenColorIO reads it so.
# Seen: every table is taken for one from 0 to 1. A look of 0 to 2 makes a photo too bright, by 63 of 255 on average, one of -1 to 1
# makes its darker half black; nothing is said. Resolve's LUT_3D_INPUT_RANGE is passed over as well. The documentation does not mention
# it; no issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow-lut==1.1.0 pillow==13.0.0 opencolorio==2.6.0 numpy==2.4.6

cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import sys
from pathlib import Path

import numpy as np
import PyOpenColorIO as ocio
from PIL import Image
from pillow_lut import load_cube_file

photo = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)


def look(light):
    return np.clip(np.maximum(light, 0) ** [0.8, 1.2, 1.0], 0, 1)


def cube(name, low, high, words):
    steps = np.linspace(low, high, 33)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    rows = look(np.stack([red, green, blue], -1).reshape(-1, 3))
    lines = ["LUT_3D_SIZE 33", *words, *(" ".join(f"{value:.6f}" for value in row) for row in rows)]
    Path(name).write_text("\n".join(lines) + "\n")


def by_opencolorio(name):
    transform = ocio.FileTransform(name, interpolation=ocio.INTERP_TETRAHEDRAL)
    pixels = photo.astype(np.float32) / 255
    ocio.Config.CreateRaw().getProcessor(transform).getDefaultCPUProcessor().applyRGB(pixels)
    return pixels * 255.0


holds = True
for low, high in ((0, 1), (0, 2), (-1, 1), (0.1, 0.9)):
    for kind, words in {
        "domain": [f"DOMAIN_MIN {low} {low} {low}", f"DOMAIN_MAX {high} {high} {high}"],
        "input range": [f"LUT_3D_INPUT_RANGE {low} {high}"],
    }.items():
        name = f"{kind} {low} to {high}.cube"
        cube(name, low, high, words)
        wanted = 255 * look(np.clip(photo / 255, low, high))
        seen = np.asarray(Image.fromarray(photo).filter(load_cube_file(name))).astype(float)
        apart, apart_ocio = np.abs(seen - wanted), np.abs(by_opencolorio(name) - wanted)
        print(f"{name}: {apart.mean():.1f} of 255 off on average, at most {apart.max():.0f}; OpenColorIO {apart_ocio.mean():.1f}")
        holds &= apart_ocio.mean() < 1 and (apart.mean() < 1 if (low, high) == (0, 1) else apart.mean() > 5)
sys.exit(0 if holds else "changed")
PYTHON
