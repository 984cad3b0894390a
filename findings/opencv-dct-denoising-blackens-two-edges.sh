#!/usr/bin/env bash
# OpenCV 5.0.0: `xphoto.dctDenoising` leaves the last row and the last column of each picture black.
# Versions: opencv-contrib-python-headless 5.0.0.93, numpy 2.4.6.
# Expected: a picture of the same size without its noise, and an even picture as it was; its documentation tells of no margin.
# Seen: its blocks stop one pixel before the right and the lower edge, whatever their size and the size of the picture, in colour
# and in grey, and what no block reaches is 0. All other pixels are right, so that a score over the whole picture hardly shows it.
# `fastNlMeansDenoising` has no such edge. No issue on it was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-contrib-python-headless==5.0.0.93 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import cv2
import numpy as np

holds = []
for shape in ((64, 48), (64, 48, 3), (101, 75, 3)):
    for side in (8, 16):
        noisy = np.random.default_rng(0).normal(150, 10, shape).round().astype(np.uint8)
        clean = np.zeros_like(noisy)
        cv2.xphoto.dctDenoising(noisy, clean, 10, side)
        lost = np.atleast_3d(clean == 0).all(axis=2)
        print(
            f"{shape}, blocks of {side}: {lost[-1].mean():.0%} of the last row and {lost[:, -1].mean():.0%} of the last column are 0, "
            f"of the rest {lost[:-1, :-1].mean():.0%}; its spread is {noisy.std():.1f} before and {clean[:-1, :-1].std():.1f} after"
        )
        holds += [lost[-1].all(), lost[:, -1].all(), not lost[:-1, :-1].any(), clean[:-1, :-1].std() < noisy.std() / 2]
other = cv2.fastNlMeansDenoising(noisy[..., 0].copy(), None, 10)
print(f"fastNlMeansDenoising: the last row is {other[-1].min()} to {other[-1].max()}")
holds.append(other[-1].min() > 100 and other[:, -1].min() > 100)
sys.exit(0 if all(holds) else "changed")
PYTHON
