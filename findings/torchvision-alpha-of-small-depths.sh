#!/usr/bin/env bash
# torchvision 0.29.1: a grey PNG of 1, 2 or 4 bits that is read with alpha is almost transparent: its alpha is 1, 3 or 15 of
# 255.
# Versions: torchvision 0.29.1, torch 2.14.1, pillow 13.0.0, numpy 2.4.6.
# Expected: a PNG without transparency is opaque, 255, as for 8 bits, and as Pillow has it.
# Seen: the greys are brought to 8 bits, the alpha that is added is not: it is the greatest value of the file's own depth. Masks
# and scans in black and white, which PNG writers pack into one bit, vanish where they are laid on something.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torchvision==0.29.1 torch==2.14.1 pillow==13.0.0 numpy==2.4.6

cd "$folder"
venv/bin/python - <<'PYTHON'
import struct
import sys
import zlib

from PIL import Image
from torchvision.io import ImageReadMode, decode_image


def grey_png(bits):
    """A white PNG of 8 x 8 with this many bits a pixel."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 8, 8, bits, 0, 0, 0, 0)
    rows = (b"\0" + b"\xff" * bits) * 8
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


seen = {}
for bits in (1, 2, 4, 8):
    with open("mask.png", "wb") as file:
        file.write(grey_png(bits))
    read = {mode: decode_image("mask.png", getattr(ImageReadMode, mode))[:, 4, 4].tolist() for mode in ("GRAY_ALPHA", "RGB_ALPHA")}
    seen[bits] = read["GRAY_ALPHA"], read["RGB_ALPHA"]
    print(f"{bits} bits: {read}, Pillow {Image.open('mask.png').convert('RGBA').getpixel((4, 4))}")
expected = {bits: ([255, 2**bits - 1], [255, 255, 255, 2**bits - 1]) for bits in (1, 2, 4, 8)}
sys.exit(0 if seen == expected else "changed")
PYTHON
