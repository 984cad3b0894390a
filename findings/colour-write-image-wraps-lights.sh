#!/usr/bin/env bash
# colour-science 0.4.7: what is brighter than white is written dark by Imageio: 1.2 becomes 50, and a little below black becomes
# 230.
# Versions: colour-science 0.4.7, imageio 2.38.1, openimageio 3.2.2.0, pillow 13.0.0, numpy 2.4.6.
# Expected: floats outside 0 and 1, which its own conversions of colours make, are cut off where they are written in 8 or 16
# bits, whichever way write_image takes.
# Seen: by way of OpenImageIO they are cut off; by way of Imageio, and in convert_bit_depth, they run over into the other end.
# The documentation speaks of "appropriate scaling".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q colour-science==0.4.7 imageio==2.38.1 openimageio==3.2.2.0 pillow==13.0.0 numpy==2.4.6

cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import sys

import colour
import numpy as np
from PIL import Image

values = np.array([-0.1, 0.0, 0.5, 1.0, 1.2])
seen = {}
for method in ("OpenImageIO", "Imageio"):
    colour.write_image(np.tile(values[None, :, None], (4, 1, 3)), "strip.png", bit_depth="uint8", method=method)
    seen[method] = [Image.open("strip.png").getpixel((n, 1))[0] for n in range(5)]
    print(f"{values.tolist()} written by {method}: {seen[method]}")
bytes_made = colour.io.convert_bit_depth(values, "uint8").tolist()
print("convert_bit_depth:", bytes_made)
ends = {method: (row[0], row[1], row[3], row[4]) for method, row in seen.items()}
right = ends == {"OpenImageIO": (0, 0, 255, 255), "Imageio": (230, 0, 255, 50)}
sys.exit(0 if right and bytes_made == seen["Imageio"] else "changed")
PYTHON
