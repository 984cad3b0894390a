#!/usr/bin/env bash
# exiv2 0.28.8: what it writes behind the index of a photo of several pictures moves all of them but the first, and the index stays.
# Versions: pyexiv2 2.16.0 (exiv2 0.28.8), imagecodecs 2026.3.6, pillow 13.0.0, numpy 2.4.6; Debian 12: libimage-exiftool-perl
# 12.57+dfsg-1.
# Expected: a caption or an author is added, and the gain map, depth or second view is still found. Its place stands in the
# multi-picture index as a distance from there (CIPA DC-007), so a writer that puts bytes in between counts them. ExifTool 12.57
# does, but for a comment in the second kind of file below.
# Seen: exiv2 counts nothing. A comment is always put behind the index: the second picture of any such photo is lost to whoever
# goes by the index. EXIF is put behind the index in Ultra HDR photos that libultrahdr wrote without EXIF. What is put before the
# index does no harm. The documentation does not mention it; no issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder" # apt downloads as a user of its own
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pyexiv2==2.16.0 imagecodecs==2026.3.6 pillow==13.0.0 numpy==2.4.6
cd "$folder"
apt-get download -qq libimage-exiftool-perl=12.57+dfsg-1
dpkg -x ./*.deb tools

venv/bin/python - <<'PYTHON'
import shutil
import subprocess
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import pyexiv2
from PIL import Image

EXIFTOOL = ["perl", "-I", "tools/usr/share/perl5", "tools/usr/bin/exiftool"]

exif = Image.Exif()
exif[0x010F] = "Maker"
photo, second = Image.new("RGB", (96, 64), "blue"), Image.new("RGB", (48, 32), "red")
photo.save("two-pictures.jpg", format="MPO", save_all=True, append_images=[second], exif=exif)
light = np.ones((64, 96, 4), np.float16)
light[:, :48, :3] = 4
Path("ultra-hdr.jpg").write_bytes(imagecodecs.ultrahdr_encode(light))


def caption(name):
    image = pyexiv2.Image(name)
    image.modify_comment("At the lake")
    image.close()


def author(name):
    image = pyexiv2.Image(name)
    image.modify_exif({"Exif.Image.Artist": "A name that takes some room"})
    image.close()


def by_exiftool(*options):
    return lambda name: subprocess.run([*EXIFTOOL, "-q", "-overwrite_original", *options, name], check=True)


def is_found(name):
    """By Pillow, and by ExifTool."""
    image = Image.open(name)
    try:
        image.seek(1)
        by_pillow = True
    except SyntaxError:
        by_pillow = False
    taken = subprocess.run([*EXIFTOOL, "-b", "-MPImage2", name], capture_output=True, check=False).stdout
    return by_pillow, taken.startswith(b"\xff\xd8")


changes = {
    "as it was": lambda name: None,
    "caption": caption,
    "author": author,
    "caption by ExifTool": by_exiftool("-Comment=At the lake"),
    "author by ExifTool": by_exiftool("-Artist=A name that takes some room"),
}
seen = {}
for source in ("two-pictures.jpg", "ultra-hdr.jpg"):
    for change, make in changes.items():
        shutil.copy(source, "changed.jpg")
        make("changed.jpg")
        seen[source, change] = is_found("changed.jpg")
        print(f"{source}, {change}: second picture found by Pillow {seen[source, change][0]}, ExifTool {seen[source, change][1]}")
lost = {key for key, found in seen.items() if found == (False, False)}
wanted = {("two-pictures.jpg", "caption"), ("ultra-hdr.jpg", "caption"), ("ultra-hdr.jpg", "author")}
wanted.add(("ultra-hdr.jpg", "caption by ExifTool"))
others = all(found == (True, True) for key, found in seen.items() if key not in wanted)
sys.exit(0 if lost == wanted and others else "changed")
PYTHON
