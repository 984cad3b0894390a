#!/usr/bin/env bash
# Pillow 13.0.0: a 16-bit grey picture pasted through a soft mask is pasted into the left half alone, and its bytes are mixed singly.
# Versions: pillow 13.0.0, numpy 2.4.6.
# Expected: paste(picture, (0, 0), mask) and Image.composite mix by the mask in every mode that they take, or refuse the mode, as
# Image.blend does for I;16. A mask of 255 everywhere gives the pasted picture; one of 128 about the mean of both.
# Seen: with a mask in mode L the right half stays as it was, also where the mask is 255. The left half is the pasted picture for
# 255; for 128 the high and the low byte are mixed apart from each other. A colour that is filled in through a mask in mode 1 makes
# 16448 (its byte 64 twice) of 40000 in the left half. A picture through a mask in mode 1 is right (pull request 8112); no issue on
# the others was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
from PIL import Image

SIZE = 64, 8
GROUND, SUBJECT = 10000, 40000
ground, subject = Image.new("I;16", SIZE, GROUND), Image.new("I;16", SIZE, SUBJECT)


def pasted(source, mask):
    picture = ground.copy()
    picture.paste(source, (0, 0, *SIZE), mask)
    return np.asarray(picture)


seen = {
    "picture, mask L of 255": pasted(subject, Image.new("L", SIZE, 255)),
    "picture, mask L of 128": pasted(subject, Image.new("L", SIZE, 128)),
    "composite, mask L of 128": np.asarray(Image.composite(subject, ground, Image.new("L", SIZE, 128))),
    "picture, mask 1 of 1": pasted(subject, Image.new("1", SIZE, 1)),
    "colour, mask 1 of 1": pasted(SUBJECT, Image.new("1", SIZE, 1)),
}
halves = {name: (set(row[:, :32].flat), set(row[:, 32:].flat)) for name, row in seen.items()}
for name, (left, right) in halves.items():
    print(f"{name}: left half {sorted(map(int, left))}, right half {sorted(map(int, right))}")

# Two near values: the mean of 511 and 512 is far from both when their bytes are mixed singly (1 and 255, 2 and 0).
near = Image.new("I;16", SIZE, 511)
near.paste(Image.new("I;16", SIZE, 512), (0, 0), Image.new("L", SIZE, 128))
print("half of 512 over 511:", near.getpixel((0, 0)))
holds = [
    halves["picture, mask L of 255"] == ({SUBJECT}, {GROUND}),
    halves["picture, mask L of 128"][1] == {GROUND},
    halves["composite, mask L of 128"][1] == {GROUND},
    halves["picture, mask 1 of 1"] == ({SUBJECT}, {SUBJECT}),
    halves["colour, mask 1 of 1"] == ({64 * 257}, {GROUND}),
    not 511 <= near.getpixel((0, 0)) <= 512,
]
try:
    Image.blend(ground, subject, 0.5)
    holds.append(False)
except ValueError as error:
    print("blend:", error)
sys.exit(0 if all(holds) else "changed")
PYTHON
