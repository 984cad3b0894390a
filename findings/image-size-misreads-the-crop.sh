#!/usr/bin/env bash
# image-size 2.1.0 (npm): of a HEIC or AVIF that is cropped by its file it tells the whole width less one, and the whole height.
# Versions: image-size 2.1.0 (npm), pillow-heif 1.8.1, pillow 13.0.0, imageio-ffmpeg 0.8.1 (ffmpeg 9.0.2).
# Expected: the crop of a HEIF ("clap", ISO/IEC 14496-12) names the width and the height that are shown, each as a fraction; the
# size is these, or the whole where a reader leaves crops aside.
# Seen: neither. It takes the number behind the width for what is cut off on the right, and subtracts it. That number is the
# width's denominator, 1 for whole pixels. A crop to 501 x 333 of 1002 x 668 is said to be 1001 x 668, and a HEIC of 50 x 34, which
# libheif encodes as 64 x 64 with a crop, 63 x 64. Any HEIC of odd height is told a row too high.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow-heif==1.8.1 pillow==13.0.0 imageio-ffmpeg==0.8.1
cd "$folder"
npm install --silent --no-fund --no-audit image-size@2.1.0 >npm.log 2>&1

venv/bin/python - <<'PYTHON'
import struct
from pathlib import Path

import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()
for name, size in (("small", (50, 34)), ("odd", (1001, 667)), ("even", (1002, 668))):
    Image.new("RGB", size).save(f"{name}.heic", chroma=444)
heic = bytearray(Path("odd.heic").read_bytes())
struct.pack_into(">4I", heic, heic.index(b"clap") + 4, 501, 1, 333, 1)  # around the same middle
Path("cropped.heic").write_bytes(heic)
PYTHON
node - >told.json <<'NODE'
const fs = require("fs");
const { imageSize } = require("image-size");
const told = (name) => imageSize(fs.readFileSync(`${name}.heic`));
const names = ["small", "odd", "even", "cropped"];
console.log(JSON.stringify(Object.fromEntries(names.map((name) => [name, [told(name).width, told(name).height]]))));
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
told = json.loads(Path("told.json").read_text())
seen = {}
for name, size in told.items():
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", f"{name}.heic", "-frames:v", "1", "-y", "by-ffmpeg.png"]
    subprocess.run(command, check=True)
    seen[name] = tuple(size), Image.open(f"{name}.heic").size, Image.open("by-ffmpeg.png").size
    print(f"{name}: image-size {seen[name][0]}, libheif {seen[name][1]}, ffmpeg {seen[name][2]}")
by_image_size = {name: sizes[0] for name, sizes in seen.items()}
by_libheif = {name: sizes[1] for name, sizes in seen.items()}
right = {"small": (50, 34), "odd": (1001, 667), "even": (1002, 668), "cropped": (501, 333)}
wrong = {"small": (63, 64), "odd": (1001, 668), "even": (1002, 668), "cropped": (1001, 668)}
agree = all(sizes[1] == sizes[2] for sizes in seen.values())
sys.exit(0 if by_image_size == wrong and by_libheif == right and agree else "changed")
PYTHON
