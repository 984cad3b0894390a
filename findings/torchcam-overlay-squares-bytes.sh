#!/usr/bin/env bash
# torchcam 0.5.0: overlay_mask draws a map of bytes in wrong colours, the strongest place like the weakest.
# Versions: torchcam 0.5.0, torch 2.14.1, matplotlib 3.11.2, pillow 13.0.0, numpy 2.4.6.
# Expected: a greyscale map, which is all that it asks for, is drawn by its strength, whether it holds bytes or floats from 0 to
# 1.
# Seen: floats are squared and drawn, so that colours rise with the map. Bytes are squared as bytes, modulo 256: 255 becomes 1,
# 128 becomes 0, 15 becomes 225. A map that was saved as PNG and opened again shows rings, and the subject in the colour of the
# ground. The example in the documentation uses a picture of floats (mode F), and says nothing of others.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torchcam==0.5.0 torch==2.14.1 matplotlib==3.11.2 pillow==13.0.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
from PIL import Image
from torchcam.utils import overlay_mask

strength = np.tile(np.arange(256, dtype=np.uint8), (8, 1))
photo = Image.new("RGB", (256, 8))
drawn = {}
for name, mask in (("floats", (strength / 255).astype(np.float32)), ("bytes", strength)):
    overlay = overlay_mask(photo, Image.fromarray(mask), colormap="gray", alpha=0.0)  # grey tells the strength that is drawn
    drawn[name] = np.asarray(overlay)[4, :, 0].astype(int)
    print(name, {value: int(drawn[name][value]) for value in (0, 15, 16, 100, 128, 200, 254, 255)})
rising = all(np.diff(drawn["floats"]) >= 0) and drawn["floats"][255] == 255
squares = abs(drawn["bytes"] - np.arange(256) ** 2 % 256).max() <= 1  # the colour map rounds
sys.exit(0 if rising and squares else "changed")
PYTHON
