#!/usr/bin/env bash
# matplotlib 3.11.2: of a TIFF of floats `imread` gives black bytes with alpha, of one of 32-bit integers white ones, without a word.
# Versions: matplotlib 3.11.2, pillow 13.0.0, tifffile 2026.3.3, numpy 2.4.6.
# Expected: floats, or an error; its documentation says that the depth of the result is that of the file, and one of 16 bits comes
# as uint16.
# Seen: a soft mask of 0 to 1 comes as uint8 of the shape (height, width, 4) with 0 in all pixels but the full ones, which are 1;
# depth in metres is cut to whole ones. Integers of 32 bits, and signed ones of 16, are cut off at 255. It hands the picture
# to Pillow's convert("RGBA"), which cuts off, where Image.open itself keeps the numbers. No issue on it was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q matplotlib==3.11.2 pillow==13.0.0 tifffile==2026.3.3 numpy==2.4.6

cd "$folder"
MPLCONFIGDIR="$folder" MPLBACKEND=agg venv/bin/python - <<'PYTHON'
import sys
import warnings

import matplotlib.pyplot as plt
import numpy as np
import tifffile
from PIL import Image

warnings.simplefilter("error", UserWarning)
ramp = np.tile(np.linspace(0, 1, 64), (8, 1))
kinds = {
    "mask of floats": ramp.astype(np.float32),
    "depth of floats, to 10 m": (ramp * 10).astype(np.float32),
    "32-bit integers": (ramp * 1_000_000).astype(np.int32),
    "signed 16-bit integers": (ramp * 30_000).astype(np.int16),
    "16-bit integers": (ramp * 65535).astype(np.uint16),
}
holds = []
for name, array in kinds.items():
    tifffile.imwrite("picture.tif", array)
    read = plt.imread("picture.tif")
    with Image.open("picture.tif") as image:
        by_pillow = np.array_equal(np.asarray(image), array)
    row = read[4, ::21] if read.ndim == 2 else read[4, ::21, 0]
    written = [round(float(value), 2) for value in array[4, ::21]]
    print(f"{name}: {read.dtype} of {read.shape}, {written} as {row.tolist()}; Pillow keeps the numbers: {by_pillow}")
    holds.append(by_pillow)
    if name == "16-bit integers":
        holds.append(np.array_equal(read, array))
    else:
        cut = np.clip(array, 0, 255).astype(np.uint8)
        holds += [read.dtype == np.uint8, read.shape == (8, 64, 4), np.array_equal(read[..., 0], cut), bool((read[..., 3] == 255).all())]
sys.exit(0 if all(holds) else "changed")
PYTHON
