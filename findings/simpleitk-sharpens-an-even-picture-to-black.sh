#!/usr/bin/env bash
# SimpleITK 2.5.7: an even picture comes out of LaplacianSharpening and AdaptiveHistogramEqualization black, or as NaN.
# Versions: SimpleITK 2.5.7, numpy 2.4.6.
# Expected: there is nothing to sharpen and no contrast to even out, so the picture stays as it is, as with CurvatureFlow and
# Mean.
# Seen: of bytes all is 0, of floats all is NaN, whatever the value; one pixel that differs by one code, and all is right. Both bring
# the picture's values to a range first, by dividing by the difference of its extremes. No error. (A mask without a subject, or one
# that is all subject, is even.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q SimpleITK==2.5.7 numpy==2.4.6

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import numpy as np
import SimpleITK as sitk

even = np.full((40, 50), 100, np.uint8)
nearly = even.copy()
nearly[20, 25] = 101
pictures = {
    "even bytes": even,
    "even floats": even.astype(np.float32),
    "a mask of floats, all subject": np.ones((40, 50), np.float32),
    "bytes, one pixel differs by one": nearly,
}
seen = {}
for name, picture in pictures.items():
    for tool in (sitk.LaplacianSharpening, sitk.AdaptiveHistogramEqualization, sitk.CurvatureFlow, sitk.Mean):
        values = sitk.GetArrayFromImage(tool(sitk.GetImageFromArray(picture)))
        seen[name, tool.__name__] = float(np.median(values))
        print(f"{name}, median {np.median(picture):.0f}, {tool.__name__}: {seen[name, tool.__name__]:.0f}")
broken = "LaplacianSharpening", "AdaptiveHistogramEqualization"
black = all(seen["even bytes", tool] == 0 for tool in broken)
nothing = all(np.isnan(seen[name, tool]) for name in ("even floats", "a mask of floats, all subject") for tool in broken)
right = all(seen[name, tool] == np.median(pictures[name]) for name in pictures for tool in ("CurvatureFlow", "Mean"))
one = all(abs(seen["bytes, one pixel differs by one", tool] - 100) <= 1 for tool in broken)
sys.exit(0 if black and nothing and right and one else "changed")
PYTHON
