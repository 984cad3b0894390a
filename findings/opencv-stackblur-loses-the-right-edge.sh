#!/usr/bin/env bash
# opencv-python-headless 5.0.0.93: stackBlur is wrong at the right edge, and at no other.
# Versions: opencv-python-headless 5.0.0.93, numpy 2.4.6.
# Expected: the blur of a mirror image is the mirror of the blur, and both are a triangular average (a window of w pixels whose
# weights fall evenly to both sides, the last pixel repeated beyond the edge), as everywhere else in the picture.
# Seen: from windows of 13 pixels on, in all depths, a light near the right edge is partly lost there: with a window of 21 the
# last column of a picture with one white column has 1 instead of 15 of 255. A soft mask of floats becomes negative, at -.1 and
# below. For the last pixels the source subtracts one pixel after another that leaves the window, but goes on to the next only
# while a counter that falls is above one that rises, and so stays on one pixel from half the radius on. The documentation names
# no such edge; no issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-python-headless==5.0.0.93 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import cv2
import numpy as np


def averaged(row, window):
    """The triangular average of a row, by its definition."""
    reach = window // 2
    weights = reach + 1 - np.abs(np.arange(-reach, reach + 1.0))
    return np.convolve(np.pad(row.astype(float), reach, mode="edge"), weights / weights.sum(), "valid")


wrong = {}
for window, distance in ((9, 3), (21, 5), (51, 12), (101, 25)):
    for depth, white in ((np.uint8, 255), (np.uint16, 65535), (np.float32, 1)):
        picture = np.zeros((40, 300), depth)
        picture[:, -distance] = white
        here = cv2.stackBlur(picture, (window, window))[20] / white
        mirrored = cv2.stackBlur(picture[:, ::-1].copy(), (window, window))[20, ::-1] / white
        right = averaged(picture[20], window) / white
        wrong[window, depth] = abs(here - right).max(), abs(mirrored - right).max()
        print(f"window {window}, {depth.__name__}: last column {here[-1]:.3f}, of the mirror image {mirrored[-1]:.3f},", end=" ")
        print(f"right is {right[-1]:.3f}")
small = all(error < 0.005 for (window, _), both in wrong.items() if window == 9 for error in both)
large = all(edge > 0.01 and mirror < 0.005 for (window, _), (edge, mirror) in wrong.items() if window > 9)
sys.exit(0 if small and large and wrong[101, np.float32][0] > 0.1 else "changed")
PYTHON
