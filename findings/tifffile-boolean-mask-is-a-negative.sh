#!/usr/bin/env bash
# tifffile 2026.3.3: a boolean mask is saved as its negative, and only tifffile itself reads it as it was.
# Versions: tifffile 2026.3.3, pillow 13.0.0, opencv-python-headless 5.0.0.93, numpy 2.4.6.
# Expected: True is saved as white and False as black, as the same mask in bytes is; or what is read back is what others see.
# Seen: of booleans, imwrite stores one bit each and says that 0 is white: to Pillow and OpenCV the subject is black on white.
# imread gives the booleans back without a look at that, so that no round trip shows it. (The documentation says only that the
# default is inferred.) photometric="minisblack" helps.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tifffile==2026.3.3 pillow==13.0.0 opencv-python-headless==5.0.0.93 numpy==2.4.6

cd "$folder"
venv/bin/python - <<'PYTHON'
import sys

import cv2
import numpy as np
import tifffile
from PIL import Image

subject = np.zeros((40, 60), bool)
subject[10:30, 20:40] = True
seen = {}
for name, values, options in (
    ("booleans", subject, {}),
    ("bytes", subject.astype(np.uint8) * 255, {}),
    ("booleans, minisblack", subject, {"photometric": "minisblack"}),
):
    tifffile.imwrite("mask.tif", values, **options)
    readers = {
        "tifffile": tifffile.imread("mask.tif").astype(bool),
        "Pillow": np.asarray(Image.open("mask.tif").convert("L")) > 0,
        "OpenCV": cv2.imread("mask.tif", cv2.IMREAD_GRAYSCALE) > 0,
    }
    seen[name] = {reader: bool(np.array_equal(mask, subject)) for reader, mask in readers.items()}
    negative = [reader for reader, mask in readers.items() if np.array_equal(mask, ~subject)]
    print(f"{name}: right by {[reader for reader, is_right in seen[name].items() if is_right]}, the negative by {negative}")
right = seen["booleans"] == {"tifffile": True, "Pillow": False, "OpenCV": False}
sys.exit(0 if right and all(seen["bytes"].values()) and all(seen["booleans, minisblack"].values()) else "changed")
PYTHON
