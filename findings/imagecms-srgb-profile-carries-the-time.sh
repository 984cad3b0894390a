#!/usr/bin/env bash
# Pillow 13.0.0 (LittleCMS): the sRGB profile that it makes holds the time of its making.
# Versions: pillow 13.0.0.
# Expected: ImageCms.createProfile("sRGB") is a constant: the same bytes whenever it is called.
# Seen: bytes 24 to 35 of the profile are the date and time, so the same picture saved with it a second later is another
# file: other hash, other ETag, no hit in a cache of results, no reproducible test picture.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0

"$folder/venv/bin/python" - <<'PYTHON'
import hashlib
import io
import struct
import sys
import time

from PIL import Image, ImageCms

files = []
for _ in range(2):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    print("made in the profile's header: %d-%02d-%02d %02d:%02d:%02d" % struct.unpack(">6H", profile[24:36]))
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(file, "PNG", icc_profile=profile)
    files.append(file.getvalue())
    print("sha256 of the saved picture:", hashlib.sha256(files[-1]).hexdigest()[:16])
    time.sleep(1.1)
sys.exit("changed: both files are the same" if files[0] == files[1] else 0)
PYTHON
