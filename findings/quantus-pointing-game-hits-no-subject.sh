#!/usr/bin/env bash
# quantus 0.6.0: the pointing game counts a photo without a subject as hit, and a map that points nowhere, too.
# Versions: quantus 0.6.0, torch 2.14.1, numpy 2.4.6.
# Expected: of an empty mask no score: NaN, as its other measures of localisation give, and as its own source sets. Of a map
# that is even all over no hit.
# Seen: 1 for both. Hits are kept in an array of booleans, in which NaN is True; and a hit is any of the highest places inside
# the mask, which an even map always has. So the mean over a folder rises with each photo whose mask was lost. The documentation
# says of neither; no issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q quantus==0.6.0 torch==2.14.1 numpy==2.4.6

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import numpy as np
import quantus
import torch

SIDE = 16
network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * SIDE * SIDE, 2)).eval()
square = np.zeros((1, SIDE, SIDE))
square[0, 4:12, 4:12] = 1
empty = np.zeros_like(square)


def point(row, column):
    """A map whose highest place is one pixel."""
    heat = np.random.default_rng(0).random((1, SIDE, SIDE)) / 2
    heat[0, row, column] = 1
    return heat


cases = {
    "inside": (point(8, 8), square),
    "outside": (point(1, 1), square),
    "no subject": (point(8, 8), empty),
    "an even map": (np.full((1, SIDE, SIDE), 0.5), square),
}
maps, masks = (np.stack(arrays) for arrays in zip(*cases.values(), strict=True))
photos = np.random.default_rng(1).random((len(cases), 3, SIDE, SIDE)).astype(np.float32)
scores = {}
for measure in (quantus.PointingGame, quantus.RelevanceRankAccuracy, quantus.RelevanceMassAccuracy, quantus.AUC):
    values = measure(disable_warnings=True)(
        network, photos, np.zeros(len(cases), int), a_batch=maps.copy(), s_batch=masks.copy(), device="cpu"
    )
    scores[measure.__name__] = dict(zip(cases, map(float, values), strict=True))
    print(measure.__name__, {name: round(score, 2) for name, score in scores[measure.__name__].items()})
pointing = scores.pop("PointingGame")
others = all(np.isnan(score["no subject"]) for score in scores.values())
sys.exit(0 if others and list(pointing.values()) == [1, 0, 1, 1] else "changed")
PYTHON
