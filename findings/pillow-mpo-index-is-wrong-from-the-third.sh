#!/usr/bin/env bash
# Pillow 13.0.0: of a JPEG of several pictures (MPO) that it saves, it does not find the fourth and those behind it; ExifTool misses
# the third, if it is the last but one or the last.
# Versions: pillow 13.0.0; Debian 12: libimage-exiftool-perl 12.57+dfsg-1.
# Expected: phones keep a photo, its gain map, depth and mattes as such a file; save_all writes as many as it is given, and an index
# (CIPA DC-007) of where each begins and how long it is.
# Seen: all pictures are in the file, and the index is wrong. Pillow takes for the length of a picture the place of its end less the
# length of the one before, not less the place where that ended. From the third on lengths are too great, from the fourth on
# places are wrong as well: seek(3) fails. Two pictures are right. An issue about three pictures (number 8977) was closed in 2025,
# when room was made for a longer index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder" # apt downloads as a user of its own
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0
cd "$folder"
apt-get download -qq libimage-exiftool-perl=12.57+dfsg-1
dpkg -x ./*.deb tools

venv/bin/python - <<'PYTHON'
import io
import subprocess
import sys
from pathlib import Path

from PIL import Image

EXIFTOOL = ["perl", "-I", "tools/usr/share/perl5", "tools/usr/bin/exiftool"]
COLOURS = ["red", "lime", "blue", "white", "black"]


def read_by_pillow(name, number):
    image = Image.open(name)
    try:
        image.seek(number)
        return image.convert("RGB").getpixel((8, 8))
    except (SyntaxError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def read_by_exiftool(name, number):
    """The first picture is the file itself; the next is what ExifTool calls MPImage2."""
    command = [*EXIFTOOL, "-b", f"-MPImage{number + 1}", name]
    taken = subprocess.run(command, capture_output=True, check=False).stdout if number else Path(name).read_bytes()
    if not taken.startswith(b"\xff\xd8"):
        return "no JPEG"
    return Image.open(io.BytesIO(taken)).convert("RGB").getpixel((8, 8))


def near(pixel, colour):
    wanted = Image.new("RGB", (1, 1), colour).getpixel((0, 0))
    return isinstance(pixel, tuple) and all(abs(a - b) < 8 for a, b in zip(pixel, wanted, strict=True))


seen = {}
for count in (2, 3, 4, 5):
    pictures = [Image.new("RGB", (64, 48), colour) for colour in COLOURS[:count]]
    name = f"{count}.jpg"
    pictures[0].save(name, format="MPO", save_all=True, append_images=pictures[1:])
    found = Path(name).read_bytes().count(b"\xff\xd8\xff")
    says = Image.open(name).n_frames
    print(f"{count} pictures: {found} are in the file, {says} in the index")
    seen[count] = [found == says == count]
    for number, colour in enumerate(COLOURS[:count]):
        read = read_by_pillow(name, number), read_by_exiftool(name, number)
        print(f"    {colour}: by Pillow {read[0]}, by ExifTool {read[1]}")
        seen[count].append([near(pixel, colour) for pixel in read])
both, by_pillow, none = [True, True], [True, False], [False, False]
wanted = {
    2: [True, both, both],
    3: [True, both, both, by_pillow],
    4: [True, both, both, by_pillow, none],
    5: [True, both, both, both, none, none],
}
sys.exit(0 if seen == wanted else "changed")
PYTHON
