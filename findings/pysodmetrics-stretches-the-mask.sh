#!/usr/bin/env bash
# pysodmetrics 1.6.2: a mask that keeps the background at 59 % and the subject at 78 % has no error.
# Versions: pysodmetrics 1.6.2, numpy 2.3.4, opencv-python-headless 4.14.0.94.
# Expected: the mean absolute error of a mask whose values are 150 and 200 of 255 is .50: it is the mean difference.
# Seen: each mask is stretched to 0..1 by its own least and largest value before anything is measured, so that the error is 0,
# and every other measure is that of a perfect mask. Between soft masks the mean error says nothing of how soft they are.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pysodmetrics==1.6.2 numpy==2.3.4 opencv-python-headless==4.14.0.94

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import py_sod_metrics

truth = np.zeros((64, 64), np.uint8)
truth[16:48, 16:48] = 255
seen = {}
for background, subject in ((0, 255), (0, 128), (150, 200)):
    mask = np.where(truth > 0, subject, background).astype(np.uint8)
    measure = py_sod_metrics.MAE()
    measure.step(mask, truth)
    plain = np.abs(mask / 255 - truth / 255).mean()
    seen[background, subject] = float(measure.get_results()["mae"])
    print(f"background {background}, subject {subject}: MAE {seen[background, subject]:.3f}; the mean difference is {plain:.3f}")
sys.exit(0 if all(value < 0.001 for value in seen.values()) else "changed")
PYTHON
