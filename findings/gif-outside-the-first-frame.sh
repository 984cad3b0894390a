#!/usr/bin/env bash
# A GIF whose first frame is smaller than its canvas is another picture in each reader.
# Versions: pillow 13.0.0, opencv-python-headless 5.0.0.93, imagecodecs 2026.3.6, numpy 2.4.6.
# Expected: around the frame the canvas is transparent, as browsers show it, or has the background colour of the header.
# Seen: Pillow fills it with colour 0 of the palette, opaque; OpenCV with the header's background colour, opaque also
# with IMREAD_UNCHANGED; imagecodecs with that colour's *number* in the red channel (nearly black). In imagecodecs the
# second frame, which covers a part, does not lie upon the first either, but upon the same nearly black.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0 opencv-python-headless==5.0.0.93 imagecodecs==2026.3.6 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import io
import struct
import sys

import cv2
import imagecodecs
import numpy as np
from PIL import Image

PALETTE = bytes([200, 0, 0, 0, 200, 0, 0, 0, 200, 200, 200, 200])
RED, GREEN, BLUE, NUMBER = (200, 0, 0), (0, 200, 0), (0, 0, 200), (1, 0, 0)


def frame(left, top, side, colour):
    """One frame of one colour, its pixels as Pillow packs them."""
    image = Image.new("P", (side, side), colour)
    image.putpalette(PALETTE)
    file = io.BytesIO()
    image.save(file, "GIF", optimize=False)
    data = file.getvalue()
    start = data.index(b"\x2c")
    start += 10 + (3 * (2 << (data[start + 9] & 7)) if data[start + 9] & 0x80 else 0)
    control = b"\x21\xf9\x04" + struct.pack("<BHBB", 1 << 2, 10, 0, 0)  # it stays when the next one comes
    return control + b"\x2c" + struct.pack("<4HB", left, top, side, side, 0) + data[start:-1]


def gif(*frames):
    """Canvas 64 by 64; four colours, of which number 1, green, is the background."""
    return b"GIF89a" + struct.pack("<HHBBB", 64, 64, 0x91, 1, 0) + PALETTE + b"".join(frames) + b"\x3b"


small = gif(frame(16, 16, 32, 2))
array = np.frombuffer(small, np.uint8)
seen = {
    "Pillow": Image.open(io.BytesIO(small)).convert("RGBA").getpixel((2, 2)),
    "OpenCV": tuple(cv2.imdecode(array, cv2.IMREAD_UNCHANGED)[2, 2, ::-1].tolist()),
    "imagecodecs": tuple(imagecodecs.gif_decode(small, index=0)[2, 2].tolist()),
}
two = gif(frame(0, 0, 64, 0), frame(16, 16, 32, 2))
second = {
    "OpenCV": tuple(cv2.imdecodeanimation(np.frombuffer(two, np.uint8))[1].frames[1][2, 2, 2::-1].tolist()),
    "imagecodecs": tuple(imagecodecs.gif_decode(two, index=1)[2, 2].tolist()),
}
print("around the only frame, where nothing was drawn:", seen)
print("around the second frame, where the first one, red, was drawn:", second)
as_told = seen == {"Pillow": (*RED, 255), "OpenCV": GREEN, "imagecodecs": NUMBER}
sys.exit(0 if as_told and second == {"OpenCV": RED, "imagecodecs": NUMBER} else "changed")
PYTHON
