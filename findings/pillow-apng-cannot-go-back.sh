#!/usr/bin/env bash
# Pillow 13.0.0: an animated PNG, of which a frame in the middle was looked at, cannot be gone through from the start again.
# Versions: pillow 13.0.0, opencv-python-headless 5.0.0.93, numpy 2.4.6.
# Expected: seek() goes to any frame in any order, as it does in GIF, WebP, AVIF and TIFF.
# Seen: "APNG contains frame sequence errors" at the first frame behind the one that was gone back to, and "broken PNG file" at those
# that follow. After the pixels of a frame are read, the header of the next chunk stands in a queue, and going back does not empty
# it. Only from the last frame, which has no next one, or where no pixels were read, the way back is free. A new object of the
# same bytes is right, and so is OpenCV. No issue on it was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
cd "$folder"

venv/bin/python - <<'PYTHON'
import sys

import cv2
import numpy as np
from PIL import Image

frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "lime", "blue", "white")]
for kind, options in (("png", {}), ("gif", {}), ("webp", {"lossless": True}), ("tiff", {})):
    frames[0].save(f"moving.{kind}", save_all=True, append_images=frames[1:], duration=100, **options)
_, by_opencv = cv2.imreadanimation("moving.png")
right = all((np.asarray(frame) == np.asarray(read)[..., 2::-1]).all() for frame, read in zip(frames, by_opencv.frames, strict=True))
print("by OpenCV all frames of the PNG are", "right" if right else "wrong")


def goes(kind, order, reads_pixels):
    image = Image.open(f"moving.{kind}")
    for number in order:
        try:
            image.seek(number)
            if reads_pixels and image.convert("RGB").getpixel((8, 8)) != frames[number].getpixel((8, 8)):
                return f"another picture at {number}"
        except (EOFError, SyntaxError) as error:
            return f"at {number}: {error}"
    return "right"


seen = {}
for order in ((0, 1, 2, 3, 0, 1), (1, 0, 1), (2, 1), (0, 2, 0, 3)):
    for kind in ("png", "gif", "webp", "tiff"):
        seen[order, kind, True] = goes(kind, order, reads_pixels=True)
    seen[order, "png", False] = goes("png", order, reads_pixels=False)
    print(f"frames {order}: {({kind: told for (which, kind, reads), told in seen.items() if which == order and reads})}")
    print(f"    without a look at the pixels: {seen[order, 'png', False]}")
failed = {key for key, told in seen.items() if told != "right"}
wanted = {(order, "png", True) for order in ((1, 0, 1), (2, 1), (0, 2, 0, 3))}
sys.exit(0 if right and failed == wanted and all("sequence errors" in seen[key] for key in wanted) else "changed")
PYTHON
