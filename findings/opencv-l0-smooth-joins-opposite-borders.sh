#!/usr/bin/env bash
# opencv-contrib-python-headless 5.0.0.93: l0Smooth mixes the left border of a picture with the right one, and the top with the bottom.
# Versions: opencv-contrib-python-headless 5.0.0.93, numpy 2.4.6.
# Expected: a soft ramp from dark to light comes out as one, or in steps, as far as its borders.
# Seen: the darkest column becomes as light as the middle of the picture, and so does the lightest one: 90 codes off, and more than
# 10 codes for some columns beside. The picture is treated as if it went round; the documentation does not say so. Border, reflected
# around the picture before and cut off afterwards, avoids most of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-contrib-python-headless==5.0.0.93 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import cv2
import numpy as np

ramp = cv2.merge([np.tile(np.linspace(40, 220, 160).astype(np.uint8), (120, 1))] * 3)
wide = cv2.copyMakeBorder(ramp, 0, 0, 160, 160, cv2.BORDER_REFLECT)
ways = {
    "left to right": cv2.ximgproc.l0Smooth(ramp)[60],
    "top to bottom": cv2.ximgproc.l0Smooth(np.ascontiguousarray(ramp.swapaxes(0, 1)))[:, 60],
    "floats": cv2.ximgproc.l0Smooth(ramp.astype(np.float32) / 255)[60] * 255,
    "reflected before": cv2.ximgproc.l0Smooth(wide)[60, 160:-160],
}
off = {}
for name, row in ways.items():
    off[name] = np.abs(row[:, 0].astype(float) - ramp[60, :, 0])
    print(f"{name}: from {row[0, 0]:.0f} to {row[-1, 0]:.0f}, to be from 40 to 220; the middle is off by {off[name][80]:.0f}")
reflected = off.pop("reflected before")
joined = all(each[0] > 60 and each[-1] > 60 and each[3] > 10 and each[80] < 5 for each in off.values())
sys.exit(0 if joined and reflected.max() < 25 else "changed")
PYTHON
