#!/usr/bin/env bash
# SimpleITK 2.5.7 (ITK 5.4): a Gaussian blur of a standard deviation of 27 pixels makes a photo of bytes black, and one of floats NaN.
# Versions: simpleitk 2.5.7, numpy 2.4.6.
# Expected: DiscreteGaussian takes any variance; an even picture stays as it is, and a wider blur is only blurrier.
# Seen: up to 26.6 pixels it is right; from 26.7 on, a variance of 713, every pixel is NaN in floats and 0 in bytes, with no error
# and nothing on stdout or stderr, with a kernel as wide as it needs. Its kernel is exp(-variance) times a Bessel function of the
# variance, and that passes what a double holds. SmoothingRecursiveGaussian, which is asked by the same number, is right. An issue
# of ANTs that is built on it tells of blank pictures (number 538, closed).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q simpleitk==2.5.7 numpy==2.4.6

"$folder/venv/bin/python" - 2>"$folder/stderr" <<'PYTHON'
import sys

import numpy as np
import SimpleITK as sitk

WIDEST_KERNEL = 1000


def blurred(depth, sigma):
    even = sitk.GetImageFromArray(np.full((300, 400), 200, depth))
    return sitk.GetArrayFromImage(sitk.DiscreteGaussian(even, sigma**2, WIDEST_KERNEL))


holds = []
for sigma in (10, 26.6, 26.7, 40, 100):
    floats, whole = blurred(np.float32, sigma), blurred(np.uint8, sigma)
    even = sitk.GetImageFromArray(np.full((300, 400), 200, np.float32))
    recursive = sitk.GetArrayFromImage(sitk.SmoothingRecursiveGaussian(even, sigma))
    print(f"200 blurred by {sigma}: floats {np.unique(floats)}, bytes {np.unique(whole)}, recursive {recursive.mean():.2f}")
    is_right = np.allclose(floats, 200, atol=0.01) and (np.abs(whole - 200.0) <= 2).all()
    is_lost = np.isnan(floats).all() and not whole.any()
    holds += [is_right if sigma <= 26.6 else is_lost, np.allclose(recursive, 200, atol=1)]
sys.exit(0 if all(holds) else "changed")
PYTHON
cat "$folder/stderr"
test ! -s "$folder/stderr" || { echo "changed: it warns"; exit 1; }
