#!/usr/bin/env bash
# OpenCV 5.0.0: `ft.filter` (F-transform) darkens the last rows and columns, to a quarter, for most sizes of a picture.
# Versions: opencv-contrib-python-headless 5.0.0.93, numpy 2.4.6.
# Expected: smoothing leaves an even picture as it is, whatever its size; its documentation speaks of no size that is favoured.
# Seen: the components of the transform lie a radius apart from the first pixel on. Where the last of them stands before the edge
# the pixels behind it get what is left of its weight, as if black lay behind. Of radius 8 six sizes of eight have such an edge of
# 1 to 6 pixels, of radius 2 none. Turned round, the same picture is dark at its other side. No issue on it was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-contrib-python-headless==5.0.0.93 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import cv2
import numpy as np

VALUE = 200.0
expected = {2: 0, 3: 1 / 3, 5: 3 / 5, 8: 6 / 8}
holds = []
for radius, share in expected.items():
    kernel = cv2.ft.createKernel(cv2.ft.LINEAR, radius, 3)
    darkened, darkest = 0, VALUE
    for height in range(64, 64 + 2 * radius):
        even = np.full((height, 64, 3), VALUE, np.uint8)
        row_values = cv2.ft.filter(even, kernel)[:, 30, 0]
        dark = np.flatnonzero(np.abs(row_values - VALUE) > 1)
        darkened += len(dark) > 0
        darkest = min(darkest, float(row_values.min()))
        holds.append(len(dark) < radius and (dark == np.arange(height - len(dark), height)).all())
    print(f"radius {radius}: {darkened} of {2 * radius} heights have a dark edge at the bottom; {VALUE:.0f} becomes {darkest:.0f}")
    holds.append(darkened == round(share * 2 * radius))
    holds.append(abs(darkest - VALUE * (1 - share)) < 1)
photo = np.full((71, 71, 3), 200, np.uint8)
print("71 by 71, radius 8, last row and column:", cv2.ft.filter(photo, kernel)[[-1, 30], [30, -1], 0].round())
holds.append(np.allclose(cv2.ft.filter(photo, kernel)[[-1, 30], [30, -1], 0], 50, atol=1))
sys.exit(0 if all(holds) else "changed")
PYTHON
