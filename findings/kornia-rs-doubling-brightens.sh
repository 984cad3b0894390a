#!/usr/bin/env bash
# kornia-rs 0.2.0: a picture of bytes that is enlarged to exactly twice its size by linear interpolation comes out brighter.
# Versions: kornia_rs 0.2.0, opencv-python-headless 5.0.0.93, numpy 2.4.6; an AMD EPYC.
# Expected: interpolation keeps the mean, as it does for each other factor to a few hundredths of a code, and rounds to the nearest code.
# Seen: by 2, and by 2 only, each of the two directions rounds upwards: no pixel is darker than it should be, many are brighter by 1.5 codes,
# and the mean by .73. Doubled four times, a noisy photo is nearly 3 codes brighter, a soft mask covers more. No issue was found.
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

noise = np.random.default_rng(0)
holds = []
for height, width in ((40, 60), (41, 61), (123, 77)):
    photo = noise.integers(0, 256, (height, width, 3), np.uint8)
    for factor in (1.5, 2, 2.5, 3, 4):
        size = (round(height * factor), round(width * factor))
        exact = cv2.resize(photo.astype(np.float32), size[::-1], interpolation=cv2.INTER_LINEAR)
        off = np.asarray(imgproc.resize(photo, size, "bilinear")).astype(float) - exact
        print(f"{height} x {width} by {factor}: {off.mean():+.3f} in the mean, {off.min():+.2f} to {off.max():+.2f}")
        if factor == 2:
            holds.append(0.65 < off.mean() < 0.8 and off.min() >= 0 and off.max() > 1.4)
        else:
            holds.append(abs(off.mean()) < 0.08 and abs(off).max() < 0.52)
photo = noise.integers(0, 256, (16, 16, 3), np.uint8)
exact, doubled = photo.astype(np.float32), photo
for _ in range(4):
    size = (doubled.shape[0] * 2, doubled.shape[1] * 2)
    exact, doubled = cv2.resize(exact, size, interpolation=cv2.INTER_LINEAR), np.asarray(imgproc.resize(doubled, size, "bilinear"))
off = doubled.mean() - exact.mean()
print(f"doubled four times: {off:+.2f} in the mean")
holds.append(off > 2)
sys.exit(0 if all(holds) else "changed")
PYTHON
