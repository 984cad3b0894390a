#!/usr/bin/env bash
# pillow-jxl-plugin 1.3.8: a JPEG that is opened, edited and saved as JPEG XL is saved as it was before the edit.
# Versions: pillow-jxl-plugin 1.3.8, pillow 13.0.0.
# Expected: save() writes the pixels that the image has, as it does for every other format.
# Seen: what was opened from a JPEG file and changed in place (drawn upon, pasted into, thumbnail(), putalpha()) is written
# by repacking the JPEG file itself: neither what was painted over nor the new size is in the result. The one warning
# calls it "lossless". A copy() before the edit, or lossless_jpeg=False, avoids it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow-jxl-plugin==1.3.8 pillow==13.0.0

cd "$folder"
venv/bin/python - <<'PYTHON'
import io
import sys

import pillow_jxl  # registers the format
from PIL import Image, ImageDraw


def saved(image, file_format, **options):
    file = io.BytesIO()
    image.save(file, file_format, **options)
    return Image.open(file).convert("RGB")


def painted_over(path, copied=False):
    image = Image.open(path)
    image = image.copy() if copied else image
    ImageDraw.Draw(image).rectangle((0, 0, *image.size), fill="red")
    return image


def reduced(path):
    image = Image.open(path)
    image.thumbnail((16, 16))
    return image


Image.new("RGB", (64, 64), "blue").save("photo.jpg")
seen = {
    "painted over, as PNG": saved(painted_over("photo.jpg"), "PNG").getpixel((32, 32)),
    "painted over, as JPEG XL": saved(painted_over("photo.jpg"), "JXL").getpixel((32, 32)),
    "a copy painted over, as JPEG XL": saved(painted_over("photo.jpg", copied=True), "JXL").getpixel((32, 32)),
    "painted over, lossless_jpeg=False": saved(painted_over("photo.jpg"), "JXL", lossless_jpeg=False).getpixel((32, 32)),
    "thumbnail of 16, as JPEG XL": saved(reduced("photo.jpg"), "JXL").size,
}
for name, value in seen.items():
    print(f"{name}: {value}")
blue = [value[2] > 200 > 50 > value[0] for value in list(seen.values())[:4]]
sys.exit(0 if blue == [False, True, False, False] and seen["thumbnail of 16, as JPEG XL"] == (64, 64) else "changed")
PYTHON
