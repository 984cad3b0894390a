#!/usr/bin/env bash
# exifread 3.5.1: of a WebP it finds no EXIF at all, or not, by how many bytes the picture takes and by a prefix that WebP does
# not ask for.
# Versions: exifread 3.5.1, pillow 13.0.0.
# Expected: WebP is among the formats that it names; the EXIF chunk holds a TIFF header and what follows, as the format says,
# and chunks of odd length are followed by one byte of padding.
# Seen: it steps over six bytes for "Exif\0\0", as in a JPEG: of what Pillow, webpmux and sharp write it reads numbers at
# arbitrary places and gives nothing back, without an error. With those six bytes it reads the orientation, but only where the
# chunks before are even: it does not step over the padding, so that half of all photos have none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q exifread==3.5.1 pillow==13.0.0

"$folder/venv/bin/python" - <<'PYTHON'
import io
import struct
import sys

import exifread
from PIL import Image

exif = Image.Exif()
exif[0x0112] = 6


def chunks(webp):
    at = 12
    while at < len(webp):
        name, size = webp[at : at + 4], struct.unpack("<I", webp[at + 4 : at + 8])[0]
        yield name, webp[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def packed(parts):
    body = b"WEBP" + b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


seen = {}
for side in range(8, 200):
    photo = Image.linear_gradient("L").resize((side, side)).convert("RGB")
    saved = io.BytesIO()
    photo.save(saved, "WEBP", lossless=True, exif=exif)
    parts = list(chunks(saved.getvalue()))
    odd = any(len(data) % 2 for name, data in parts if name != b"EXIF")
    prefixed = packed([(name, b"Exif\0\0" + data if name == b"EXIF" else data) for name, data in parts])
    for kind, webp in (("as WebP says", saved.getvalue()), ("with Exif\\0\\0", prefixed)):
        assert Image.open(io.BytesIO(webp)).getexif().get(0x0112) == 6
        found = str(exifread.process_file(io.BytesIO(webp)).get("Image Orientation"))
        seen.setdefault((kind, "odd" if odd else "even"), []).append(found)
for (kind, length), found in sorted(seen.items()):
    print(f"EXIF {kind}, picture of {length} length: {len(found)} photos, orientation {sorted(set(found))}")
only = {key: set(found) for key, found in seen.items()}
right = only.pop(("with Exif\\0\\0", "even"))
sys.exit(0 if right == {"Rotated 90 CW"} and len(only) == 3 and all(found == {"None"} for found in only.values()) else "changed")
PYTHON
