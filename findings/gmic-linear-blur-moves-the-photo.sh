#!/usr/bin/env bash
# G'MIC 3.6.3: `blur_linear`, the blur of a camera that moved, moves the picture by half a pixel, to a side that depends on its size.
# Versions: gmic 3.6.3.post1, numpy 2.4.6.
# Expected: a point becomes a line through its place in the direction that is asked for, as `blur_x` makes one; without an amplitude
# across ("amplitude2" of 0) nothing is blurred across.
# Seen: the light of any point lies half a pixel beside it, whatever the angle: down in a picture with an even number of rows, up with
# an odd one, to the right with an even number of columns, to the left with an odd one. So a horizontal blur spreads a point evenly
# over two rows. Blurred four times, a picture lies two pixels off. Nothing of it is in the command's description; no issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q gmic==3.6.3.post1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import gmic
import numpy as np


def point(commands, height, width):
    """Where the light of a point in the middle goes: (down, right) of it in pixels, and its share in each row near it."""
    picture = np.zeros((height, width, 1), np.float32)
    y, x = height // 2, width // 2
    picture[y, x] = 1
    images = gmic.run(commands, gmic.ImageList([gmic.Image.from_yxc(picture)]))  # they last as long as the list
    light = list(images)[0].to_numpy()[:, :, 0, 0].T.copy()
    down, right = np.mgrid[:height, :width]
    return (light * (down - y)).sum(), (light * (right - x)).sum(), light.sum(1)[y - 2 : y + 3], light.sum()


def side(length):
    """By how much it moves along a side of that length."""
    return 0.5 if length % 2 == 0 else -0.5


holds = []
for height, width in ((61, 61), (60, 60), (60, 81)):
    for commands in ("blur_x 5", "blur_linear 10,0,0", "blur_linear 4,0,0", "blur_linear 10,0,90", "blur_linear 10,0,45"):
        down, right, rows, total = point(commands, height, width)
        print(f"{height} x {width}, {commands}: {down:+.2f} down, {right:+.2f} to the right; in the rows around {np.round(rows, 2)}")
        moved = (0, 0) if commands == "blur_x 5" else (side(height), side(width))
        holds.append(abs(total - 1) < 1e-3 and np.allclose((down, right), moved, atol=0.01))
        if commands.endswith(",0,0"):
            holds.append(np.allclose(sorted(rows)[-2:], 0.5, atol=0.01))
down, right, _, _ = point(" ".join(["blur_linear 4,0,0"] * 4), 60, 60)
print(f"four times: {down:+.2f} down, {right:+.2f} to the right")
holds.append(np.allclose((down, right), 2, atol=0.02))
sys.exit(0 if all(holds) else "changed")
PYTHON
