#!/usr/bin/env bash
# rembg 2.0.86: a white subject on white, cut out and laid on white again, gets a grey edge.
# Versions: rembg 2.0.86 (with onnxruntime 1.32.0, which is only imported), pillow 13.0.0, numpy 2.4.6.
# Expected: where the mask is soft, the photo's colour with that alpha, as a PNG stores it (straight).
# Seen: colours come multiplied by the mask as well as in the alpha channel, so whatever lays the PNG on something
# multiplies twice: 255 at half alpha becomes 128, and on white 191. bgcolor= gives the same grey edge.
# putalpha=True and alpha_matting=True do not do it. (The mask is made here; no network is loaded. It takes a few minutes,
# as pymatting, which it imports, compiles itself.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q rembg==2.0.86 onnxruntime==1.32.0 pillow==13.0.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import rembg
from PIL import Image
from rembg.sessions.base import BaseSession


class SoftEdge(BaseSession):
    """Finds the subject at the left, with an edge of half alpha in the middle."""

    def __init__(self):
        pass

    def predict(self, image, *arguments, **options):
        mask = Image.new("L", image.size, 0)
        mask.paste(255, (0, 0, 24, 64))
        mask.paste(128, (24, 0, 40, 64))
        return [mask]


def laid_on_white(image):
    page = Image.new("RGBA", image.size, "white")
    page.alpha_composite(image)
    return page.getpixel((32, 32))[:3]


white = Image.new("RGB", (64, 64), "white")
seen = {}
for name, options in (("", {}), ("bgcolor white", {"bgcolor": (255, 255, 255, 255)}), ("putalpha", {"putalpha": True})):
    cut = rembg.remove(white, session=SoftEdge(), **options)
    seen[name] = laid_on_white(cut)[0]
    print(f"remove({name}): at the edge {cut.getpixel((32, 32))}, laid on white {laid_on_white(cut)}")
sys.exit(0 if seen == {"": 191, "bgcolor white": 191, "putalpha": 255} else "changed")
PYTHON
