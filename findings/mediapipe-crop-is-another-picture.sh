#!/usr/bin/env bash
# mediapipe 1.2.3: an image made of a crop (or of a photo turned by numpy) has other pixels.
# Versions: mediapipe 1.2.3, numpy 2.4.6.
# Expected: mp.Image(data=array) has the array's pixels, or refuses an array that is no block of memory.
# Seen: it reads from the array's first byte on, as if all lay row by row: a crop comes out as the wrong rows, sheared, a
# transposed photo untransposed, every second row as all of them. No error, the right size; a detector that is given a face
# cut out of a photo looks at something else. np.ascontiguousarray() before the call avoids it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q mediapipe==1.2.3 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import mediapipe as mp
import numpy as np

photo = np.arange(16 * 16 * 3, dtype=np.uint8).reshape(16, 16, 3)
views = {
    "whole": photo,
    "crop": photo[:8, :8],
    "every second row": photo[::2],
    "transposed": photo.transpose(1, 0, 2),
    "crop, made contiguous": np.ascontiguousarray(photo[:8, :8]),
}
seen = {}
for name, view in views.items():
    image = mp.Image(image_format=mp.ImageFormat.SRGB, data=view)
    pixels = np.array(image.numpy_view())
    in_memory = np.array_equal(pixels.ravel(), photo.ravel()[: pixels.size])
    seen[name] = np.array_equal(pixels, view), in_memory
    print(f"{name}: {pixels.shape}, as given: {seen[name][0]}, as it lies in memory: {in_memory}")
wrong, right = (False, True), (True, True)
expected = {"whole": right, "crop": wrong, "every second row": wrong, "transposed": wrong}
sys.exit(0 if seen == expected | {"crop, made contiguous": (True, False)} else "changed")
PYTHON
