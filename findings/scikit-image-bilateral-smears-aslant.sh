#!/usr/bin/env bash
# scikit-image 0.26.0: `denoise_bilateral` weighs other pixels than those around: a light is smeared aslant and moved by pixels.
# Versions: scikit-image 0.26.0, opencv-python-headless 5.0.0.93, numpy 2.4.6.
# Expected: its documentation weighs pixels by their distance in space and in colour, so that a light, where colours count for
# nothing, becomes a round spot around itself, and a mirrored photo gives the mirror image.
# Seen: for each odd window (its default is odd) the table of distances has a row and a column more than the window that reads it.
# Each row of weights thus lies one pixel beside the one above, the spot is a slanting band around another place, and the pixel
# itself counts for next to nothing. Bytes, floats and colour alike. OpenCV's `bilateralFilter` is right. No issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q scikit-image==0.26.0 opencv-python-headless==5.0.0.93 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import cv2
import numpy as np
from skimage.restoration import denoise_bilateral

ANY_COLOUR = 1000.0
light = np.zeros((41, 41), np.float32)
light[20, 20] = 1
rows, columns = np.mgrid[:41, :41] - 20
holds = []


def place(spot):
    return np.array([(spot * columns).sum(), (spot * rows).sum()]) / spot.sum()


for sigma in (1, 2, 3):
    window = max(5, 2 * 3 * sigma + 1)
    spots = {
        "scikit-image": denoise_bilateral(light, sigma_color=ANY_COLOUR, sigma_spatial=sigma),
        "OpenCV": cv2.bilateralFilter(light, window, ANY_COLOUR, sigma),
    }
    for name, spot in spots.items():
        asymmetry = np.abs(spot - spot[:, ::-1]).sum() / spot.sum()
        print(
            f"sigma {sigma}, {name}: the light is moved by {np.round(place(spot), 1)}, its own pixel keeps "
            f"{spot[20, 20] / spot.max():.0%} of the brightest, and {asymmetry:.0%} differ from the mirror image"
        )
        wrong = name == "scikit-image"
        holds.append(spot[20, 20] < 0.5 * spot.max() if wrong else spot[20, 20] == spot.max())
        holds.append(asymmetry > 0.5 if wrong else asymmetry < 1e-3)
coloured = np.dstack([light] * 3)
for name, picture in {"bytes": (light * 255).astype(np.uint8), "float64": light.astype(float), "colour": coloured}.items():
    channels = {"channel_axis": -1} if picture.ndim == 3 else {}
    spot = np.atleast_3d(denoise_bilateral(picture, sigma_color=ANY_COLOUR, **channels))[..., 0]
    print(f"{name}: moved by {np.round(place(spot), 1)}")
    holds.append(np.linalg.norm(place(spot)) > 1.5)
photo = cv2.GaussianBlur(np.random.default_rng(0).random((96, 128)), (0, 0), 2)
photo = (photo - photo.min()) / np.ptp(photo)
mirrored = np.abs(denoise_bilateral(photo) - denoise_bilateral(photo[:, ::-1].copy())[:, ::-1])[8:-8, 8:-8]
print(f"a photo and its mirror image, by default: they differ by {mirrored.mean():.3f}, at most by {mirrored.max():.2f}, of 1")
holds.append(mirrored.mean() > 0.02)
sys.exit(0 if all(holds) else "changed")
PYTHON
