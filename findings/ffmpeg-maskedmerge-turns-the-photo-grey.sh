#!/usr/bin/env bash
# ffmpeg 9.0.2: two photos in colour, merged by an 8-bit grey mask, come out grey; by the same mask in 16 bits they keep their
# colours.
# Versions: imageio-ffmpeg 0.8.1 (it brings ffmpeg 9.0.2; the ffmpeg 5.1.9 of Debian 12 does the same), pillow 13.0.0, numpy
# 2.4.6.
# Expected: what the documentation says: where the mask is 255 the pixel of the second stream comes unchanged, where it is 0
# that of the first.
# Seen: the three streams are brought to one pixel format, and that is the mask's: where it is grey, both photos become grey,
# with status 0 and no warning. A mask of 16 bits or one saved as RGB leaves the colours. format=gbrp for each stream helps;
# format=yuv444p mixes the colours by half everywhere, for grey is 128 in the planes of colour.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q imageio-ffmpeg==0.8.1 pillow==13.0.0 numpy==2.4.6

cd "$folder"
venv/bin/python - <<'PYTHON'
import subprocess
import sys

import imageio_ffmpeg
import numpy as np
from PIL import Image

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
Image.new("RGB", (64, 64), (20, 20, 200)).save("ground.png")
Image.new("RGB", (64, 64), (200, 100, 50)).save("subject.png")
mask = np.zeros((64, 64), np.uint8)
mask[:, :32] = 255
Image.fromarray(mask).save("8 bits.png")
Image.fromarray(mask).convert("RGB").save("RGB.png")
Image.fromarray(mask.astype(np.uint16) * 257).save("16 bits.png")

print(subprocess.run([FFMPEG, "-version"], capture_output=True, text=True, check=True).stdout.splitlines()[0])
planar = {n: "".join(f"[{k}]format={n}[s{k}];" for k in range(3)) + "[s0][s1][s2]maskedmerge" for n in ("gbrp", "yuv444p")}
seen = {}
for name, graph in (
    ("8 bits", "maskedmerge"),
    ("16 bits", "maskedmerge"),
    ("RGB", "maskedmerge"),
    ("8 bits", planar["gbrp"]),
    ("8 bits", planar["yuv444p"]),
):
    inputs = [word for path in ("ground.png", "subject.png", f"{name}.png") for word in ("-i", path)]
    command = [FFMPEG, "-v", "warning", "-y", *inputs, "-filter_complex", graph, "-frames:v", "1", "-update", "1", "merged.png"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    merged = Image.open("merged.png").convert("RGB")
    seen[name, graph] = merged.getpixel((5, 5)), merged.getpixel((60, 5))
    print(f"mask of {name}, {graph}: subject {seen[name, graph][0]}, ground {seen[name, graph][1]}", done.stderr.strip())
right = ((200, 100, 50), (20, 20, 200))
grey = all(len(set(pixel)) == 1 for pixel in seen["8 bits", "maskedmerge"])
kept = all(seen[key] == right for key in (("16 bits", "maskedmerge"), ("RGB", "maskedmerge"), ("8 bits", planar["gbrp"])))
mixed = seen["8 bits", planar["yuv444p"]][0] != right[0]
sys.exit(0 if grey and kept and mixed else "changed")
PYTHON
