#!/usr/bin/env bash
# opencv-python-headless 5.0.0.93: its tone-mapping operators give NaN for ordinary pictures, and no value for itself.
# Versions: opencv-python-headless 5.0.0.93, numpy 2.4.6.
# Expected: a curve: finite for any finite light, and the same for the same light in two pictures of the same room.
# Seen: each operator first stretches the picture from its own darkest to its own brightest pixel. With one lamp in the
# picture the darkest pixel becomes NaN (Drago, Reinhard), a flat grey picture becomes NaN throughout (Reinhard), and a
# picture a hundred times darker comes out as bright as the first one (createTonemap).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-python-headless==5.0.0.93 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import cv2
import numpy as np

wall = np.linspace(0.1, 0.5, 64, dtype=np.float32)[None, :, None].repeat(64, 0).repeat(3, 2)
with_lamp = wall.copy()
with_lamp[0, 0] = 50
flat = np.full((32, 32, 3), 0.3, np.float32)
operators = {"linear": cv2.createTonemap, "Drago": cv2.createTonemapDrago, "Reinhard": cv2.createTonemapReinhard}
nan = set()
for name, make in operators.items():
    pictures = {"wall": wall, "wall with a lamp": with_lamp, "hundredth of the wall": wall / 100, "flat grey": flat}
    for title, picture in pictures.items():
        result = make(1.0).process(picture)
        share = float(np.isnan(result).any(2).mean())
        middle = result[result.shape[0] // 2, result.shape[1] // 2, 1]
        print(f"{name:8} {title:22} centre {middle:6.3f}, NaN in {share:.1%} of the pixels")
        if share:
            nan.add((name, title))
expected = {("Drago", "wall with a lamp"), ("Reinhard", "wall with a lamp"), ("Reinhard", "flat grey")}
dark, bright = (cv2.createTonemap(1.0).process(picture) for picture in (wall / 100, wall))
sys.exit(0 if expected <= nan and np.abs(dark - bright).max() < 1e-3 else "changed")
PYTHON
