#!/usr/bin/env bash
# libvips 8.18.7 (pyvips 3.2.0): a cropped or turned Ultra HDR photo is saved with the gain map of the whole, unturned one.
# Versions: pyvips 3.2.0, pyvips-binary 8.18.7, imagecodecs 2026.3.6, numpy 2.4.6.
# Expected: what crop() and rot180() make of a photo has a gain map that fits, or none.
# Seen: the map goes along untouched, and jpegsave writes it: an Ultra HDR file that is right on ordinary screens, and on HDR
# screens has its lights where they were before: in a crop of the bright half, half is lit and half is not. To remove
# "gainmap-data" first leaves it out; thumbnail() makes it fit.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pyvips==3.2.0 pyvips-binary==8.18.7 imagecodecs==2026.3.6 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import imagecodecs
import numpy as np
import pyvips

light = np.ones((64, 128, 4), np.float16)  # linear, 1 is the white of paper
light[:, :64, :3], light[:, 64:, :3] = 0.2, 6.0
photo = pyvips.Image.new_from_buffer(imagecodecs.ultrahdr_encode(light), "")


def shown(image, side):
    """The light that an HDR screen shows in the left and right part of a saved image, and the pixels of an ordinary one."""
    file = image.jpegsave_buffer(Q=95)
    hdr = imagecodecs.ultrahdr_decode(file).astype(float)
    plain = pyvips.Image.new_from_buffer(file, "")
    places = (side // 4, 3 * side // 4)
    return [round(float(hdr[32, x, 0]), 1) for x in places], [int(plain(x, 32)[0]) for x in places]


whole, crop, turned = shown(photo, 128), shown(photo.crop(64, 0, 64, 64), 64), shown(photo.rot180(), 128)
for name, (hdr, plain) in (("whole photo", whole), ("crop of its bright half", crop), ("turned by 180 degrees", turned)):
    print(f"{name}: light, left and right {hdr}; 8-bit picture {plain}")
wrong = crop[1][0] == crop[1][1] and crop[0][1] > 4 * crop[0][0]  # one grey, two lights
lies = turned[1][0] > turned[1][1] and turned[0][0] < 5 and turned[0][1] > 0.4
sys.exit(0 if whole[0][1] > 5 and wrong and lies else "changed")
PYTHON
