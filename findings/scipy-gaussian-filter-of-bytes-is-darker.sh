#!/usr/bin/env bash
# scipy 1.17.1: gaussian_filter of bytes darkens by a whole code of 255, and of white it makes 253 at some widths.
# Versions: scipy 1.17.1, numpy 2.4.6.
# Expected: a blur keeps the mean, and white stays white.
# Seen: both passes, over rows and over columns, cut off what is behind the point, half a code each, whatever the width; and where
# the weights add up to a little less than 1, white becomes 254 after the one pass and 253 after the other. A mask of bytes that
# was softened so is nowhere opaque. (The documentation says that results of integer types "may be imprecise".)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q scipy==1.17.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
from scipy.ndimage import gaussian_filter

grain = np.random.default_rng(0).integers(0, 256, (512, 512)).astype(np.uint8)
darker = {}
for sigma in (1, 3, 10):
    darker[sigma] = float(gaussian_filter(grain.astype(np.float64), sigma).mean() - gaussian_filter(grain, sigma).mean())
    print(f"grain, sigma {sigma}: {darker[sigma]:.2f} codes darker than in floats")
white = {s: int(gaussian_filter(np.full((64, 64), 255, np.uint8), s).max()) for s in (1, 2, 3, 5, 8, 12, 20)}
print("white, by sigma:", white)
print("white in floats:", gaussian_filter(np.full((64, 64), 255.0), 8).max())
sys.exit(0 if all(0.95 < value < 1.05 for value in darker.values()) and white[8] == 253 and white[3] == 255 else "changed")
PYTHON
