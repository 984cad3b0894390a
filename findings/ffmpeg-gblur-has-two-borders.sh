#!/usr/bin/env bash
# ffmpeg 9.0.2: at the left and at the top `gblur` repeats the last pixel of a picture, at the right and at the bottom it reflects the picture.
# Versions: imageio-ffmpeg 0.8.1 (ffmpeg 9.0.2), numpy 2.4.6.
# Expected: a picture and its mirror image are blurred alike, as by `avgblur`, `boxblur` and `bilateral`, whichever rule is for the border.
# Seen: a white line of one pixel at the left or at the top is smeared into the picture as if it went on outside, with 131 of 255 at
# sigma 30; at the right or at the bottom 12 are left of it. Six `steps` instead of one give 61 and 7; bytes, 16 bits and floats agree. An
# even picture stays even. The documentation says nothing of borders; no issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q imageio-ffmpeg==0.8.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import subprocess
import sys

import imageio_ffmpeg
import numpy as np

WHITE = {"gray": np.uint8(255), "gray16le": np.uint16(65535), "grayf32le": np.float32(1)}
QUARTERS = {"left": 0, "top": 3, "right": 2, "bottom": 1}  # turns from the left border to the one that is named


def filtered(picture, kind, words):
    height, width = picture.shape
    form = ["-f", "rawvideo", "-pix_fmt", kind]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", *form, "-s", f"{width}x{height}", "-i", "-", "-vf", words]
    done = subprocess.run([*command, *form, "-"], input=picture.tobytes(), capture_output=True, check=True)
    return np.frombuffer(done.stdout, picture.dtype).reshape(height, width)


def lines(kind, words):
    """How light the border is that held a white line, for each of the four, of 255."""
    line = np.zeros((200, 200), WHITE[kind].dtype)
    line[:, 0] = WHITE[kind]
    return [float(np.rot90(filtered(np.rot90(line, turns), kind, words), -turns)[100, 0] / WHITE[kind] * 255) for turns in QUARTERS.values()]


holds = True
for words in ("gblur=sigma=5", "gblur=sigma=10", "gblur=sigma=30", "gblur=sigma=30:steps=6", "avgblur=30", "boxblur=30:1", "bilateral=30:1"):
    for kind in WHITE if words == "gblur=sigma=30" else ("gray",):
        left, top, right, bottom = lines(kind, words)
        print(f"{words}, {kind}: a line at the left ends at {left:.1f}, top {top:.1f}, right {right:.1f}, bottom {bottom:.1f}")
        alike = abs(left - top) < 0.1 and abs(right - bottom) < 0.1
        holds &= alike and (left > 2 * right if words.startswith("gblur") else left == right)
        holds &= words != "gblur=sigma=30" or left > 10 * right
even = filtered(np.full((200, 200), 200, np.uint8), "gray", "gblur=sigma=30")
print(f"an even 200 is {even.min()} to {even.max()}")
sys.exit(0 if holds and (even == 200).all() else "changed")
PYTHON
