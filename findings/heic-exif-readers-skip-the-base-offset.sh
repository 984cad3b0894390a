#!/usr/bin/env bash
# exifread 3.5.1, exifr 7.1.3: of a HEIC that libheif wrote they take the start of the file for its EXIF, and find none.
# Versions: exifread 3.5.1, exifr 7.1.3 (npm), pillow-heif 1.8.1 (with libheif 1.23.6), pillow 13.0.0.
# Expected: what they read of the AVIF that Pillow writes, whose item holds the same bytes; the place of an item is its base
# offset plus the offset of its extent (ISO/IEC 14496-12).
# Seen: the base offset is not added. Writers are free to put the place in either, and libheif takes the base. exifread ends
# with an AssertionError that says nothing, exifr answers "Malformed EXIF data". Moved from the one field to the other, the same
# file is read by both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q exifread==3.5.1 pillow-heif==1.8.1 pillow==13.0.0
cd "$folder"
npm install --silent --no-fund --no-audit exifr@7.1.3 >npm.log 2>&1

venv/bin/python - <<'PYTHON'
import io
import struct
import sys

import exifread
import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()
exif = Image.Exif()
exif[0x010F] = "Maker"


def saved(kind):
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "orange").save(file, kind, exif=exif)
    return file.getvalue()


def moved(heic):
    """The same file, each item's place told by its extent instead of by its base offset."""
    at = heic.index(b"iloc") + 8  # behind name, version and flags: sizes of 4 bits, then the number of items
    assert heic[at : at + 2] == b"\x44\x40" and heic[at - 4] == 0
    heic, at = bytearray(heic), at + 2
    for item in range(struct.unpack_from(">H", heic, at)[0]):
        base, count, extent = struct.unpack_from(">IHI", heic, at + 6 + 18 * item)
        assert count == 1 and extent == 0
        struct.pack_into(">IHI", heic, at + 6 + 18 * item, 0, 1, base)
    return bytes(heic)


def maker(file):
    try:
        return str(exifread.process_file(io.BytesIO(file)).get("Image Make"))
    except AssertionError as error:
        return repr(error)


heic, avif = saved("HEIF"), saved("AVIF")
seen = {}
for name, file in (("photo.heic", heic), ("photo.avif", avif), ("moved.heic", moved(heic))):
    with open(name, "wb") as out:
        out.write(file)
    seen[name] = maker(file)
    print(f"{name}: Pillow {Image.open(name).getexif()[0x010F]}, exifread {seen[name]}")
same = Image.open("moved.heic").tobytes() == Image.open("photo.heic").tobytes()
sys.exit(0 if same and list(seen.values()) == ["AssertionError()", "Maker", "Maker"] else "changed")
PYTHON
node - <<'NODE'
const exifr = require("exifr");
(async () => {
  const seen = [];
  for (const name of ["photo.heic", "photo.avif", "moved.heic"]) {
    const found = await exifr.parse(name);
    seen.push(found.Make ?? found.errors[0].message);
    console.log(`${name}: exifr ${seen.at(-1)}`);
  }
  process.exit(seen.join() === "Malformed EXIF data,Maker,Maker" ? 0 : 1);
})();
NODE
