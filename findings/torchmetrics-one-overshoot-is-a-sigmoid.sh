#!/usr/bin/env bash
# torchmetrics 1.9.0: one pixel of a soft mask that a resize lifts above 1 makes its IoU fall from 1 to the subject's share.
# Versions: torchmetrics 1.9.0, torch 2.14.1, numpy 2.4.6.
# Expected: a mask that is .9 in the subject and .1 outside scores the same whether one of its pixels is 1 or 1.0000001.
# Seen: the binary metrics take values outside 0 to 1 for logits, as documented, and send all of the mask through a sigmoid: .1
# becomes .52, and everything is subject. Enlarging a mask by bicubic interpolation, as most evaluations do, overshoots at
# every edge: a right mask scores .75 instead of 1. Whether a batch is scored as it is depends on its highest pixel, and nothing
# is said. clamp(0, 1) before.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torchmetrics==1.9.0 torch==2.14.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import torch
from torchmetrics.classification import BinaryF1Score, BinaryJaccardIndex

truth = torch.zeros(64, 64, dtype=torch.long)
truth[16:48, 16:48] = 1
mask = torch.where(truth > 0, 0.9, 0.1)
lifted = mask.clone()
lifted[20, 20] = 1.0000001
small = torch.zeros(1, 1, 16, 16)
small[..., 4:12, 4:12] = 1
enlarged = torch.nn.functional.interpolate(small, scale_factor=4, mode="bicubic")[0, 0]
seen = {}
for name, values in {"plain": mask, "one pixel of 1.0000001": lifted, "bicubic": enlarged, "clamped": enlarged.clamp(0, 1)}.items():
    seen[name] = float(BinaryJaccardIndex()(values, truth)), float(BinaryF1Score()(values, truth))
    print(f"{name}: greatest {float(values.max()):.7f}, IoU {seen[name][0]:.3f}, F1 {seen[name][1]:.3f}")
iou = {name: round(values[0], 2) for name, values in seen.items()}
print(f"the subject's share is {float(truth.float().mean()):.2f}")
right = iou["plain"] == 1 and iou["one pixel of 1.0000001"] == 0.25 and iou["bicubic"] < 0.8 and iou["clamped"] > 0.99
sys.exit(0 if right else "changed")
PYTHON
