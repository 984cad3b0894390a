#!/usr/bin/env bash
# pycocotools 2.0.11: a soft mask, or a map of labels, is encoded as another mask that also covers what was empty.
# Versions: pycocotools 2.0.11, numpy 2.4.6.
# Expected: that encode counts every value but 0 as subject, as it does for 255 and 2 alone, or refuses what is not binary.
# Seen: it looks for places where the value changes, of whatever kind, and each turns subject into background and back. A soft
# disc comes back in stripes that go on where it was empty, with another area; of two labels that touch the second is
# background, and what lies below it is subject. No error; merge, iou and the whole COCO score take such codes. bool and
# 0/255 are right, so a threshold that was forgotten is seen only in the numbers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pycocotools==2.0.11 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
from pycocotools import mask as coco

SIDE = 64
rows, columns = np.mgrid[:SIDE, :SIDE]
distance = np.hypot(rows - 32, columns - 32)
soft = (np.clip((24 - distance + rows / 8) / 8, 0, 1) * 255).astype(np.uint8)  # 255 inside, 0 at the rim of the picture
labels = np.zeros((SIDE, SIDE), np.uint8)
labels[8:32, 8:56] = 1
labels[32:56, 8:56] = 2
masks = {
    "binary, 0 and 255": np.where(soft > 0, 255, 0).astype(np.uint8),
    "binary, bool": soft > 0,
    "soft": soft,
    "two labels that touch": labels,
}
wrong = {}
outside = {}
for name, mask in masks.items():
    code = coco.encode(np.asfortranarray(mask))
    back = coco.decode(code)
    wrong[name] = int(((back > 0) != (mask > 0)).sum())
    outside[name] = int(((back > 0) & (mask == 0)).sum())
    print(
        f"{name}: {(mask > 0).sum()} pixels of subject, area {int(coco.area(code))}, wrong {wrong[name]}, "
        f"of them outside {outside[name]}"
    )
truth = coco.encode(np.asfortranarray(masks["binary, bool"]))
score = float(coco.iou([coco.encode(np.asfortranarray(soft))], [truth], [0])[0, 0])
print(f"IoU of the soft mask with its own outline: {score:.3f}")
right = wrong["binary, 0 and 255"] == wrong["binary, bool"] == 0
noise = all(wrong[name] > 500 and outside[name] > 100 for name in ("soft", "two labels that touch"))
sys.exit(0 if right and noise and score < 0.7 else "changed")
PYTHON
