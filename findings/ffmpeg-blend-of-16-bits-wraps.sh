#!/usr/bin/env bash
# ffmpeg 9.0.2: ten of the modes of `blend` give 16-bit pictures other colours, white in the place of black among them.
# Versions: imageio-ffmpeg 0.8.1 (ffmpeg 9.0.2), numpy 2.4.6.
# Expected: a mode gives what it gives in 8 bits, more finely, as it does in 12 bits, and in floats.
# Seen: where a result lies beyond black or white, burn, dodge, divide, freeze, glow, heat, hardoverlay, reflect, softdifference and vividlight
# do not cut it off in 16 bits alone: it starts anew at the other end, up to 255 of 255 off, for a fifth to a half of all pairs of
# tones. Other modes are right. Any two 16-bit PNGs are blended so. No issue was found; ffmpeg's own tracker could not be
# searched.
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

FORMATS = {  # the name, the type and the value of white
    "8 bits": ("gbrp", "u1", 255),
    "12 bits": ("gbrp12le", "<u2", 4095),
    "16 bits": ("gbrp16le", "<u2", 65535),
    "floats": ("gbrpf32le", "<f4", 1),
}
WRAPPED = "burn dodge divide freeze glow heat hardoverlay reflect softdifference vividlight".split()
RIGHT = "addition average darken difference hardlight lighten linearlight multiply overlay screen subtract".split()
tones = np.linspace(0, 1, 86)  # every third of the 256
first, second = np.meshgrid(tones, tones)


def blended(mode, kind):
    """Every tone with every other, from 0 to 255."""
    pixels, dtype, white = FORMATS[kind]
    form = ["-f", "rawvideo", "-pix_fmt", pixels]
    inputs = []
    for name, picture in (("first", first), ("second", second)):
        planes = np.stack([picture] * 3) * white
        Path(name).write_bytes((planes if kind == "floats" else planes.round()).astype(dtype).tobytes())
        inputs += [*form, "-s", "86x86", "-i", name]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", *inputs, "-lavfi", f"[0][1]blend=all_mode={mode}", *form, "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    return np.clip(np.frombuffer(done.stdout, dtype).reshape(3, 86, 86)[0] / white, 0, 1) * 255


holds = True
for mode in WRAPPED + RIGHT:
    eight = blended(mode, "8 bits")
    apart = {kind: np.abs(blended(mode, kind) - eight) for kind in ("12 bits", "16 bits", "floats")}
    words = ", ".join(f"{kind} {off.max():.0f}, {100 * (off > 16).mean():.1f} % of pairs" for kind, off in apart.items())
    print(f"{mode}: at most off from 8 bits, and how many by more than 16: {words}")
    few = all((apart[kind] > 16).mean() < 0.005 for kind in ("12 bits", "floats"))
    wraps = apart["16 bits"].max() > 240 and (apart["16 bits"] > 16).mean() > 0.15
    holds &= few and (wraps if mode in WRAPPED else apart["16 bits"].max() < 5)
sys.exit(0 if holds else "changed")
PYTHON
