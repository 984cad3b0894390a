#!/usr/bin/env bash
# Pillow 13.0.0: it cannot open a PNG that it has written, if the colour profile is long.
# Versions: pillow 13.0.0.
# Expected: what save() writes without a complaint, open() reads; at the worst without the profile.
# Seen: a profile of more than a megabyte (printers' and scanners' profiles are) goes into the PNG, and open() raises
# ValueError about too much decompressed data: the picture is lost to programs that use Pillow. As JPEG it is read.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0

"$folder/venv/bin/python" - <<'PYTHON'
import io
import struct
import sys

from PIL import Image, ImageCms

profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
profile += bytes(1_200_000)  # room at the end, as profiles with large tables take
profile = struct.pack(">I", len(profile)) + profile[4:]
results = {}
for kind in ("JPEG", "PNG"):
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(file, kind, icc_profile=profile)
    try:
        Image.open(file).load()
        results[kind] = "opened"
    except ValueError as error:
        results[kind] = f"ValueError: {error}"
    print(f"{kind}, {file.tell()} bytes, profile of {len(profile)}: {results[kind]}")
sys.exit(0 if results["JPEG"] == "opened" and results["PNG"].startswith("ValueError") else "changed")
PYTHON
