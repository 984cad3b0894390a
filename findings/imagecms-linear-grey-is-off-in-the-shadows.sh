#!/usr/bin/env bash
# Pillow 13.0.0 (LittleCMS): converting a linear grey picture is off by up to ten codes, by LittleCMS' own optimisation.
# Versions: pillow 13.0.0, numpy 2.4.6.
# Expected: a picture of gamma 1.0, converted to sRGB by profileToProfile, is right to one code of 255.
# Seen: in the shadows it is off by several codes (1 comes out as 6, right is 13); with ImageCms.Flags.NOOPTIMIZE it is
# right to one code.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import io
import struct
import sys

import numpy as np
from PIL import Image, ImageCms


def grey_profile(gamma):
    """A grey profile of one gamma."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    text = b"desc" + bytes(4) + struct.pack(">I", 2) + b"g\0" + bytes(78)
    tags, offset, data = b"", 132 + 12 * 3, b""
    for name, content in ((b"desc", text), (b"wtpt", white), (b"kTRC", curve)):
        content += bytes(-len(content) % 4)
        tags += name + struct.pack(">II", offset + len(data), len(content))
        data += content
    head = struct.pack(">I4sI4s4s4s", offset + len(data), b"\0" * 4, 0x02400000, b"mntr", b"GRAY", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061) + bytes(48)
    return head + struct.pack(">I", 3) + tags + data


codes = np.arange(256)
picture = Image.fromarray(codes.astype(np.uint8)[None])
light = codes / 255
right = 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
profile, srgb = ImageCms.ImageCmsProfile(io.BytesIO(grey_profile(1.0))), ImageCms.createProfile("sRGB")
off = {}
for name, flags in (("as it is", 0), ("with NOOPTIMIZE", ImageCms.Flags.NOOPTIMIZE)):
    converted = ImageCms.profileToProfile(picture, profile, srgb, outputMode="RGB", flags=flags)
    seen = np.asarray(converted)[0, :, 0].astype(float)
    off[name] = float(np.abs(seen - right).max())
    print(f"{name}: 1, 2, 3 of linear light -> {seen[1:4].tolist()}, right {right[1:4].round(1).tolist()}; off by {off[name]:.1f}")
sys.exit(0 if off["as it is"] > 4 and off["with NOOPTIMIZE"] < 1.5 else "changed")
PYTHON
