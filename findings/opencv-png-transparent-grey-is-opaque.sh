#!/usr/bin/env bash
# opencv-python-headless 5.0.0.93: a PNG's transparent value counts in colour and not in grey.
# Versions: opencv-python-headless 5.0.0.93, numpy 2.4.6.
# Expected: IMREAD_UNCHANGED gives an alpha channel for a PNG with a tRNS chunk, be it RGB or grey.
# Seen: of RGB it does; of grey (8 and 16 bits) it gives one channel, all opaque, without a word.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-python-headless==5.0.0.93 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import struct
import sys
import zlib

import cv2
import numpy as np


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(depth, colour, row, transparent):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 1, depth, colour, 0, 0, 0))
    body = chunk(b"tRNS", transparent) + chunk(b"IDAT", zlib.compress(b"\0" + row))
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


files = {
    "8-bit RGB": png(8, 2, bytes([10, 20, 30]) * 4, struct.pack(">3H", 10, 20, 30)),
    "8-bit grey": png(8, 0, bytes([77]) * 4, struct.pack(">H", 77)),
    "16-bit grey": png(16, 0, struct.pack(">H", 7777) * 4, struct.pack(">H", 7777)),
}
channels = {}
for name, data in files.items():
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    channels[name] = 1 if pixels.ndim == 2 else pixels.shape[2]
    print(f"{name}: {channels[name]} channels, first pixel {pixels[0, 0].tolist()}")
sys.exit(0 if channels == {"8-bit RGB": 4, "8-bit grey": 1, "16-bit grey": 1} else "changed")
PYTHON
