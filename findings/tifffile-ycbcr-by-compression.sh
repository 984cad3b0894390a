#!/usr/bin/env bash
# tifffile 2026.3.3, imagecodecs 2026.3.6: a YCbCr TIFF comes as RGB or as YCbCr, depending on its compression.
# Versions: tifffile 2026.3.3, imagecodecs 2026.3.6, pillow 13.0.0, numpy 2.4.6.
# Expected: imread gives the same colour space for the same kind of picture, however its strips are packed.
# Seen: strips of JPEG come as RGB; the same picture with no compression or deflate comes as raw Y, Cb, Cr in an array of
# the same shape and type, with nothing but the page's `photometric` to tell, and that says YCBCR in both cases.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tifffile==2026.3.3 imagecodecs==2026.3.6 pillow==13.0.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys

import numpy as np
import tifffile
from PIL import Image

orange = np.array([200, 80, 40])
picture = Image.new("RGB", (64, 64), tuple(orange.tolist())).convert("YCbCr")
right = {}
for compression in ("jpeg", None, "tiff_deflate"):
    file = io.BytesIO()
    picture.save(file, "TIFF", **({"compression": compression} if compression else {}))
    data = file.getvalue()
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        page = tiff.pages[0]
        pixel, photometric = page.asarray()[0, 0], page.photometric.name
    pillow = Image.open(io.BytesIO(data)).convert("RGB").getpixel((0, 0))
    print(f"compression {compression}: photometric {photometric}; tifffile {pixel.tolist()}, Pillow as RGB {pillow}")
    right[compression] = bool(np.abs(pixel.astype(int) - orange).max() < 4)
sys.exit(0 if right == {"jpeg": True, None: False, "tiff_deflate": False} else "changed")
PYTHON
