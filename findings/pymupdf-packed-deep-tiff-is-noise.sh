#!/usr/bin/env bash
# PyMuPDF 2.0: a TIFF of 16 bits that is packed with a predictor comes out in wrong colours, and one of floats as noise.
# Versions: pymupdf 2.0, tifffile 2026.3.3, imagecodecs 2026.3.6, opencv-python-headless 5.0.0.93, numpy 2.4.6.
# Expected: the picture, or an error, as for a compression that it does not know. The predictor is common: photo editors write
# it with LZW and ZIP (TIFF 6.0, section 14, whose differences are of whole samples).
# Seen: of 16 bits it adds up the bytes of the samples singly, so that carries are lost: of a ramp 92 % of the pixels are wrong.
# Floats of any size are read as whole numbers, sign and exponent first. Packed in 8 bits, or in 16 without the predictor, the same
# picture is right, and OpenCV reads all of them. Neither Pixmap nor a page tells anything. No issue on it was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pymupdf==2.0 tifffile==2026.3.3 imagecodecs==2026.3.6 opencv-python-headless==5.0.0.93 numpy==2.4.6

cd "$folder"
venv/bin/python - <<'PYTHON'
import sys

import cv2
import numpy as np
import pymupdf
import tifffile

ramp = np.tile(np.linspace(0, 1, 64), (16, 1))
photo = np.dstack([ramp, 0.25 + ramp / 2, 1 - ramp])
deep, plain = np.uint16(np.round(photo * 65535)), np.uint8(np.round(photo * 255))
KINDS = {
    "16 bits": (deep, {}),
    "16 bits, deflate": (deep, {"compression": "deflate"}),
    "8 bits, deflate, predictor": (plain, {"compression": "deflate", "predictor": True}),
    "16 bits, deflate, predictor": (deep, {"compression": "deflate", "predictor": True}),
    "16 bits, LZW, predictor": (deep, {"compression": "lzw", "predictor": True}),
    "floats of 32 bits": (photo.astype(np.float32), {}),
    "floats of 16 bits": (photo.astype(np.float16), {}),
}
holds = []
for name, (array, options) in KINDS.items():
    path = f"{name}.tif"
    tifffile.imwrite(path, array, photometric="rgb", **options)
    pixmap = pymupdf.Pixmap(path)
    seen = np.frombuffer(pixmap.samples, np.uint8).reshape(16, 64, 3)
    off = np.abs(seen.astype(float) - photo * 255).max(axis=2)
    by_opencv = ""
    if array.dtype != np.float16:
        top = np.iinfo(array.dtype).max if array.dtype.kind == "u" else 1
        right = cv2.imread(path, cv2.IMREAD_UNCHANGED)[..., ::-1] / top
        by_opencv = f", OpenCV's {np.abs(right - photo).max() * 255:.1f}"
        holds.append(np.abs(right - photo).max() * 255 < 1)
    print(f"{name}: largest error {off.max():.0f}{by_opencv}; {(off > 4).mean():.0%} of the pixels are wrong; last {seen[8, -1].tolist()}")
    is_wrong = "16 bits" in name and "predictor" in name or "floats" in name
    holds.append(off.max() > 100 and (off > 4).mean() > 0.3 if is_wrong else off.max() <= 1)
sys.exit(0 if all(holds) else "changed")
PYTHON
