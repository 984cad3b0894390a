#!/usr/bin/env bash
# diplib 3.6.1: Perona and Malik's diffusion, and the robust one, make an even picture dark along its border.
# Versions: diplib 3.6.1, numpy 2.4.6.
# Expected: diffusion evens out differences between neighbours. An even picture has none, and stays as it is, and no light is lost:
# the mean of any picture stays (Perona and Malik let nothing flow through the border; DIPlib's other filters continue the picture).
# Seen: what is outside counts as black wherever that is within the contrast that is smoothed (K). Floats from 0 to 1 lose four fifths of
# their light in the corners by default, bytes do where they are hardly brighter than K. The frame is as wide as the number of
# iterations. GaussianAnisotropicDiffusion is right. Neither function takes a rule for the border, and no issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q diplib==3.6.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import diplib
import numpy as np

floats = np.full((40, 50), 0.5, np.float32)
pictures = {"floats of .5": floats, "bytes of 10": (floats * 20).astype(np.uint8), "bytes of 100": (floats * 200).astype(np.uint8)}
ways = {
    "PeronaMalikDiffusion": diplib.PeronaMalikDiffusion,
    "RobustAnisotropicDiffusion": diplib.RobustAnisotropicDiffusion,
    "PeronaMalikDiffusion, K=60": lambda image: diplib.PeronaMalikDiffusion(image, K=60),
    "GaussianAnisotropicDiffusion": diplib.GaussianAnisotropicDiffusion,
}
dark = {("floats of .5", way) for way in ways if not way.startswith("Gaussian")}
dark |= {("bytes of 10", "PeronaMalikDiffusion"), ("bytes of 10", "PeronaMalikDiffusion, K=60")}
dark.add(("bytes of 100", "PeronaMalikDiffusion, K=60"))
holds = []
for name, picture in pictures.items():
    value = float(picture[0, 0])
    for way, smooth in ways.items():
        seen = np.asarray(smooth(diplib.Image(picture))).astype(float) / value
        corner, border, mean = seen[0, 0], seen[20, 0], seen.mean()
        print(f"{name}, {way}: of its light the corner keeps {corner:.0%}, the border {border:.0%}, the picture {mean:.0%}")
        inside = np.allclose(seen[6:-6, 6:-6], 1, atol=1e-5)
        holds.append(inside and ((name, way) in dark) == (corner < 0.9) and ((name, way) in dark) == (mean < 0.995))
sys.exit(0 if all(holds) else "changed")
PYTHON
