#!/usr/bin/env bash
# MoviePy 2.2.1: `MultiplyColor(2)` makes lights dark, `MultiplyColor(2.0)` does not.
# Versions: moviepy 2.2.1, pillow 11.3.0, numpy 2.4.6.
# Expected: colours are multiplied and cut off at 255, whatever kind of number the factor is; its documentation names a number
# that brightens above 1.
# Seen: a whole number times bytes stays bytes in NumPy, so that 200 twice is 144 before it is cut off at 255; 1.5, 2.0 and a factor
# of NumPy's floats come right. Values whose product fits a byte are right in both. No issue on it was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q moviepy==2.2.1 pillow==11.3.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
from moviepy import ImageClip, vfx

photo = np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (16, 1, 3))
clip = ImageClip(photo).with_duration(1)
holds = []
for factor in (2, 2.0, 3, 3.0, 1.5):
    seen = clip.with_effects([vfx.MultiplyColor(factor)]).get_frame(0)[8, :, 0].astype(int)
    right = np.minimum(255, np.arange(256) * factor).astype(int)
    wrong = seen != right
    print(f"MultiplyColor({factor!r}): 100 becomes {seen[100]}, 200 becomes {seen[200]}; {wrong.sum()} of 256 values are wrong")
    holds.append(wrong.sum() > 100 and seen[200] < 200 if isinstance(factor, int) else not wrong.any())
sys.exit(0 if all(holds) else "changed")
PYTHON
