#!/usr/bin/env bash
# SimpleITK 2.5.7: DiscreteGaussian with a sigma of 27 or more gives a black picture of bytes, and NaN all over for floats.
# Versions: SimpleITK 2.5.7, scipy 1.17.1, numpy 2.4.6.
# Expected: a wide blur, or one that is cut off at maximumKernelWidth, as documented, or an error.
# Seen: up to a sigma of 26 an even picture stays even, from 27 on it is not a number, in bytes 0, however wide the kernel may be;
# nothing is raised. The weights are quotients by the exponential of the variance, which is too large for a double above 709.
# SmoothingRecursiveGaussian has no such limit. (A lens blur of a photo of 12 megapixels is wider than that.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q SimpleITK==2.5.7 scipy==1.17.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import SimpleITK as sitk
from scipy.ndimage import gaussian_filter

rows, columns = np.mgrid[:200, :200]
photo = (np.hypot(rows - 100, columns - 100) < 60) * np.float32(200) + 20
seen = {}
for sigma in (20, 26, 27, 40):
    right = gaussian_filter(photo.astype(float), sigma, mode="nearest")
    for kind, picture in (("floats", photo), ("bytes", photo.astype(np.uint8))):
        for width in (32, 600):
            image = sitk.DiscreteGaussian(sitk.GetImageFromArray(picture), variance=sigma**2, maximumKernelWidth=width)
            blurred = sitk.GetArrayFromImage(image)
            seen[sigma, kind, width] = float(blurred.min()), float(blurred.max())
            print(
                f"sigma {sigma}, {kind}, kernel of at most {width}: {blurred.min():.1f} to {blurred.max():.1f}, "
                f"to be {right.min():.1f} to {right.max():.1f}"
            )
recursive = sitk.GetArrayFromImage(sitk.SmoothingRecursiveGaussian(sitk.GetImageFromArray(photo), 40.0))
off = np.abs(recursive - gaussian_filter(photo.astype(float), 40, mode="nearest")).max()
print(f"SmoothingRecursiveGaussian, sigma 40: off by at most {off:.2f}")
sound = all(lowest >= 18 and highest <= 221 for (sigma, _, _), (lowest, highest) in seen.items() if sigma < 27)
lost = [values for (sigma, kind, _), values in seen.items() if sigma >= 27 and kind == "floats"]
black = [values for (sigma, kind, _), values in seen.items() if sigma >= 27 and kind == "bytes"]
sys.exit(0 if sound and np.isnan(lost).all() and not np.any(black) and off < 2 else "changed")
PYTHON
