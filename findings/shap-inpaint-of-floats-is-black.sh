#!/usr/bin/env bash
# shap 0.51.0: with an inpainting masker a photo of floats from 0 to 1 is shown to the network as black, even where nothing is
# hidden.
# Versions: shap 0.51.0, numpy 2.3.4, opencv-python-headless 4.14.0.94, scikit-image 0.26.0.
# Expected: with nothing hidden the masker gives the photo itself, as blur does for bytes and floats, and as inpainting does for
# bytes; what is explained is the answer for the photo.
# Seen: the photo is cut off to whole numbers before it is filled in, so that all below 1 is 0. With all hidden the mean is
# right, with nothing hidden the photo is black: the shares add up to the network's answer for a black picture. No word of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q shap==0.51.0 numpy==2.3.4 opencv-python-headless==4.14.0.94 scikit-image==0.26.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import numpy as np
import shap
from skimage import data

photo = data.astronaut()[:32, 200:232]


def brightness(pictures):
    return np.asarray(pictures, float).mean((1, 2, 3))[:, None]


seen = {}
for kind, picture in (("bytes", photo), ("floats", (photo / 255).astype(np.float32))):
    for way in ("blur(8,8)", "inpaint_telea", "inpaint_ns"):
        masker = shap.maskers.Image(way, picture.shape)
        shown = masker(np.ones(picture.size, bool), picture)[0][0]
        explained = shap.Explainer(brightness, masker)(picture[None], max_evals=100, batch_size=20, silent=True)
        total = float(explained.values.sum() + explained.base_values.sum())
        answer = float(brightness(picture[None])[0, 0])
        seen[kind, way] = bool(np.array_equal(shown, picture)), abs(total - answer) < 1e-3 * answer
        print(f"{kind}, {way}: nothing hidden, mean {shown.mean():.3f} of {picture.mean():.3f};", end=" ")
        print(f"shares add up to {total:.3f}, the answer is {answer:.3f}")
wrong = {key for key, right in seen.items() if right != (True, True)}
sys.exit(0 if wrong == {("floats", "inpaint_telea"), ("floats", "inpaint_ns")} else "changed")
PYTHON
