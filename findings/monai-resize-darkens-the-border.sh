#!/usr/bin/env bash
# monai 1.6.1: a white picture that is reduced with anti_aliasing has a grey frame, darkest in the corners.
# Versions: monai 1.6.1, torch 2.14.1, scikit-image 0.26.0, numpy 2.4.6.
# Expected: that an even picture stays even, as with scikit-image's resize, which the documentation points to, and with torch's
# own antialias.
# Seen: to a quarter, the edge is 90 % of white and a corner 80 %. The Gaussian before the reduction takes what is outside the
# picture for black; nothing says so. Nearest, which picks pixels nearer to the edge, comes to 40 % in the corner. Masks that
# reach the edge fall there as well. Without anti_aliasing the border is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q monai==1.6.1 torch==2.14.1 scikit-image==0.26.0 numpy==2.4.6

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import numpy as np
import skimage.transform
import torch
from monai.transforms import Resize

SIZE = 50, 60
white = torch.ones(1, 200, 240)
pictures = {
    "monai, anti_aliasing": Resize(SIZE, mode="bilinear", anti_aliasing=True)(white)[0],
    "monai, anti_aliasing, nearest": Resize(SIZE, mode="nearest", anti_aliasing=True)(white)[0],
    "monai, without": Resize(SIZE, mode="bilinear")(white)[0],
    "torch, antialias": torch.nn.functional.interpolate(white[None], SIZE, mode="bilinear", antialias=True)[0, 0],
    "scikit-image, anti_aliasing": skimage.transform.resize(white[0].numpy(), SIZE, anti_aliasing=True),
}
seen = {}
for name, picture in pictures.items():
    picture = np.asarray(picture)
    seen[name] = round(float(picture[0, 0]), 2), round(float(picture[0, 30]), 2), round(float(picture[25, 30]), 2)
    print(f"{name}: corner {seen[name][0]}, edge {seen[name][1]}, middle {seen[name][2]}")
dark = seen.pop("monai, anti_aliasing") == (0.8, 0.9, 1) and seen.pop("monai, anti_aliasing, nearest")[0] < 0.5
sys.exit(0 if dark and all(values == (1, 1, 1) for values in seen.values()) else "changed")
PYTHON
