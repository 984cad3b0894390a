#!/usr/bin/env bash
# Pillow 13.0.0: a GIF or indexed PNG with a transparent colour that was converted to RGBA once, for a look at it, is saved as GIF
# in other colours.
# Versions: pillow 13.0.0 and 10.4.0, opencv-python-headless 5.0.0.93, numpy 2.4.6.
# Expected: convert() gives a new picture and leaves the old one as it was; saved afterwards, this has its colours. So it was up
# to 10.4.0.
# Seen: convert("RGBA") and convert("LA"), and so saving as WebP, write the transparency into the palette of the picture they are
# called on, whose colours then have four bytes, while image.palette still says RGB. The GIF writer puts these bytes down as
# colours of three: nearly all are wrong, and as they are not as many as the header says, OpenCV and giflib refuse the file. With
# 256 colours Pillow itself cannot open it again. Saved without the look, or as PNG or TIFF, the picture is right. No issue on it
# was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/new"
"$folder/new/bin/pip" install -q pillow==13.0.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
python3 -m venv "$folder/old"
"$folder/old/bin/pip" install -q pillow==10.4.0
cd "$folder"

cat >save.py <<'PYTHON'
import sys

from PIL import Image

version = sys.argv[1]
photo = Image.linear_gradient("L").resize((64, 64)).convert("RGB").quantize(64)
photo.putpalette([value for n in range(64) for value in (4 * n, 255 - 4 * n, (37 * n) % 256)])
for kind in ("gif", "png"):
    photo.save(f"{version}-photo.{kind}", transparency=photo.getpixel((0, 0)))
    for look in (None, "RGB", "RGBA", "LA", "WEBP"):
        image = Image.open(f"{version}-photo.{kind}")
        if look == "WEBP":
            image.save("preview.webp")
        elif look:
            image.convert(look)  # what it gives is left aside
        for saved in ("gif", "png", "tiff"):
            image.save(f"{version}-{kind}-{look}.{saved}")
PYTHON
new/bin/python save.py new
old/bin/python save.py old

new/bin/python - <<'PYTHON'
import sys

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

seen = {}
for version in ("new", "old"):
    for kind in ("gif", "png"):
        right = np.asarray(Image.open(f"{version}-photo.{kind}").convert("RGBA"))
        shown = right[..., 3] > 0
        for look in (None, "RGB", "RGBA", "LA", "WEBP"):
            for saved in ("gif", "png", "tiff"):
                name = f"{version}-{kind}-{look}.{saved}"
                off = np.abs(np.asarray(Image.open(name).convert("RGB"), int) - right[..., :3])[shown].max()
                seen[version, kind, look, saved] = int(off)
                if saved == "gif":
                    read = cv2.imread(name, cv2.IMREAD_COLOR_RGB)
                    off = "refused" if read is None else int(np.abs(read.astype(int) - right[..., :3])[shown].max())
                    seen[version, kind, look, "gif by OpenCV"] = off
            told = {saved: seen[version, kind, look, saved] for saved in ("gif", "gif by OpenCV", "png", "tiff")}
            print(f"{'13.0.0' if version == 'new' else '10.4.0'}, {kind} turned into {look}, then saved: colours off by {told}")
full = Image.radial_gradient("L").convert("RGB").quantize(256)
full.info["transparency"] = 0
full.convert("RGBA")
full.save("full.gif")
try:
    Image.open("full.gif")
    opens = True
except UnidentifiedImageError as error:
    opens = False
    print("13.0.0, of 256 colours, converted to RGBA, then saved:", error)
wrong = {key for key, off in seen.items() if off == "refused" or off > 100}
looks = [(kind, look) for kind in ("gif", "png") for look in ("RGBA", "LA", "WEBP")]
wanted = {("new", kind, look, saved) for kind, look in looks for saved in ("gif", "gif by OpenCV")}
others = all(off == 0 for key, off in seen.items() if key not in wrong)
sys.exit(0 if wrong == wanted and others and not opens else "changed")
PYTHON
