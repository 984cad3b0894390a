#!/usr/bin/env bash
# scikit-image 0.26.0: denoise_bilateral of a picture of 16 bits blurs its edges like any blur; of 8 bits, or floats, it keeps them.
# Versions: scikit-image 0.26.0, scipy 1.17.1, numpy 2.4.6.
# Expected: integers are converted to 0 to 1, as documented, and filtered like floats: the same picture in 8 bits, 16 bits and floats
# comes out the same.
# Seen: of uint16, int16 and int32 the step of an edge is a ramp, just as if all colours were alike (sigma_color=1000). The pixels
# are converted, but the table of weights is laid out for the greatest value before that: all differences from 0 to 1 fall in its first
# entry, "no difference". 10000 bins of uint8 are as coarse as 39. No error; the name, the type and the range of the answer are right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q scikit-image==0.26.0 scipy==1.17.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
from skimage.restoration import denoise_bilateral

WINDOW, SIGMA = 9, 3
step = np.full((40, 40), 50, np.uint8)
step[:, 20:] = 200
pictures = {
    "floats": step / 255,
    "uint8": step,
    "uint16": step.astype(np.uint16) * 257,
    "int32": step.astype(np.int32) * 8421504,
}
rows = {}
for name, picture in pictures.items():
    rows[name] = denoise_bilateral(picture, win_size=WINDOW, sigma_color=0.05, sigma_spatial=SIGMA, mode="edge")[20]
    print(f"{name}: across the edge {np.round(rows[name][15:25], 2).tolist()}")
wide = denoise_bilateral(pictures["floats"], win_size=WINDOW, sigma_color=1000, sigma_spatial=SIGMA, mode="edge")[20]
print(f"floats, as if all colours were alike: {np.round(wide[15:25], 2).tolist()}")
kept = np.allclose(rows["floats"], step[20] / 255, atol=1e-3) and np.allclose(rows["uint8"], rows["floats"], atol=1e-3)
blurred = all(np.allclose(rows[name], wide, atol=0.01) for name in ("uint16", "int32"))
sys.exit(0 if kept and blurred and 0.4 < rows["uint16"][19] < 0.6 else "changed")
PYTHON
