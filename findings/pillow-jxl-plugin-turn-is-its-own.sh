#!/usr/bin/env bash
# pillow-jxl-plugin 1.3.8: a photo that is saved with its EXIF orientation lies on its side in every other reader.
# Versions: pillow-jxl-plugin 1.3.8, pillow 13.0.0, imagecodecs 2026.3.6, numpy 2.4.6.
# Expected: as JPEG XL says (ISO/IEC 18181-2), decoders turn a picture by the orientation in its own header and leave that
# of EXIF aside; so save(exif=...) puts it there. (A JPEG that the same plugin repacks has it there.)
# Seen: the header says "not turned", the EXIF says 6. The plugin reads its own file back unturned with the 6, so that
# exif_transpose makes it right; libjxl, in djxl, browsers and imagecodecs, shows it on its side.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow-jxl-plugin==1.3.8 pillow==13.0.0 imagecodecs==2026.3.6 numpy==2.4.6

cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
from pathlib import Path

import imagecodecs
import pillow_jxl  # registers the format
from PIL import Image, ImageOps

exif = Image.Exif()
exif[0x0112] = 6  # a quarter turn clockwise makes it upright
Image.new("RGB", (96, 64), "blue").save("photo.jpg", exif=exif)
Image.open("photo.jpg").save("repacked.jxl")
Image.open("photo.jpg").copy().save("encoded.jxl", exif=exif.tobytes())

seen = {}
for name in ("repacked.jxl", "encoded.jxl"):
    by_the_plugin = ImageOps.exif_transpose(Image.open(name)).size
    height, width = imagecodecs.jpegxl_decode(Path(name).read_bytes()).shape[:2]
    seen[name] = by_the_plugin, (width, height)
    print(f"{name}: the plugin and exif_transpose give {by_the_plugin}, libjxl by imagecodecs gives {(width, height)}")
upright, lying = (64, 96), (96, 64)
sys.exit(0 if seen == {"repacked.jxl": (upright, upright), "encoded.jxl": (upright, lying)} else "changed")
PYTHON
