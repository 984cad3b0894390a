#!/usr/bin/env bash
# opencv-contrib-python-headless 5.0.0.93: dctDenoising gives a picture with a black last column and a black last row.
# Versions: opencv-contrib-python-headless 5.0.0.93, numpy 2.4.6.
# Expected: a picture of the same size, without noise; with a sigma of 0 the picture itself.
# Seen: the last column and the last row are 0, in grey and in colour, whatever the picture, its size or sigma, and the rest is right.
# fastNlMeansDenoising, beside it, is right at the rim. No error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-contrib-python-headless==5.0.0.93 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import cv2
import numpy as np

black = []
for height, width, channels in ((64, 64, 3), (101, 150, 3), (120, 80, 1)):
    for sigma in (0.0, 10.0):
        even = np.full((height, width, channels), 200, np.uint8).squeeze()
        denoised = even.copy()
        cv2.xphoto.dctDenoising(even, denoised, sigma)
        beside = cv2.fastNlMeansDenoising(even, None, 5)
        wrong = np.abs(denoised.astype(int) - even).reshape(height, width, -1).max(2) > 1
        rim = np.zeros_like(wrong)
        rim[-1] = rim[:, -1] = True
        print(
            f"{width} by {height}, {channels} channels, sigma {sigma:.0f}: even 200 becomes {denoised.min()} to {denoised.max()}, "
            f"wrong in the last row and column alone: {np.array_equal(wrong, rim)}; fastNlMeans {beside.min()} to {beside.max()}"
        )
        black.append(np.array_equal(wrong, rim) and not denoised.reshape(height, width, -1)[rim].any() and (beside == even).all())
sys.exit(0 if all(black) else "changed")
PYTHON
