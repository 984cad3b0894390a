#!/usr/bin/env bash
# heic-convert 2.1.0 (npm): what it makes of a phone's HEIC has the numbers of Display P3 and says nothing of it.
# Versions: heic-convert 2.1.0, pillow-heif 1.8.1, pillow 13.0.0, imagecodecs 2026.3.6, numpy 2.4.6.
# Expected: the JPEG or PNG carries the colour profile of the HEIC, or its colours are converted to sRGB.
# Seen: neither: the values stay as they are, and the profile is gone, so that every viewer takes them for sRGB. Phones'
# photos, which are in Display P3, come out dull.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow-heif==1.8.1 pillow==13.0.0 imagecodecs==2026.3.6 numpy==2.4.6
cd "$folder"
npm install --silent --no-fund --no-audit heic-convert@2.1.0 >npm.log 2>&1

venv/bin/python - <<'PYTHON'
import imagecodecs
import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()
p3 = imagecodecs.cms_profile(
    "rgb", whitepoint=[0.3127, 0.3290, 1.0], primaries=[0.680, 0.320, 1.0, 0.265, 0.690, 1.0, 0.150, 0.060, 1.0], gamma=2.2
)
Image.new("RGB", (64, 64), (250, 60, 60)).save("photo.heic", icc_profile=p3, quality=100, chroma=444)
PYTHON
node - <<'NODE'
const fs = require("fs");
const convert = require("heic-convert");
(async () => {
  for (const format of ["JPEG", "PNG"]) {
    const made = await convert({ buffer: fs.readFileSync("photo.heic"), format, quality: 1 });
    fs.writeFileSync(`made.${format.toLowerCase()}`, Buffer.from(made));
  }
})();
NODE
venv/bin/python - <<'PYTHON'
import io
import sys

import pillow_heif
from PIL import Image, ImageCms

pillow_heif.register_heif_opener()
photo = Image.open("photo.heic")
srgb = ImageCms.createProfile("sRGB")
right = ImageCms.profileToProfile(photo, io.BytesIO(photo.info["icc_profile"]), srgb).getpixel((32, 32))
print("the HEIC:", photo.getpixel((32, 32)), "with a profile, by which sRGB would be", right)
seen = []
for name in ("made.jpeg", "made.png"):
    made = Image.open(name).convert("RGB")
    off = max(abs(a - b) for a, b in zip(made.getpixel((32, 32)), photo.getpixel((32, 32)), strict=True))
    seen += ["icc_profile" in Image.open(name).info, off <= 3]
    print(f"{name}:", made.getpixel((32, 32)), "with" if seen[-2] else "without", "a profile")
is_another = max(abs(a - b) for a, b in zip(right, photo.getpixel((32, 32)), strict=True)) > 10
sys.exit(0 if seen == [False, True] * 2 and is_another else "changed")
PYTHON
