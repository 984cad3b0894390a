#!/usr/bin/env bash
# tifffile 2026.3.3, imagecodecs 2026.3.6: integers of 24 bits come as other numbers, in both byte orders.
# Versions: tifffile 2026.3.3, imagecodecs 2026.3.6, numpy 2.4.6.
# Expected: a TIFF of 24-bit samples gives the numbers that its three bytes are in the file's byte order (TIFF 6.0, and
# libtiff's TIFFSwabArrayOfTriples), as 16 and 32 bits do.
# Seen: a little-endian file is read as if it were big-endian; a big-endian one gives numbers of 32 bits, the three bytes in
# reversed order above a zero. No error, right shape; 16 bits are right in both orders.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tifffile==2026.3.3 imagecodecs==2026.3.6 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import io
import struct
import sys

import tifffile


def tiff(order: str, bits: int, number: int) -> bytes:
    """A TIFF of 16 by 16 equal samples of so many bits."""
    named = {"<": "little", ">": "big"}[order]
    data = number.to_bytes(bits // 8, named) * 256
    tags = {256: 16, 257: 16, 258: bits, 259: 1, 262: 1, 277: 1, 278: 16, 279: len(data)}
    tags[273] = 8 + 2 + 12 * (len(tags) + 1) + 4
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, tags[tag]) for tag in sorted(tags))
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HIH", 42, 8, len(tags))
    return head + entries + bytes(4) + data


seen = {}
for bits, number in ((16, 0x0102), (24, 0x010203)):
    for order in ("<", ">"):
        seen[bits, order] = int(tifffile.imread(io.BytesIO(tiff(order, bits, number)))[0, 0])
        print(f"{bits} bits, byte order {order}: the file has {number:#x}, tifffile {seen[bits, order]:#x}")
right = {(16, "<"): 0x0102, (16, ">"): 0x0102, (24, "<"): 0x030201, (24, ">"): 0x03020100}
sys.exit(0 if seen == right else "changed")
PYTHON
