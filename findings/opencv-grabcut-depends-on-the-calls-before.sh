#!/usr/bin/env bash
# OpenCV 5.0.0: grabCut cuts the same photo out otherwise each time that it is called in one process.
# Versions: opencv-python-headless 5.0.0.93, scikit-image 0.26.0 (its photo), numpy 2.4.6.
# Expected: the same photo and the same rectangle give the same mask.
# Seen: six calls in a row give six masks, whose areas differ by some percent, since the colours are grouped with random
# numbers that go on from call to call. A service's answer depends on how many photos its worker has had, and no cache, test or
# retry sees the same mask again. cv2.setRNGSeed before each call makes them equal.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-python-headless==5.0.0.93 scikit-image==0.26.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import cv2
import numpy as np
from skimage import data

photo = data.astronaut()[..., ::-1].copy()


def cut_out():
    mask = np.zeros(photo.shape[:2], np.uint8)
    cv2.grabCut(photo, mask, (80, 10, 300, 480), np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_RECT)
    return mask & 1


def seeded():
    cv2.setRNGSeed(0)
    return cut_out()


plain = [cut_out() for _ in range(6)]
areas = [int(mask.sum()) for mask in plain]
others = [int((mask != plain[0]).sum()) for mask in plain[1:]]
same = np.array_equal(seeded(), seeded())
print(f"pixels of the subject: {areas}; pixels that differ from the first call: {others}; seeded: {'equal' if same else 'not equal'}")
sys.exit(0 if max(areas) > 1.01 * min(areas) and all(others) and same else "changed")
PYTHON
