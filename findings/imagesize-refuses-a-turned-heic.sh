#!/usr/bin/env bash
# imagesize 2.0.1: it has no size for a HEIC or AVIF that is turned, which is what phones write of an upright photo.
# Versions: imagesize 2.0.1, pillow-heif 1.8.1, pillow 13.0.0.
# Expected: get() gives width and height of a HEIC or AVIF that holds a turn ("irot"), as of one without.
# Seen: (-1, -1), which is its word for a file that it does not know, and get_info() raises "Invalid ISO box payload": it
# reads five bytes of "irot", whose content is one byte (ISO/IEC 23008-12: an item property without version and flags).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q imagesize==2.0.1 pillow-heif==1.8.1 pillow==13.0.0

cd "$folder"
venv/bin/python - <<'PYTHON'
import sys

import imagesize
import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()
turn = Image.Exif()
turn[274] = 6
seen = {}
for kind in ("heic", "avif"):
    for name, exif in (("plain", b""), ("turned", turn.tobytes())):
        path = f"{name}.{kind}"
        Image.new("RGB", (96, 64), "teal").save(path, **({"exif": exif} if exif else {}))
        with open(path, "rb") as file:
            has_turn = b"irot" in file.read()
        seen[path] = has_turn, imagesize.get(path)
        print(f"{path}: irot {has_turn}, Pillow {Image.open(path).size}, imagesize {seen[path][1]}")
try:
    said = imagesize.get_info("turned.heic")
except ValueError as error:
    said = str(error)
print("get_info:", said)
expected = {f"plain.{kind}": (False, (96, 64)) for kind in ("heic", "avif")}
expected |= {f"turned.{kind}": (True, (-1, -1)) for kind in ("heic", "avif")}
sys.exit(0 if seen == expected and said == "Invalid ISO box payload" else "changed")
PYTHON
