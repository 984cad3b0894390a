#!/usr/bin/env bash
# heic-decode 2.1.0, heic-convert 2.1.0 (npm): of a HEIC of several pictures they give the first, not the one that it names as the
# photo.
# Versions: heic-decode 2.1.0 (npm), heic-convert 2.1.0 (npm), pillow-heif 1.8.1, imageio-ffmpeg 0.8.1 (ffmpeg 9.0.2), pillow 13.0.0.
# Expected: a HEIC of several pictures (a burst, an edited photo beside the original) names its primary item, "pitm", which is
# what a reader shows (ISO/IEC 23008-12); libheif and ffmpeg do.
# Seen: of two pictures, the second of which is the primary one, both give the first, as pixels, PNG and JPEG. They take
# element 0 of what libheif-js lists, which is in the order of the file; and nothing in the list of "all" says which one the file
# names. Both documentations call what comes "the main image".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow-heif==1.8.1 imageio-ffmpeg==0.8.1 pillow==13.0.0
cd "$folder"
npm install --silent --no-fund --no-audit heic-decode@2.1.0 heic-convert@2.1.0 >npm.log 2>&1

venv/bin/python - <<'PYTHON'
import pillow_heif
from PIL import Image

for primary in (0, 1):
    pictures = pillow_heif.HeifFile()
    for colour in ("red", "blue"):
        pictures.add_from_pillow(Image.new("RGB", (64, 64), colour))
    pictures.save(f"primary-{primary}.heic", quality=95, chroma=444, primary_index=primary)
PYTHON
node - <<'NODE'
const fs = require("fs");
const decode = require("heic-decode");
const convert = require("heic-convert");
(async () => {
  for (const primary of [0, 1]) {
    const buffer = fs.readFileSync(`primary-${primary}.heic`);
    const { data } = await decode({ buffer });
    const listed = await decode.all({ buffer });
    const fields = listed.map((image) => Object.keys(image).join(" ")).join("; ");
    fs.writeFileSync(`decoded-${primary}.json`, JSON.stringify({ pixel: [...data.slice(0, 3)], fields }));
    for (const format of ["PNG", "JPEG"])
      fs.writeFileSync(`made-${primary}.${format.toLowerCase()}`, Buffer.from(await convert({ buffer, format, quality: 1 })));
  }
})();
NODE
venv/bin/python - <<'PYTHON'
import json
import subprocess
import sys
from pathlib import Path

import imageio_ffmpeg
import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()


def colour(pixel):
    red, _, blue = pixel[:3]
    return "red" if red > 200 and blue < 60 else "blue" if blue > 200 and red < 60 else str(pixel)


seen = {}
for primary in (0, 1):
    name = f"primary-{primary}.heic"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", name, "-frames:v", "1", "-y", "by-ffmpeg.png"]
    subprocess.run(command, check=True)
    decoded = json.loads(Path(f"decoded-{primary}.json").read_text())
    seen[primary] = {
        "libheif": colour(Image.open(name).getpixel((0, 0))),
        "ffmpeg": colour(Image.open("by-ffmpeg.png").convert("RGB").getpixel((0, 0))),
        "heic-decode": colour(decoded["pixel"]),
        "heic-convert": colour(Image.open(f"made-{primary}.png").convert("RGB").getpixel((0, 0))),
        "heic-convert to JPEG": colour(Image.open(f"made-{primary}.jpeg").getpixel((0, 0))),
    }
    print(f"picture {primary} is the primary one: {seen[primary]}; of each of all: {decoded['fields']}")
first = {reader: "red" for reader in seen[0]}
named = first | {"libheif": "blue", "ffmpeg": "blue"}
sys.exit(0 if seen == {0: first, 1: named} and "primary" not in decoded["fields"] else "changed")
PYTHON
