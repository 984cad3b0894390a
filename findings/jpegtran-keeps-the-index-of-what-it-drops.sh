#!/usr/bin/env bash
# libjpeg-turbo 2.1.5: jpegtran -copy all of a photo of several pictures drops all but the first and keeps their index.
# Versions: libjpeg-turbo-progs 1:2.1.5-2 (Debian 12), pillow 13.0.0.
# Expected: a phone's portrait that is turned without loss keeps its depth map or gain map, as "all" says; or it becomes a plain
# JPEG.
# Seen: whatever stands behind the first picture is gone, and the MP index (CIPA DC-007), which tells of it, is copied: the file
# says that it holds two pictures. Pillow opens it as an MPO of two frames, and fails when it is asked for the second.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder" # apt downloads as a user of its own
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0
cd "$folder"
apt-get download -qq libjpeg-turbo-progs=1:2.1.5-2 libjpeg62-turbo=1:2.1.5-2
for package in *.deb; do dpkg -x "$package" tools; done

venv/bin/python - <<'PYTHON'
import glob
import os
import subprocess
import sys

from PIL import Image

Image.new("RGB", (96, 64), "blue").save("photo.jpg", format="MPO", save_all=True, append_images=[Image.new("RGB", (48, 32))])
libraries = os.path.dirname(glob.glob("tools/usr/lib/*/libjpeg.so.62")[0])
seen = {}
for copied in ("all", "none"):
    command = ["tools/usr/bin/jpegtran", "-copy", copied, "-rotate", "90", "photo.jpg"]
    turned = subprocess.run(command, env={"LD_LIBRARY_PATH": libraries}, stdout=subprocess.PIPE, check=True).stdout
    with open("turned.jpg", "wb") as file:
        file.write(turned)
    image = Image.open("turned.jpg")
    seen[copied] = [image.format, getattr(image, "n_frames", 1)]
    try:
        image.seek(1)
    except (EOFError, ValueError) as error:
        seen[copied].append(type(error).__name__)
    print(f"-copy {copied}: {len(turned)} of {os.path.getsize('photo.jpg')} bytes, {seen[copied]}")
sys.exit(0 if seen == {"all": ["MPO", 2, "ValueError"], "none": ["JPEG", 1, "EOFError"]} else "changed")
PYTHON
