#!/usr/bin/env bash
# quantus 0.6.0: the weighted score of a photo's localisation depends on how many photos are measured with it.
# Versions: quantus 0.6.0, torch 2.14.1, numpy 2.4.6.
# Expected: AttributionLocalisation(weighted=True) weights the score of a photo by the share of it that its mask covers, whatever
# else is in the batch.
# Seen: infinity in a batch of one or two, a score that halves from three to four, and in the default batch of 64 one 186th of
# what it should be. The share is taken of all values of the batch but its first two photos (x_batch[2:]), where the sides of one
# photo were meant. The last batch of a folder, which is smaller, scores higher than the others. max_size, which is to warn of
# large masks, is compared with the same share. Without weighted the score is right; no issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q quantus==0.6.0 torch==2.14.1 numpy==2.4.6

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import math
import sys

import numpy as np
import quantus
import torch

SIDE, PHOTOS = 16, 12
network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * SIDE * SIDE, 2)).eval()
chance = np.random.default_rng(0)
photos = chance.random((PHOTOS, 3, SIDE, SIDE)).astype(np.float32)
maps = chance.random((PHOTOS, 1, SIDE, SIDE))
masks = np.zeros_like(maps)
masks[..., 4:12, 4:12] = 1
share = masks[0].mean()
scores = {}
for weighted in (False, True):
    for size in (1, 2, 3, 4, PHOTOS):
        measure = quantus.AttributionLocalisation(weighted=weighted, disable_warnings=True)
        scores[weighted, size] = float(
            measure(
                network, photos[:size], np.zeros(size, int), a_batch=maps[:size].copy(), s_batch=masks[:size].copy(), device="cpu"
            )[0]
        )
        print(f"the first photo, weighted={weighted}, with {size - 1} others: {scores[weighted, size]:.4f}")
plain = scores[False, 1]
print(f"the share of the mask is {share:.2f}, so the weighted score is to be {plain * share:.4f}")
same = all(math.isclose(scores[False, size], plain) for size in (2, 3, 4, PHOTOS))
endless = scores[True, 1] == scores[True, 2] == math.inf
halved = math.isclose(scores[True, 3], 2 * scores[True, 4]) and math.isclose(scores[True, 3], 10 * scores[True, PHOTOS])
sys.exit(0 if same and endless and halved else "changed")
PYTHON
