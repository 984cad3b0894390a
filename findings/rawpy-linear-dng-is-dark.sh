#!/usr/bin/env bash
# rawpy 0.28.0 (LibRaw 0.22.2): a linear DNG that says a black level for each sample, as it must, is developed too dark.
# Versions: rawpy 0.28.0, tifffile 2026.3.3, numpy 2.4.6.
# Expected: (value - black) / (white - black): half way between both is half of full light, white is full light (DNG 1.7,
# BlackLevel, whose count is one for each sample: three in a linear DNG, as phones and converters write it).
# Seen: with three black levels white is not lowered by them: of 4096 and 16383 half light is .375, and white .75, a grey. The
# fourth of its four levels is 0, as a linear DNG has three samples, and the lowest counts. By default (adjust_maximum_thr) white
# comes right where the brightest pixel is above .75, so that a photo's light depends on what it shows. A single level for all
# three, and those of a mosaic, are right. No issue on it was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q rawpy==0.28.0 tifffile==2026.3.3 numpy==2.4.6

cd "$folder"
venv/bin/python - <<'PYTHON'
import sys

import numpy as np
import rawpy
import tifffile

LINEAR, MOSAIC = 34892, 32803
UNIT = [number for row in ((1, 0, 0), (0, 1, 0), (0, 0, 1)) for value in row for number in (value, 1)]


def tags(blacks, white, is_mosaic):
    yield from ((50706, "B", 4, (1, 4, 0, 0), True), (50708, "s", 0, "Camera", True))
    yield from ((50721, "2i", 9, UNIT, True), (50728, "2I", 3, (1, 1, 1, 1, 1, 1), True))
    yield from ((50714, "H", len(blacks), blacks, True), (50717, "H", 1, white, True))
    if is_mosaic:
        yield from ((33421, "H", 2, (2, 2), True), (33422, "B", 4, (0, 1, 1, 2), True), (50713, "H", 2, (2, 2), True))


def developed(value, blacks, white, is_mosaic=False):
    """The light of an even raw photo of `value`, from 0 to 1, and the black levels that were read."""
    raw = np.full((64, 96) if is_mosaic else (64, 96, 3), value, np.uint16)
    kind = MOSAIC if is_mosaic else LINEAR
    tifffile.imwrite("photo.dng", raw, photometric=kind, extratags=list(tags(blacks, white, is_mosaic)))
    with rawpy.imread("photo.dng") as photo:
        plainly = {"gamma": (1, 1), "no_auto_bright": True, "adjust_maximum_thr": 0, "use_camera_wb": True}
        colours = photo.postprocess(output_bps=16, output_color=rawpy.ColorSpace.raw, **plainly)
        return colours[32, 48].max() / 65535, photo.black_level_per_channel


holds = []
for black, white in ((0, 16383), (528, 4095), (4096, 16383)):
    half = (black + white) // 2
    ways = {
        "linear, one level": ((black,), False),
        "linear, three levels": ((black,) * 3, False),
        "mosaic, four levels": ((black,) * 4, True),
    }
    for name, (blacks, is_mosaic) in ways.items():
        middle, levels = developed(half, blacks, white, is_mosaic)
        full, _ = developed(white, blacks, white, is_mosaic)
        print(f"black {black}, white {white}, {name}: half light is {middle:.3f}, white {full:.3f}; levels {levels}")
        share = (white - black) / white if name == "linear, three levels" else 1
        holds += [abs(middle - share / 2) < 0.002, abs(full - share) < 0.002]
sys.exit(0 if all(holds) else "changed")
PYTHON
