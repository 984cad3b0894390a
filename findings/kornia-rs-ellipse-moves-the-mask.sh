#!/usr/bin/env bash
# kornia-rs 0.2.0: to dilate or erode by an "ellipse" of n pixels takes one of n - 1 beside its place, and opening moves a mask by a pixel.
# Versions: kornia_rs 0.2.0, opencv-python-headless 5.0.0.93, numpy 2.4.6.
# Expected: an element of an odd size lies around its pixel, as the "box" and the "cross" of the same call do and OpenCV's ellipse does.
# A mask that is dilated grows alike on all sides; opened or closed, it stays where it is.
# Seen: of "ellipse" the last row and column are empty, whatever the size: 3 x 3 is a square of 2 x 2. What is dilated by 5 grows by two
# pixels up and to the left, and by one down and to the right. Opened or closed, a mask lies a pixel higher and further to the left,
# and each further time another. Median, bilateral filter and CLAHE of the same package are said to be OpenCV's byte for byte, and are;
# of this nothing is said. No issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q kornia_rs==0.2.0 opencv-python-headless==5.0.0.93 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import cv2
import numpy as np
from kornia_rs import imgproc

OPENCV = {"box": cv2.MORPH_RECT, "cross": cv2.MORPH_CROSS, "ellipse": cv2.MORPH_ELLIPSE}
down, right = np.mgrid[:61, :61] - 30
point = ((down == 0) & (right == 0)).astype(np.uint8)
disc = (np.hypot(down, right) < 15).astype(np.uint8)


def by_kornia(way, mask, kind, size):
    return np.asarray(getattr(imgproc, way)(mask[..., None], kind, (size, size)))[..., 0]


def by_opencv(way, mask, kind, size):
    return getattr(cv2, way)(mask, cv2.getStructuringElement(OPENCV[kind], (size, size)))


def middle(mask):
    """How far down and to the right its middle lies."""
    return (mask * down).sum() / mask.sum(), (mask * right).sum() / mask.sum()


holds = []
for kind in OPENCV:
    for size in (3, 5, 7):
        reach, opened, closed = {}, {}, {}
        for name, way in (("kornia-rs", by_kornia), ("OpenCV", by_opencv)):
            grown = way("dilate", point, kind, size)
            reach[name] = [int(side[grown > 0].min()) for side in (down, right)] + [int(side[grown > 0].max()) for side in (down, right)]
            opened[name] = middle(way("dilate", way("erode", disc, kind, size), kind, size))
            closed[name] = middle(way("erode", way("dilate", disc, kind, size), kind, size))
            print(
                f"{kind} of {size}, {name}: a point reaches up {-reach[name][0]}, left {-reach[name][1]}, down {reach[name][2]}, "
                f"right {reach[name][3]}; opened, a disc lies {opened[name][0]:+.1f} down, {opened[name][1]:+.1f} to the right"
            )
        half, less = size // 2, kind == "ellipse"
        holds.append(reach["OpenCV"] == [-half, -half, half, half])
        holds.append(reach["kornia-rs"] == [-half, -half, half - less, half - less])
        for moved in (opened, closed):
            holds.append(np.allclose(moved["OpenCV"], 0) and np.allclose(moved["kornia-rs"], -1 if less else 0, atol=0.05))
sys.exit(0 if all(holds) else "changed")
PYTHON
