#!/usr/bin/env bash
# ffmpeg 9.0.2 and PyAV 18.1.0: a grey picture of floats loses what is near 0 and near 1 on its way to colour or 16 bits.
# Versions: imageio-ffmpeg 0.8.1 (ffmpeg 9.0.2), av 18.1.0, numpy 2.4.6.
# Expected: grayf32 goes from 0 to 1; 0.05 becomes 3277 of 65535 in gray16, 13 in rgb24 and gray; white of rgb24 becomes 1.
# Seen: to gray it is so. To gray16, rgb24, rgb48 and gbrp floats are taken for those of a film's narrow range: 0.05 becomes 0, .95
# becomes white, .25 becomes .22. Said ranges (in_range=full:out_range=full) change nothing. The other way, white of rgb24 becomes
# .918, and that of gray 1. Grey of 8 and 16 bits is taken for full range always. No issue on it was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q imageio-ffmpeg==0.8.1 av==18.1.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import subprocess
import sys

import av
import imageio_ffmpeg
import numpy as np

SOFT = np.array([0, 0.05, 0.25, 0.5, 0.75, 0.95, 1, 1], np.float32)
MASK = np.tile(SOFT, (8, 1))
NARROW = np.clip((SOFT * 255 - 16) / 219, 0, 1)
KINDS = {"gray": (np.uint8, 1), "gray16le": (np.uint16, 1), "rgb24": (np.uint8, 3), "rgb48le": (np.uint16, 3)}


def by_program(kind, depth, samples):
    options = f"-v error -f rawvideo -pix_fmt grayf32le -s 8x8 -i - -vf scale=in_range=full:out_range=full -f rawvideo -pix_fmt {kind} -"
    run = subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *options.split()], input=MASK.tobytes(), capture_output=True, check=True)
    return np.frombuffer(run.stdout, depth).reshape(8, 8, samples)[4, :, 0] / np.iinfo(depth).max


def by_library(kind, depth, samples):
    made = av.VideoFrame.from_ndarray(MASK, "grayf32le").to_ndarray(format=kind)
    return made.reshape(8, 8, samples)[4, :, 0] / np.iinfo(depth).max


print("given:", SOFT.tolist())
holds = []
for kind, (depth, samples) in KINDS.items():
    for way in (by_program, by_library):
        seen = way(kind, depth, samples)
        print(f"{way.__name__}, {kind}: {np.round(seen, 3).tolist()}")
        holds.append(np.allclose(seen, SOFT if kind == "gray" else NARROW, atol=0.006))

white = np.full((8, 8, 3), 255, np.uint8)
back = {"rgb24": av.VideoFrame.from_ndarray(white, "rgb24"), "gray": av.VideoFrame.from_ndarray(white[..., 0].copy(), "gray")}
floats = {kind: float(frame.to_ndarray(format="grayf32le")[4, 4]) for kind, frame in back.items()}
print("white to grayf32:", floats)
holds += [abs(floats["rgb24"] - 0.918) < 0.006, floats["gray"] == 1]
sys.exit(0 if all(holds) else "changed")
PYTHON
