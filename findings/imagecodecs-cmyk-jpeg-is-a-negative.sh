#!/usr/bin/env bash
# imagecodecs 2026.3.6: a CMYK JPEG comes as a negative.
# Versions: imagecodecs 2026.3.6, pillow 13.0.0, numpy 2.4.6.
# Expected: the ink that was saved, as Pillow reads it: 0 is no ink.
# Seen: Adobe's marker says that the file stores 255 for no ink; Pillow turns the values over, imagecodecs does not. Nothing
# in the array tells. Inks of 10, 100, 200, 30 come as 245, 155, 55, 225: light becomes dark.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q imagecodecs==2026.3.6 pillow==13.0.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys

import imagecodecs
import numpy as np
from PIL import Image

ink = (10, 100, 200, 30)
file = io.BytesIO()
Image.new("CMYK", (32, 32), ink).save(file, "JPEG", quality=95)
pillow = np.asarray(Image.open(file))[8, 8].astype(int)
codecs = imagecodecs.imread(file.getvalue())[8, 8].astype(int)
print(f"saved: {list(ink)}; Pillow: {pillow.tolist()}; imagecodecs: {codecs.tolist()}")
same = np.abs(pillow - ink).max() <= 2
negative = np.abs(codecs - (255 - np.array(ink))).max() <= 2
sys.exit(0 if same and negative else "changed")
PYTHON
