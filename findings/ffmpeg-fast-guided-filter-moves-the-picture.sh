#!/usr/bin/env bash
# ffmpeg 9.0.2: the fast mode of the guided filter moves what it smooths to the right and down; the basic mode leaves it in its place.
# Versions: imageio-ffmpeg 0.8.1 (ffmpeg 9.0.2), numpy 2.4.6.
# Expected: the fast mode is the basic one on a smaller grid (He and Sun, 2015), so that its result lies where the other's does, and the mirror
# image gives the mirror image.
# Seen: what is smoothed lies (sub - 1) / 2 pixels to the right and below: 1.5 with the default of 4, 3.5 with 8. Where edges are kept (with
# eps .01), a subject moves by .2 to 2 pixels, and the mirror image differs by a third of the step at its edge. No issue was found.
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

HEIGHT, WIDTH = 128, 192
down, right = np.mgrid[:HEIGHT, :WIDTH] + 0.5
disc = (np.hypot(right - WIDTH / 2, down - HEIGHT / 2) < 30).astype(np.uint8) * 255


def guided(picture, words):
    form = ["-f", "rawvideo", "-pix_fmt", "gray"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", *form, "-s", f"{WIDTH}x{HEIGHT}", "-i", "-"]
    done = subprocess.run([*command, "-vf", f"guided={words}", *form, "-"], input=picture.tobytes(), capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.uint8).reshape(HEIGHT, WIDTH).astype(float)


holds = True
for eps in (1, 0.01):
    for mode, sub in (("basic", 1), ("fast:sub=2", 2), ("fast", 4), ("fast:sub=8", 8)):
        words = f"radius=3:eps={eps}:mode={mode}"
        seen, mirrored = guided(disc, words), guided(np.ascontiguousarray(disc[:, ::-1]), words)[:, ::-1]
        moved = (seen * right).sum() / seen.sum() - WIDTH / 2, (seen * down).sum() / seen.sum() - HEIGHT / 2
        apart = np.abs(seen - mirrored).max()
        print(f"{words}: moved by {moved[0]:.2f} to the right and {moved[1]:.2f} down; the mirror image differs by {apart:.0f}")
        wanted = (sub - 1) / 2
        holds &= all(abs(move - wanted) < 0.2 if eps == 1 else move >= wanted / 10 for move in moved)
        holds &= apart == 0 if mode == "basic" else apart > 50
sys.exit(0 if holds else "changed")
PYTHON
