#!/usr/bin/env bash
# Pillow 13.0.0: the transparent value of some PNGs makes nothing transparent.
# Versions: pillow 13.0.0.
# Expected: pixels of the value in a PNG's tRNS chunk are transparent in convert("RGBA"), at every depth.
# Seen: of 16-bit RGB and of grey of 2 and 4 bits nothing is: the pixels are scaled to 8 bits, the value in
# info["transparency"] is not, and the two are compared. Grey and RGB of 8 bits are right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0

"$folder/venv/bin/python" - <<'PYTHON'
import io
import struct
import sys
import zlib

from PIL import Image


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(depth, colour, pixel_row, transparent):
    """A PNG of 4 by 1 pixels, all of the transparent value."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 1, depth, colour, 0, 0, 0))
    body = chunk(b"tRNS", transparent) + chunk(b"IDAT", zlib.compress(b"\0" + pixel_row))
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


files = {
    "8-bit RGB": png(8, 2, bytes([10, 20, 30]) * 4, struct.pack(">3H", 10, 20, 30)),
    "8-bit grey": png(8, 0, bytes([77]) * 4, struct.pack(">H", 77)),
    "16-bit RGB": png(16, 2, struct.pack(">3H", 1000, 2000, 3000) * 4, struct.pack(">3H", 1000, 2000, 3000)),
    "4-bit grey": png(4, 0, bytes([0x77, 0x77]), struct.pack(">H", 7)),
    "2-bit grey": png(2, 0, bytes([0b10101010]), struct.pack(">H", 2)),
}
seen = {}
for name, data in files.items():
    image = Image.open(io.BytesIO(data))
    pixel = image.convert("RGBA").getpixel((0, 0))
    print(f"{name}: mode {image.mode}, transparency {image.info['transparency']}, a pixel of it as RGBA: {pixel}")
    seen[name] = pixel[3]
expected = {"8-bit RGB": 0, "8-bit grey": 0, "16-bit RGB": 255, "4-bit grey": 255, "2-bit grey": 255}
sys.exit(0 if seen == expected else "changed")
PYTHON
