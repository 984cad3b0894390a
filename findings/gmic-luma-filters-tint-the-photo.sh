#!/usr/bin/env bash
# G'MIC 3.6.3: a filter that is applied to the luma of a photo (YCbCr) makes all of it lighter and a little pink, though it changes nothing.
# Versions: gmic 3.6.3.post1, numpy 2.4.6.
# Expected: pixels are floats, and converting them to YCbCr and back gives them back, as L*a*b*, HSV, YUV and the others do.
# Seen: rgb2ycbcr adds half a code to each channel, which is a way to round where integers follow, and ycbcr2rgb does not take it off
# again. Grey gains 1.9 codes in red, .5 in green and 2.1 in blue, black too, and each further time as much again. So does `apply_channels`
# with "ycbcr_y", by which many filters offer to work on the luma alone, with "lab_l" not; `upscale_smart`, which enlarges, works so
# by itself. Neither command's description mentions it, and no issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q gmic==3.6.3.post1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import gmic
import numpy as np


def after(commands, colour):
    """The mean colour of an even picture of that colour, after the commands."""
    picture = np.full((12, 16, 3), colour, np.float32)
    images = gmic.run(commands, gmic.ImageList([gmic.Image.from_yxc(picture)]))  # they last as long as the list
    return list(images)[0].to_numpy()[:, :, 0].mean((0, 1))


SAME = ("rgb2lab lab2rgb", "rgb2hsv hsv2rgb", "rgb2yuv yuv2rgb", 'apply_channels "blur 1",lab_l')
ONCE = ("rgb2ycbcr ycbcr2rgb", 'apply_channels "blur 1",ycbcr_y', "upscale_smart 200%")
holds = []
for colour in ((0, 0, 0), (64, 64, 64), (200, 200, 200), (180, 140, 120)):
    for commands in (*SAME, *ONCE, " ".join([ONCE[1]] * 10)):
        change = after(commands, colour) - colour
        print(f"{colour}, {commands[:60]}: red {change[0]:+.2f}, green {change[1]:+.2f}, blue {change[2]:+.2f}")
        if commands in SAME:
            holds.append(np.abs(change).max() < 0.01)
        elif commands in ONCE:
            holds.append(np.abs(change - (1.9, 0.55, 2.1)).max() < 0.3)
        else:
            holds.append(np.abs(change - (19, 5.5, 21)).max() < 3)
sys.exit(0 if all(holds) else "changed")
PYTHON
