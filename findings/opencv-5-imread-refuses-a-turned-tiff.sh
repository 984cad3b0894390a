#!/usr/bin/env bash
# opencv-python-headless 5.0.0.93: imread does not read a TIFF that lies on its side; imdecode reads the same bytes.
# Versions: opencv-python-headless 5.0.0.93, pillow 13.0.0, numpy 2.4.6.
# Expected: imread(path) and imdecode of the file's bytes give the same picture.
# Seen: with Orientation 5 to 8 (a quarter turn, as scanners and cameras write it) imread gives None and a line on stderr
# about original_ptr, for every flag; imdecode and imreadmulti give the picture, turned. A square picture is read.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-python-headless==5.0.0.93 pillow==13.0.0 numpy==2.4.6

cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
ORIENTATION = 274


def shape(pixels):
    return None if pixels is None else pixels.shape


def by_imdecode(path):
    return cv2.imdecode(np.frombuffer(Path(path).read_bytes(), np.uint8), cv2.IMREAD_COLOR)


seen = {}
for size in ((64, 32), (64, 64)):
    for orientation in (1, 3, 6, 8):
        Image.new("RGB", size, "teal").save("page.tif", tiffinfo={ORIENTATION: orientation})
        seen[size, orientation] = shape(cv2.imread("page.tif")), shape(by_imdecode("page.tif"))
        multi = shape(cv2.imreadmulti("page.tif")[1][0])
        print(f"{size}, orientation {orientation}: imread {seen[size, orientation][0]}, "
              f"imdecode {seen[size, orientation][1]}, imreadmulti {multi}")
refused = [key for key, (read, _) in seen.items() if read is None]
decoded = all(pixels is not None for _, pixels in seen.values())
sys.exit(0 if refused == [((64, 32), 6), ((64, 32), 8)] and decoded else "changed")
PYTHON
