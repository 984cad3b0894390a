#!/usr/bin/env bash
# saliency 0.2.1 (PAIR), BlurIG: of an even picture, which no blur changes, it explains a third, and most of that at the frame.
# Versions: saliency 0.2.1, scikit-image 0.26.0, numpy 2.4.6.
# Expected: blurred integrated gradients (Xu et al. 2020) sum up to the difference between the model's value of the photo and of
# the blurred photo. An even picture is its own blur: all attributions are 0.
# Seen: each blur takes what is outside the picture for 0, so that the path leads into the dark, from the frame inwards. For
# a model that adds up all pixels, and the defaults, a third of the value is attributed: .05 a pixel at the centre, .6 at
# the sides, .9 in the corners. Maps of real photos get this vignette on top, wherever a model likes it bright or dark.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q saliency==0.2.1 scikit-image==0.26.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import saliency.core as saliency


def sum_of_all(photos, call_model_args=None, expected_keys=None):
    """The gradient of a model that adds up all values."""
    return {saliency.base.INPUT_OUTPUT_GRADIENTS: np.ones_like(photos)}


white = np.ones((224, 224, 3), np.float32)
found = saliency.BlurIG().GetMask(white, sum_of_all, batch_size=20)
share = float(found.sum() / white.sum())
places = {"centre": float(found[112, 112, 0]), "side": float(found[0, 112, 0]), "corner": float(found[0, 0, 0])}
print(f"attributed in sum: {share:.0%} of the model's value; at the", ", ".join(f"{name} {v:.3f}" for name, v in places.items()))
sys.exit(0 if 0.25 < share < 0.4 and places["side"] > 8 * places["centre"] and places["corner"] > 0.8 else "changed")
PYTHON
