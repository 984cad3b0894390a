#!/usr/bin/env bash
# Pillow 13.0.0 (LittleCMS): a grey picture with alpha, converted through its profile, comes out striped.
# Versions: pillow 13.0.0, numpy 2.4.6.
# Expected: an error, since ImageCms names no such mode; or grey converted and alpha left alone.
# Seen: no error for mode LA and a grey profile: each pixel's four bytes are taken for pixels of their own, so the picture
# is grey, grey, grey, alpha, squeezed and striped, of the right size and mode. The same picture as L is right.
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


ramp = Image.linear_gradient("L").rotate(90).resize((8, 1))
with_alpha = ramp.convert("LA")
profile, srgb = ImageCms.ImageCmsProfile(io.BytesIO(grey_profile(1.8))), ImageCms.createProfile("sRGB")
right = np.asarray(ImageCms.profileToProfile(ramp, profile, srgb, outputMode="RGB"))[0, :, 0]
seen = np.asarray(ImageCms.profileToProfile(with_alpha, profile, srgb, outputMode="RGB"))[0, :, 0]
print("from L: ", right.tolist())
print("from LA:", seen.tolist())
sys.exit("changed" if np.abs(right.astype(int) - seen).max() < 8 else 0)
PYTHON
