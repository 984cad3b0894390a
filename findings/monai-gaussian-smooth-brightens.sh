#!/usr/bin/env bash
# monai 1.6.1: GaussianSmooth with approx="sampled" makes a picture 2.5 times as bright, and with "scalespace" infinite.
# Versions: monai 1.6.1, torch 2.14.1, numpy 2.4.6.
# Expected: three ways of approximating one blur, each of which leaves an even picture as it is.
# Seen: "sampled" does not bring its weights to a sum of 1: with a sigma of .3 an even picture of 1 becomes 1.8, of .25 it becomes
# 2.5, and .25 is where RandGaussianSmooth begins by default: an augmentation that is to blur changes the exposure at random.
# "scalespace" overflows in float32: infinity at 9, NaN from 12 on. "erf", the default, is right. gaussian_1d has an argument
# normalize, which neither GaussianSmooth nor its random sister hands on.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q monai==1.6.1 torch==2.14.1 numpy==2.4.6

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import math
import sys

import torch
from monai.transforms import GaussianSmooth, RandGaussianSmooth

SIDE = 201
even = torch.ones(1, SIDE, SIDE)
middle = SIDE // 2
seen = {}
for approx in ("erf", "sampled", "scalespace"):
    for sigma in (0.25, 0.3, 0.5, 1, 4, 8, 9, 12, 20):
        seen[approx, sigma] = float(GaussianSmooth(sigma, approx)(even)[0, middle, middle])
        print(f"{approx}, sigma {sigma}: an even picture of 1 becomes {seen[approx, sigma]:.3f}")
random = RandGaussianSmooth(prob=1, approx="sampled")
random.set_random_state(0)
drawn = [float(random(even)[0, middle, middle]) for _ in range(40)]
print(f"RandGaussianSmooth, sampled, 40 draws: {min(drawn):.2f} to {max(drawn):.2f}")
right = all(abs(value - 1) < 0.001 for (approx, _), value in seen.items() if approx == "erf")
bright = seen["sampled", 0.25] > 2.5 and seen["sampled", 0.3] > 1.7 and abs(seen["sampled", 1] - 1) < 0.001 and max(drawn) > 1.2
endless = seen["scalespace", 9] == math.inf and math.isnan(seen["scalespace", 12]) and math.isnan(seen["scalespace", 20])
sys.exit(0 if right and bright and endless else "changed")
PYTHON
