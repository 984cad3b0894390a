#!/usr/bin/env bash
# torchvision 0.29.1: a flip puts keypoints a pixel beside mask and box; a widening center_crop puts keypoints and boxes beside the photo.
# Versions: torchvision 0.29.1, torch 2.14.1, numpy 2.4.6.
# Expected: what is the middle of a subject, by its mask and its box, stays its middle, whatever is done to all of them at once; and
# to flip and then to enlarge gives what to enlarge and then to flip gives, as for boxes.
# Seen: resizing, rotating and moving count places from the edge of the photo, as boxes do; flipping counts pixels, and puts
# keypoints at width - 1 - x. So a flip puts them a pixel beside the middle, two flips differ from a turn by 180 degrees, and a photo
# that is enlarged four times after the flip has them four pixels beside. center_crop of a photo that is smaller than the crop by an odd
# number puts photo and mask a pixel to the left of boxes and keypoints. No issue on either was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 torchvision==0.29.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import torch
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional

HEIGHT, WIDTH = 60, 80
LEFT, TOP, RIGHT, BOTTOM = 10, 20, 26, 30
mask = torch.zeros(1, HEIGHT, WIDTH, dtype=torch.uint8)
mask[:, TOP:BOTTOM, LEFT:RIGHT] = 1
sides = {"canvas_size": (HEIGHT, WIDTH)}
mask = tv_tensors.Mask(mask)
box = tv_tensors.BoundingBoxes([[LEFT, TOP, RIGHT, BOTTOM]], format="XYXY", dtype=torch.float32, **sides)
middle = tv_tensors.KeyPoints([[(LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2]], **sides)


def flip_both(x):
    return functional.vertical_flip(functional.horizontal_flip(x))


def turn(x):
    return functional.rotate(x, 180)


def enlarge(x):
    return functional.resize(x, [4 * HEIGHT, 4 * WIDTH])


def widen(x):
    return functional.center_crop(x, [HEIGHT, WIDTH + 11])


def flip_then_enlarge(x):
    return enlarge(functional.horizontal_flip(x))


def enlarge_then_flip(x):
    return functional.horizontal_flip(enlarge(x))


def middle_of_mask(x):
    rows, columns = torch.where(x[0] > 0)
    return [(columns.min().item() + columns.max().item() + 1) / 2, (rows.min().item() + rows.max().item() + 1) / 2]


# Of each: how far box and keypoint lie beside the middle of the mask.
expected = {
    enlarge: ([0, 0], [0, 0]),
    turn: ([0, 0], [0, 0]),
    functional.horizontal_flip: ([0, 0], [-1, 0]),
    flip_both: ([0, 0], [-1, -1]),
    flip_then_enlarge: ([0, 0], [-4, 0]),
    enlarge_then_flip: ([0, 0], [-1, 0]),
    widen: ([1, 0], [1, 0]),
}
holds = []
for change, beside in expected.items():
    by_mask = middle_of_mask(change(mask))
    x0, y0, x1, y1 = change(box)[0].tolist()
    by_box, by_point = [(x0 + x1) / 2, (y0 + y1) / 2], change(middle)[0].tolist()
    print(f"{change.__name__}: middle by mask {by_mask}, by box {by_box}, keypoint {by_point}")
    seen = tuple([round(a - b, 3) for a, b in zip(place, by_mask, strict=True)] for place in (by_box, by_point))
    holds.append(seen == beside)
sys.exit(0 if all(holds) else "changed")
PYTHON
