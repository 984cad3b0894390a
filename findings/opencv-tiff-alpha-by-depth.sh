#!/usr/bin/env bash
# opencv-python-headless 5.0.0.93: colours of a transparent TIFF are darkened in 8 bits, and as stored in 16.
# Versions: opencv-python-headless 5.0.0.93, tifffile 2026.3.3, pillow 13.0.0, numpy 2.4.6.
# Expected: IMREAD_UNCHANGED gives the pixels as they are stored, whatever their depth.
# Seen: straight (unassociated) alpha: an 8-bit file comes multiplied by its alpha, a 16-bit one as stored. Whoever
# composes the 8-bit result with its alpha multiplies twice: dark edges.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-python-headless==5.0.0.93 tifffile==2026.3.3 pillow==13.0.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys

import cv2
import numpy as np
import tifffile
from PIL import Image

seen = {}
for bits, kind in ((8, np.uint8), (16, np.uint16)):
    stored = (np.array([0.8, 0.4, 0.2, 0.5]) * (2**bits - 1)).astype(kind)
    file = io.BytesIO()
    tifffile.imwrite(file, np.broadcast_to(stored, (16, 16, 4)), photometric="rgb", extrasamples=["unassalpha"])
    data = np.frombuffer(file.getvalue(), np.uint8)
    opencv = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)[0, 0]
    pillow = Image.open(io.BytesIO(file.getvalue())).getpixel((0, 0))
    print(f"{bits} bits: stored {stored.tolist()}, OpenCV {opencv.tolist()}, Pillow (8 bits) {list(pillow)}")
    seen[bits] = opencv.astype(float) / stored
multiplied = np.allclose(seen[8][:3], 0.5, atol=0.03)
as_stored = np.allclose(seen[16], 1)
sys.exit(0 if multiplied and as_stored else "changed")
PYTHON
