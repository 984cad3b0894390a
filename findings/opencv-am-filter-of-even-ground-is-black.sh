#!/usr/bin/env bash
# opencv-contrib-python-headless 5.0.0.93: amFilter, an edge-preserving blur, makes a subject before an even ground black, or NaN.
# Versions: opencv-contrib-python-headless 5.0.0.93, numpy 2.4.6.
# Expected: a picture of two even parts is what an edge-preserving blur leaves as it is; guidedFilter and jointBilateralFilter do.
# Seen: of bytes all is 0, of floats all is NaN, in grey and in colour, and so for a picture that is even all over. Noise of one
# code in the same picture is enough to get it right. There is no error, and no word of it in the documentation.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-contrib-python-headless==5.0.0.93 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import cv2
import numpy as np

rows, columns = np.mgrid[:120, :160]
disc = np.where(np.hypot(rows - 60, columns - 60) < 35, 220, 40).astype(np.uint8)
noisy = disc + np.random.default_rng(0).integers(0, 2, disc.shape).astype(np.uint8)
pictures = {
    "disc, grey bytes": disc,
    "disc, colour bytes": cv2.merge([disc] * 3),
    "disc, grey floats": disc.astype(np.float32) / 255,
    "even, grey bytes": np.full_like(disc, 200),
    "noise of one code, grey bytes": noisy,
}
seen = {}
for name, picture in pictures.items():
    guided = cv2.ximgproc.guidedFilter(picture, picture, 8, 10)
    blurred = cv2.ximgproc.amFilter(picture, picture, 16.0, 0.2)
    seen[name] = float(blurred.min()), float(blurred.max())
    print(
        f"{name}: {picture.min():.2f} to {picture.max():.2f}, amFilter {blurred.min():.2f} to {blurred.max():.2f}, "
        f"guidedFilter {guided.min():.2f} to {guided.max():.2f}"
    )
right = seen.pop("noise of one code, grey bytes")
nothing = seen.pop("disc, grey floats")
black = all(values == (0, 0) for values in seen.values())
sys.exit(0 if 20 < right[0] < right[1] < 240 and np.isnan(nothing).all() and black else "changed")
PYTHON
