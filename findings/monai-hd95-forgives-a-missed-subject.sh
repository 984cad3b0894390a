#!/usr/bin/env bash
# monai 1.6.1: of a subject that a network missed altogether the 95 % Hausdorff distance is no number, and the mean leaves it
# out.
# Versions: monai 1.6.1, torch 2.14.1, scipy 1.17.1, numpy 2.4.6.
# Expected: what the plain Hausdorff distance gives: infinity for the photo, and for the mean over photos with it.
# Seen: with percentile=95 (the usual measure) NaN for that photo, and the mean is taken over the others: of four photos, one
# right, two a little off and one empty, the mean is that of three. A network that gives nothing where it is in doubt scores
# best. That an empty mask "may result in nan/inf distance" is a warning at each photo; that it makes the mean better is said
# nowhere.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q monai==1.6.1 torch==2.14.1 scipy==1.17.1 numpy==2.4.6

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import math
import sys

import torch
from monai.metrics import HausdorffDistanceMetric

subject = torch.zeros(1, 1, 64, 64)
subject[..., 16:48, 16:48] = 1
masks = {
    "right": subject,
    "two pixels off": subject.roll(2, 3),
    "ten pixels off": subject.roll(10, 3),
    "empty": torch.zeros_like(subject),
}
seen = {}
for percentile in (None, 95):
    metric = HausdorffDistanceMetric(include_background=True, percentile=percentile)
    each = {name: float(metric(mask, subject)) for name, mask in masks.items()}
    seen[percentile] = each["empty"], float(metric.aggregate())
    print(f"percentile {percentile}:", ", ".join(f"{name} {distance:.1f}" for name, distance in each.items()), end="; ")
    print(f"mean {seen[percentile][1]:.2f}")
plain = seen[None] == (math.inf, math.inf)
sys.exit(0 if plain and math.isnan(seen[95][0]) and abs(seen[95][1] - 4) < 0.01 else "changed")
PYTHON
