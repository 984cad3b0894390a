#!/usr/bin/env bash
# tifffile 2026.3.3, imagecodecs 2026.3.6: a big-endian TIFF of JPEG 2000 that it writes comes back with its bytes swapped.
# Versions: tifffile 2026.3.3, imagecodecs 2026.3.6, numpy 2.4.6.
# Expected: what imwrite writes without loss, imread reads, in either byte order.
# Seen: with byteorder=">" and 16 bits, every value has its two bytes swapped, without an error; little-endian, and big-endian
# with deflate, are right. JPEG XL, PNG and LERC refuse big-endian values in the same call.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tifffile==2026.3.3 imagecodecs==2026.3.6 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys

import numpy as np
import tifffile

values = np.full((32, 32), 0x0102, np.uint16)
seen = {}
for compression in ("zlib", "jpeg2000"):
    for order in ("<", ">"):
        file = io.BytesIO()
        lossless = {"compressionargs": {"level": 0}} if compression == "jpeg2000" else {}
        tifffile.imwrite(file, values, byteorder=order, photometric="minisblack", compression=compression, **lossless)
        seen[compression, order] = int(tifffile.imread(io.BytesIO(file.getvalue()))[0, 0])
        print(f"{compression}, byte order {order}: wrote {0x0102:#06x}, read {seen[compression, order]:#06x}")
right = {("zlib", "<"): 0x0102, ("zlib", ">"): 0x0102, ("jpeg2000", "<"): 0x0102, ("jpeg2000", ">"): 0x0201}
sys.exit(0 if seen == right else "changed")
PYTHON
