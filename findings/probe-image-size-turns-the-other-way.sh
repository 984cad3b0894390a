#!/usr/bin/env bash
# probe-image-size 7.5.0 (npm): of an AVIF that is to be turned by a quarter it tells the orientation of the other way.
# Versions: probe-image-size 7.5.0 (npm), sharp 0.35.5 (npm), pillow 13.0.0, pillow-heif 1.8.1.
# Expected: the turn of HEIC and AVIF is counter-clockwise in quarters ("irot", ISO/IEC 23008-12): one of them is what EXIF calls
# orientation 8, three of them 6.
# Seen: the reverse, 6 for one and 8 for three: its table says that a photo that is turned counter-clockwise by a quarter is a 6.
# Where the file has EXIF as well, as HEIC by phones has, EXIF's number is given, which is right. AVIF that Pillow
# wrote has the turn in "irot" alone; turned by the number that is told, it stands on its head.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0 pillow-heif==1.8.1
cd "$folder"
npm install --silent --no-fund --no-audit probe-image-size@7.5.0 sharp@0.35.5 >npm.log 2>&1

venv/bin/python - <<'PYTHON'
import pillow_heif
from PIL import Image, ImageOps

pillow_heif.register_heif_opener()
photo = Image.new("RGB", (96, 64), "blue")
photo.paste("red", (0, 0, 48, 64))  # red on the left as stored: on top if the orientation is 6, at the bottom if it is 8
for orientation in (6, 8):
    exif = Image.Exif()
    exif[0x0112] = orientation
    for kind in ("jpg", "heic", "avif"):
        name = f"{orientation}.{kind}"
        photo.save(name, exif=exif.tobytes(), quality=90)
        red, _, _ = ImageOps.exif_transpose(Image.open(name)).getpixel((32, 8))
        assert (red > 200) == (orientation == 6), name  # every one is upright by libjpeg, libheif and libavif
PYTHON
node - <<'NODE'
const fs = require("fs");
const probe = require("probe-image-size");
const sharp = require("sharp");
(async () => {
  const seen = {};
  for (const name of ["6.jpg", "8.jpg", "6.heic", "8.heic", "6.avif", "8.avif"]) {
    const { width, height, orientation } = probe.sync(fs.readFileSync(name));
    seen[name] = orientation;
    console.log(`${name}: ${width} x ${height} as stored, orientation ${orientation}`);
  }
  for (const name of ["6.avif", "8.avif"]) {
    const { data, info } = await sharp(name).raw().toBuffer({ resolveWithObject: true });
    const top = data[3 * (8 * info.width + info.width / 2)] > 200 ? "red" : "blue";
    seen[`${name} by sharp`] = `${info.width} x ${info.height}, ${top} on top`;
    console.log(`${name} by sharp: ${seen[`${name} by sharp`]}`);
  }
  const wanted = {
    "6.jpg": 6, "8.jpg": 8, "6.heic": 6, "8.heic": 8, "6.avif": 8, "8.avif": 6,
    "6.avif by sharp": "64 x 96, red on top", "8.avif by sharp": "64 x 96, blue on top"
  };
  process.exit(JSON.stringify(seen) === JSON.stringify(wanted) ? 0 : 1);
})();
NODE
