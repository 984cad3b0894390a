#!/usr/bin/env bash
# scikit-image 0.26.0: equalize_adapthist makes a photo of half floats white.
# Versions: scikit-image 0.26.0, numpy 2.4.6.
# Expected: of float16 what it makes of float32, as all other functions of exposure and filters that were tried; the photo is
# within 0 and 1.
# Seen: one value, 1, everywhere: on the way it multiplies by 65535, and half floats end at 65504. NumPy warns of an overflow; a
# service that has the warnings on a log, or off, goes on. The documentation names no type that it does not take.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q scikit-image==0.26.0 numpy==2.4.6

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import numpy as np
from skimage import data, exposure, filters

photo = data.camera() / 255
seen = {}
for name, change in (
    ("equalize_adapthist", exposure.equalize_adapthist),
    ("equalize_hist", exposure.equalize_hist),
    ("adjust_log", exposure.adjust_log),
    ("gaussian", filters.gaussian),
):
    half, single = (np.asarray(change(photo.astype(kind)), float) for kind in (np.float16, np.float32))
    seen[name] = np.abs(half - single).max()
    print(f"{name}: float16 from {half.min():.3f} to {half.max():.3f}, float32 from {single.min():.3f} to {single.max():.3f}")
white = np.unique(exposure.equalize_adapthist(photo.astype(np.float16))).tolist() == [1.0]
sys.exit(0 if white and all(off < 0.01 for name, off in seen.items() if name != "equalize_adapthist") else "changed")
PYTHON
