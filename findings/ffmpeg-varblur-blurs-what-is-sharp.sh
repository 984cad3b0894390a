#!/usr/bin/env bash
# ffmpeg 9.0.2: `varblur`, which blurs a picture by a map of radii, blurs it where the radius is 0 as well, moves all of it by half a pixel,
# and never sees the last row and column.
# Versions: imageio-ffmpeg 0.8.1 (ffmpeg 9.0.2), numpy 2.4.6.
# Expected: where the map is 0 the picture stays as it is, for the least radius is 0 by default; and what is blurred stays in its place.
# Seen: it averages from radius pixels before to radius less 1 behind, in both directions: with a map of zeros a sharp edge gets a step
# of half its height, a point becomes four of a quarter, each half a pixel to the right and below, and the mirror image goes to the other side of
# its subject. White in the last column or the last row leaves no trace, in the first one it does. Bytes and 16 bits agree. An
# even picture stays even. No issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q imageio-ffmpeg==0.8.1 numpy==2.4.6

cd "$folder"
venv/bin/python - <<'PYTHON'
import subprocess
import sys
from pathlib import Path

import imageio_ffmpeg
import numpy as np

HEIGHT, WIDTH = 60, 90
WHITE = {"gray": np.uint8(255), "gray16le": np.uint16(65535)}


def blurred(picture, radius, kind):
    """The picture by a map of one radius, in pixels, of the 8 that are the most by default; from 0 to 1."""
    white = WHITE[kind]
    form = ["-f", "rawvideo", "-pix_fmt", kind]
    inputs = []
    for name, array in (("picture", picture), ("map", np.full((HEIGHT, WIDTH), radius / 8))):
        Path(name).write_bytes((array * float(white)).astype(white.dtype).tobytes())
        inputs += [*form, "-s", f"{WIDTH}x{HEIGHT}", "-i", name]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", *inputs, "-lavfi", "[0][1]varblur", *form, "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    return np.frombuffer(done.stdout, white.dtype).reshape(HEIGHT, WIDTH) / float(white)


def off_centre(picture):
    down, right = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    return (picture * right).sum() / picture.sum() - WIDTH / 2, (picture * down).sum() / picture.sum() - HEIGHT / 2


down, right = np.mgrid[:HEIGHT, :WIDTH] + 0.5
disc = (np.hypot(right - WIDTH / 2, down - HEIGHT / 2) < 20).astype(float)
step = (right > WIDTH / 2).astype(float)
holds = True
for kind in WHITE:
    edge = blurred(step, 0, kind)[30, WIDTH // 2 - 2 : WIDTH // 2 + 2]
    print(f"{kind}, radius 0: an edge of 0 and 1 becomes {edge.round(2)}")
    holds &= np.allclose(edge, [0, 0, 0.5, 1], atol=0.01)
    for radius in (0, 2, 4):
        moved = off_centre(blurred(disc, radius, kind))
        print(f"{kind}, radius {radius}: a disc in the middle is moved by {moved[0]:.2f} to the right and {moved[1]:.2f} down")
        holds &= np.allclose(moved, 0.5, atol=0.1)
    sums = []
    for place in (np.s_[:, 0], np.s_[0], np.s_[:, -1], np.s_[-1]):
        line = np.zeros((HEIGHT, WIDTH))
        line[place] = 1
        sums.append(blurred(line, 4, kind).sum() / line.sum())
    print(f"{kind}, radius 4: what a line leaves at the left, top, right and bottom: {np.round(sums, 2)}")
    holds &= min(sums[:2]) > 0.5 and sums[2:] == [0, 0]
    holds &= np.ptp(blurred(np.full((HEIGHT, WIDTH), 0.8), 4, kind)) < 1e-6
sys.exit(0 if holds else "changed")
PYTHON
